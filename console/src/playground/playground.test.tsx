// The playground under real keys in a simulated page, with a client and a server that the test plays.
import type { TuttiClient } from "@tutti/client";
import { TuttiProvider } from "@tutti/react";
import { cleanup, configure, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import asyncapi from "../../../docs/asyncapi.json";
import { PlaygroundPage } from "./PlaygroundPage";

const PATIENCE_MS = 20_000;
configure({ asyncUtilTimeout: PATIENCE_MS });
vi.setConfig({ testTimeout: PATIENCE_MS });

const connection = { state: "connected", user: { id: "me", name: null } };
const request = vi.fn<TuttiClient["request"]>();
const client = {
  request,
  on: () => () => undefined,
  connection: { subscribe: () => () => undefined, snapshot: () => connection },
  conversations: { snapshot: () => ({ conversations: [] }) },
  reconnect: () => undefined,
} as unknown as TuttiClient;

async function open(): Promise<HTMLTextAreaElement> {
  render(
    <TuttiProvider client={client}>
      <PlaygroundPage />
    </TuttiProvider>,
  );
  return screen.findByTestId<HTMLTextAreaElement>("frame");
}

beforeEach(() => {
  request.mockReset();
  request.mockResolvedValue({ type: "pong", server_time: "2026-11-21T10:00:00.000Z" });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(asyncapi))));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("the playground", () => {
  it("sends the template with Ctrl+Enter", async () => {
    const frame = await open();
    fireEvent.change(screen.getByTestId("template"), { target: { value: "ping" } });
    frame.focus();
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    expect(request).toHaveBeenCalledWith({ type: "ping" }, {});
  });

  it("says in place what is wrong, and sends nothing then", async () => {
    const frame = await open();
    fireEvent.change(frame, { target: { value: '{"type": ' } });
    expect(screen.getByTestId("frame-help").textContent).toMatch(/^This is not JSON/);
    expect(frame.getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByTestId<HTMLButtonElement>("send-frame").disabled).toBe(true);
    frame.focus();
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    expect(request).not.toHaveBeenCalled();
  });

  it("takes a template from the reference, which is searched", async () => {
    const frame = await open();
    await userEvent.type(screen.getByRole("textbox", { name: "Search the reference" }), "is_typing");
    const shown = screen.getAllByTestId("reference-frame").map((each) => each.dataset["name"]);
    expect(shown).toEqual(["typing", "typing"]);
    await userEvent.click(screen.getByText("typing", { selector: "button *, button", exact: false }));
    expect(JSON.parse(frame.value)).toMatchObject({ type: "typing", is_typing: true });
  });

  it("says so when there is no reference", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("nothing", { status: 503 })));
    render(
      <TuttiProvider client={client}>
        <PlaygroundPage />
      </TuttiProvider>,
    );
    expect(await screen.findByText("No playground")).toBeTruthy();
  });
});
