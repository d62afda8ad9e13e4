// The operator's pages by their addresses, in a simulated page and with a server that the test plays.
import { type ConnectionInfo, createClient, type TuttiClient, TuttiError } from "@tutti/client";
import { TuttiProvider } from "@tutti/react";
import { RouterProvider } from "@tanstack/react-router";
import { cleanup, configure, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AppContext, type SignedInContext } from "../app/context";
import { createConsoleRouter } from "../app/router";
import { PeopleDirectory } from "../people/directory";
import { overview } from "./fixtures";
// Loaded here, so that no test waits for the router to do it.
import "./views";

const PATIENCE_MS = 20_000;
configure({ asyncUtilTimeout: PATIENCE_MS });
vi.setConfig({ testTimeout: PATIENCE_MS });

const store = <T,>(value: T) => ({ subscribe: () => () => undefined, snapshot: () => value });
const client = {
  connection: store({ state: "connected", user: { id: "me", name: null }, nextAttemptAt: null }),
  conversations: { ...store({ conversations: [], status: "ready", error: null, hasMore: false, unread: 0 }), load: () => Promise.resolve() },
  api: {
    fetch: createClient({ url: "http://server", token: "t", fetch: answer }).api.fetch,
    channelPresence: () => Promise.resolve({ channel: "public:a", members: [{ user_id: "bob", connections: 1 }], total: 1, next_cursor: null }),
    channelHistory: () => Promise.resolve({ channel: "public:a", epoch: "e", offset: 0, publications: [], has_more: false }),
  },
} as unknown as TuttiClient;

const connection: ConnectionInfo = {
  id: "77", user_id: "bob", transport: "websocket", codec: "json", compressed: false, queued_bytes: 2048, channels: 1,
  opened_at: "2026-11-21T10:00:00.000Z", heard_at: "2026-11-21T10:00:00.000Z",
};
const presence = { user_id: "bob", status: "online", text: null, last_seen_at: null };

/** What the server answers, by path; and what it was asked. */
let answers: Record<string, unknown>;
let asked: string[];
const switchTo = vi.fn();
let becomeOperator: SignedInContext["becomeOperator"];

function answer(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const address = new URL(String(input));
  asked.push(`${init?.method ?? "GET"} ${address.pathname}${address.search}`);
  const body = answers[address.pathname.replace("/api/v1/operator", "")];
  if (body === undefined) return Promise.resolve(new Response(JSON.stringify({ error: { code: "forbidden", message: "no", retryable: false } }), { status: 403 }));
  return Promise.resolve(new Response(body === null ? null : JSON.stringify(body), { status: body === null ? 204 : 200 }));
}

function open(address: string) {
  window.history.replaceState(null, "", address);
  const context: SignedInContext = { me: { id: "me", name: null }, people: new PeopleDirectory(), switchTo, becomeOperator, signOut: () => undefined };
  render(
    <TuttiProvider client={client}>
      <AppContext value={context}>
        <RouterProvider router={createConsoleRouter()} />
      </AppContext>
    </TuttiProvider>,
  );
}

beforeEach(() => {
  asked = [];
  answers = {
    "/overview": overview(0),
    "/connections": { connections: [connection], next_cursor: null },
    "/connections/77/disconnect": null,
    "/users": { users: [{ user_id: "bob", name: "Bob", connections: 1 }], next_cursor: null },
    "/users/bob": { user_id: "bob", name: "Bob", presence, connections: [connection], revoked_at: null },
    "/users/bob/revoke": null,
    "/channels": { channels: [{ channel: "public:a", connections: 1, users: 1, offset: 4, epoch: "e", kept: 4, per_second: 0.4 }], next_cursor: null },
    "/channels/public%3Aa": { channel: "public:a", connections: 1, users: 1, offset: 4, epoch: "e", kept: 4, per_second: 0.4 },
  };
  becomeOperator = null;
  vi.clearAllMocks();
});
afterEach(() => cleanup());

describe("the operator's pages", () => {
  it("tell others how to get the role, and take the token that has it", async () => {
    answers = {};
    open("/operator/connections");
    expect(await screen.findByText("tutti token --user me --role operator", { exact: false })).toBeTruthy();
    expect(asked).toEqual(["GET /api/v1/operator/overview"]);
    await userEvent.type(screen.getByTestId("operator-token"), " jwt {Enter}");
    await userEvent.click(screen.getByTestId("operator-sign-in"));
    expect(switchTo).toHaveBeenCalledWith("jwt");
  });

  it("give the role for the asking on a development server, and say why if not", async () => {
    answers = {};
    const refused = new TuttiError("unavailable", "not now", { userMessage: "The server is busy." });
    becomeOperator = vi.fn().mockRejectedValueOnce(refused).mockResolvedValue(undefined);
    open("/operator");
    await userEvent.click(await screen.findByTestId("become-operator"));
    expect((await screen.findByRole("alert")).textContent).toBe("The server is busy.");
    await userEvent.click(screen.getByTestId("become-operator"));
    expect(becomeOperator).toHaveBeenCalledTimes(2);
    expect(screen.queryByTestId("operator-token")).toBeNull();
  });

  it("show the server at a glance", async () => {
    open("/operator");
    expect((await screen.findByTestId("figure-connections")).textContent).toBe("12");
    expect(screen.getByTestId("figure-users").textContent).toBe("7");
  });

  it("disconnect a connection only after asking, and look again", async () => {
    open("/operator/connections?slow=true");
    await userEvent.click(await screen.findByRole("button", { name: "Disconnect bob, connection 77" }));
    expect(asked.filter((each) => each.startsWith("POST"))).toEqual([]);
    answers["/connections"] = { connections: [], next_cursor: null };
    await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Disconnect" }));
    expect(await screen.findByText("No connection has bytes waiting.")).toBeTruthy();
    expect(asked).toContain("GET /api/v1/operator/connections?slow=true&limit=100");
    expect(asked).toContain("POST /api/v1/operator/connections/77/disconnect");
  });

  it("revoke a user's tokens only after asking", async () => {
    open("/operator/users/bob");
    await userEvent.click(await screen.findByRole("button", { name: "Revoke tokens" }));
    const dialog = screen.getByRole("dialog");
    await userEvent.click(within(dialog).getByRole("button", { name: "Cancel" }));
    expect(asked.some((each) => each.startsWith("POST"))).toBe(false);
    await userEvent.click(screen.getByRole("button", { name: "Revoke tokens" }));
    await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Revoke" }));
    await waitFor(() => expect(asked).toContain("POST /api/v1/operator/users/bob/revoke"));
  });

  it("say in the dialog when it could not be done", async () => {
    delete answers["/users/bob/revoke"];
    open("/operator/users/bob");
    await userEvent.click(await screen.findByRole("button", { name: "Revoke tokens" }));
    await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Revoke" }));
    expect((await screen.findByRole("alert")).textContent).toBe("You are not allowed to do this.");
  });

  it("lead from the list of channels to one with its members", async () => {
    open("/operator/channels");
    await userEvent.click(await screen.findByRole("link", { name: "public:a" }));
    expect((await screen.findByTestId("member-row")).textContent).toContain("bob");
    expect(await screen.findByText("Nothing is kept.")).toBeTruthy();
  });

  it("ask for channels by the start of their name", async () => {
    open("/operator/channels");
    await screen.findByTestId("channel-row");
    fireEvent.change(screen.getByRole("textbox", { name: "Start of the name" }), { target: { value: "pub" } });
    await waitFor(() => expect(asked).toContain("GET /api/v1/operator/channels?prefix=pub&limit=100"));
    expect(window.location.search).toBe("?prefix=pub");
  });
});
