// A logout in one tab is one in all that share a connection with it, whether they are connected just then or not.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type ClientOptions, createClient, memoryOutbox, type TuttiClient } from "../src/index";
import { FakeBrowser } from "./support/fake-browser";
import { FakeNetwork } from "./support/fake-network";
import { FakeServer } from "./support/fake-server";
import { jwt, welcome } from "./support/fixtures";
import { ManualClock } from "../../testing/src/manual-clock";

interface Tab {
  client: TuttiClient;
  network: FakeNetwork;
}

let browser: FakeBrowser;
let server: FakeServer;
let tabs: TuttiClient[];

beforeEach(() => {
  [browser, server, tabs] = [new FakeBrowser(), new FakeServer(), []];
  server.welcome = () => welcome({ resumed: false });
  server.add("room");
  const page = browser.page();
  vi.stubGlobal("document", {});
  vi.stubGlobal("navigator", { locks: page.locks });
  vi.stubGlobal("BroadcastChannel", function (name: string) {
    return page.broadcast(name);
  });
});

afterEach(async () => {
  for (const client of tabs) client.disconnect();
  await vi.waitFor(() => expect(browser.channels.size).toBe(0));
  vi.unstubAllGlobals();
});

function tab(over: Partial<ClientOptions> = {}): Tab {
  const network = new FakeNetwork();
  const client = createClient({
    url: "http://tutti.test", token: jwt({ sub: "alice" }), sharing: true, clock: new ManualClock(), network, socket: server.open, transports: ["websocket"], fetch: server.fetch, log: "silent", storage: memoryOutbox(), ...over,
  });
  tabs.push(client);
  return { client, network };
}

/** A tab with a conversation on its screen and a message that waits, since its network is gone. */
async function offlineTab(over: Partial<ClientOptions> = {}): Promise<TuttiClient> {
  const { client, network } = tab(over);
  client.connect();
  await vi.waitFor(() => expect(client.connection.snapshot().state).toBe("connected"));
  await client.conversation("room").load();
  await client.conversations.load();
  network.tell("offline");
  client.conversation("room").send({ message: "later" }).catch(() => undefined);
  expect(shown(client)).toEqual({ queued: 1, messages: 2, conversations: 1 });
  return client;
}

function shown(client: TuttiClient): { queued: number; messages: number; conversations: number } {
  return {
    queued: client.connection.snapshot().queued,
    messages: client.conversation("room").snapshot().messages.length,
    conversations: client.conversations.snapshot().conversations.length,
  };
}

const NOTHING = { queued: 0, messages: 0, conversations: 0 };

it("reaches a tab that is offline, from one that never connected", async () => {
  const client = await offlineTab();
  tab().client.logout();
  await vi.waitFor(() => expect(shown(client)).toEqual(NOTHING));
  expect(client.connection.snapshot()).toMatchObject({ state: "disconnected", final: false, user: null, problem: null });
  await expect(client.api.unread()).rejects.toMatchObject({ code: "closed" });
});

it("ends once in tabs that are connected", async () => {
  const both = [tab(), tab()].map(({ client }) => client);
  for (const client of both) client.connect();
  await vi.waitFor(() => expect(both.map((client) => client.connection.snapshot().state)).toEqual(["connected", "connected"]));
  both[1]?.logout();
  await vi.waitFor(() => expect(both.map((client) => client.connection.snapshot().user)).toEqual([null, null]));
  expect(server.sockets).toHaveLength(1);
  expect(server.socket.of("logout")).toHaveLength(1);
  both[0]?.connect();
  await vi.waitFor(() => expect(both[0]?.connection.snapshot().state).toBe("connected"));
});

it.each<[string, Partial<ClientOptions>]>([
  ["another user", { token: jwt({ sub: "bob" }) }],
  ["the user of another server", { url: "http://other.test" }],
  ["a client that shares nothing", { sharing: false }],
])("of %s changes nothing", async (_, over) => {
  const client = await offlineTab();
  const other = tab(over).client;
  other.logout();
  // What was said before this is heard before it.
  const [said, heard] = [browser.page().broadcast("fence"), browser.page().broadcast("fence")];
  const passed = new Promise((resolve) => (heard.onmessage = resolve));
  said.postMessage("");
  await passed;
  for (const fence of [said, heard]) fence.close();
  expect(shown(client)).toEqual({ queued: 1, messages: 2, conversations: 1 });
});
