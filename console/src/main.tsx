// The entry: puts the console on the page.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { Session } from "./app/session";
import { startTheme } from "./app/theme";
import "./styles.css";

startTheme();
const session = new Session(window.location.origin, window.sessionStorage);
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App session={session} />
    </StrictMode>,
  );
}
