// @vitest-environment node
// On a server: everything renders as "nothing is known yet", and nothing is connected, asked for or left behind.

import { StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { expect, it } from "vitest";
import { TuttiProvider } from "../src/index";
import { chatWorld, scripted } from "./support/mount";
import { Everything, EVERYTHING_UNKNOWN } from "./support/everything";

it("renders without a document, and does nothing else", () => {
  const { server, network, clock, options } = scripted();
  expect(typeof document).toBe("undefined");
  const html = renderToString(
    <StrictMode>
      <TuttiProvider url="http://tutti.test" token={() => "token"} options={options}><Everything /></TuttiProvider>
    </StrictMode>,
  );
  expect(html).toBe(EVERYTHING_UNKNOWN);
  expect(server.sockets).toEqual([]);
  expect(server.requests).toEqual([]);
  expect(network.listeners.size).toBe(0);
  expect(clock.waiting).toBe(0);
});

it("renders with the real defaults too", () => {
  const html = renderToString(<TuttiProvider url="http://tutti.test" token="token"><Everything /></TuttiProvider>);
  expect(html).toBe(EVERYTHING_UNKNOWN);
});

it("renders the same however much the client knows, so that every browser can take it over", async () => {
  const { client } = await chatWorld(3);
  expect(renderToString(<TuttiProvider client={client}><Everything /></TuttiProvider>)).toBe(EVERYTHING_UNKNOWN);
});
