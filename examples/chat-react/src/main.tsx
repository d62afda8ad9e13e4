// Signs in by name (a development server allows that) and shows the chat. `?server=` names a server that is elsewhere.
import { devSignIn } from "@tutti/client";
import { TuttiProvider } from "@tutti/react";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { Chat } from "./Chat";
import "./style.css";

const url = new URLSearchParams(location.search).get("server") ?? location.origin;

function App() {
  const [name, setName] = useState<string>();
  if (name === undefined) {
    return (
      <form className="sign-in" action={(form) => setName(String(form.get("name")))}>
        <input name="name" aria-label="Your name" placeholder="Your name" required autoFocus />
        <button>Sign in</button>
      </form>
    );
  }
  const token = async () => (await devSignIn(url, name)).token;
  return <TuttiProvider url={url} token={token}><Chat /></TuttiProvider>;
}

createRoot(document.getElementById("root") ?? document.body).render(<StrictMode><App /></StrictMode>);
