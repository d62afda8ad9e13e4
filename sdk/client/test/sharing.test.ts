// Tabs of one browser and their one connection: who keeps it, who takes over, and that nothing is lost or doubled on the way.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Hub } from "../src/connection/sharing/hub";
import { LOCK_LINGER_MS, MOST_UNREAD_CHARS, servePipe } from "../src/connection/sharing/pipe";
import { sharedSocket, type SharedSocketOptions } from "../src/connection/sharing/shared-socket";
import { PATIENCE_MS } from "../src/connection/sharing/tab-end";
import { tabSocket } from "../src/connection/sharing/tab-socket";
import type { WorkerHandle } from "../src/connection/sharing/worker-socket";
import { GOODBYE_CODE, LEAVE_CODE } from "../src/connection/transport";
import { type Command, createClient, type TuttiClient } from "../src/index";
import { createLog } from "../src/log";
import { FakeBrowser, type FakePage } from "./support/fake-browser";
import { FakeNetwork } from "./support/fake-network";
import { FakeServer } from "./support/fake-server";
import { message, welcome } from "./support/fixtures";
import { ManualClock, settle } from "../../testing/src/manual-clock";
import { tokenOf } from "./support/tabs";

interface Tab {
  page: FakePage;
  client: TuttiClient;
  /** Texts of the messages that came, pushed or in replies. */
  texts: string[];
}

let browser: FakeBrowser;
let server: FakeServer;
let clock: ManualClock;
let tabs: Tab[];
let warnings: string[];
const log = createLog("warn", (_level, text) => void warnings.push(text));

beforeEach(() => {
  [browser, server, clock, tabs, warnings] = [new FakeBrowser(), new FakeServer(), new ManualClock(), [], []];
  server.welcome = () => welcome({ since: "e0" });
});

afterEach(async () => {
  for (const tab of tabs) if (tab.page.alive) tab.client.disconnect();
  await clock.advance(LOCK_LINGER_MS);
  // Whatever happened, nothing is left behind.
  expect(browser.channels.size).toBe(0);
  expect(browser.lockCount).toBe(0);
});

async function open(over: Partial<SharedSocketOptions> = {}, user = "alice", page = browser.page()): Promise<Tab> {
  const shared = sharedSocket({ server: "http://tutti.test", transports: ["websocket"], user: () => user, socket: server.open, clock, log, environment: page, ...over });
  const client = createClient({
    url: "http://tutti.test", token: tokenOf(user), clock, network: new FakeNetwork(), socket: shared, transports: ["websocket"], fetch: server.fetch, random: () => 1, log: "silent", storage: null,
  });
  const tab: Tab = { page, client, texts: [] };
  client.on("message", (frame) => void tab.texts.push(frame.message.message));
  tabs.push(tab);
  client.connect();
  await clock.advance(0);
  return tab;
}

/** The connection after this many milliseconds. */
async function statesAfter(ms: number, ...of: Tab[]): Promise<string[]> {
  await clock.advance(ms);
  return of.map((tab) => tab.client.connection.snapshot().state);
}

async function push(id: number): Promise<void> {
  server.socket.push({ type: "message", message: message(id), event_id: `e${id}`, offset: id });
  await settle();
}

/** The server goes on where a client left off. */
function resuming(): void {
  server.welcome = () => {
    const since = server.socket.of("auth")[0]?.resume?.since;
    return welcome({ resumed: since !== undefined, since: since ?? "e0" });
  };
}

describe("tabs", () => {
  it("share one connection of the tab that was first", async () => {
    const [one, other] = [await open(), await open()];
    expect(await statesAfter(0, one, other)).toEqual(["connected", "connected"]);
    expect(server.sockets).toHaveLength(1);
    await push(1);
    expect([one.texts, other.texts]).toEqual([["text 1"], ["text 1"]]);
  });

  it("of another user have another one", async () => {
    const tabs = [await open(), await open({}, "bob")];
    expect(await statesAfter(0, ...tabs)).toEqual(["connected", "connected"]);
    expect(server.sockets).toHaveLength(2);
  });

  it("see what a sibling sends", async () => {
    const [one, other] = [await open(), await open()];
    await other.client.request({ type: "message", conversation_id: "room", message: "from the other" });
    await settle();
    expect(one.texts).toEqual(["from the other"]);
    expect(other.texts).toEqual([]);
  });

  it("each have their own connection where they cannot find each other or know who they are", async () => {
    const tabs = [await open({ user: () => null }), await open({ user: () => null })];
    expect(await statesAfter(0, ...tabs)).toEqual(["connected", "connected"]);
    expect(server.sockets).toHaveLength(2);
    const options = { server: "http://tutti.test", transports: [], user: () => "alice", socket: server.open, clock, log };
    // Node has no page.
    expect(tabSocket(options)).toBe(server.open);
    expect(tabSocket(options, browser.page())).not.toBe(server.open);
  });

  it("have their own where the browser grants no locks", async () => {
    const page = browser.page();
    const environment = { locks: { request: () => Promise.reject(new DOMException("no", "SecurityError")) }, broadcast: page.broadcast, id: page.id };
    const tab = await open({ environment });
    expect(await statesAfter(0, tab)).toEqual(["connected"]);
    expect(warnings).toEqual(["tabs cannot share a connection here"]);
    expect(browser.lockCount).toBe(0);
  });

  it("end together with a logout", async () => {
    const [one, other] = [await open(), await open()];
    other.client.logout();
    expect(await statesAfter(0, one, other)).toEqual(["disconnected", "disconnected"]);
    expect(server.socket.closedWith).toBe(GOODBYE_CODE);
    expect(server.socket.of("logout")).toHaveLength(1);
  });

  it("keep what is theirs when the connection ends with the same code, but not by a logout", async () => {
    const [one, other] = [await open(), await open()];
    server.add("room");
    const room = other.client.conversation("room");
    await room.load();
    server.socket.handlers.closed(GOODBYE_CODE, "goodbye");
    expect(await statesAfter(0, one, other)).toEqual(["disconnected", "disconnected"]);
    expect(room.snapshot().messages).toHaveLength(1);
    expect(other.client.connection.snapshot()).toMatchObject({ final: true, user: { id: "alice" } });
  });
});

describe("the tab that keeps the connection", () => {
  it("goes on for the others when its own client disconnects", async () => {
    const [one, other] = [await open(), await open()];
    one.client.disconnect();
    await push(1);
    expect(other.texts).toEqual(["text 1"]);
    other.client.disconnect();
    await settle();
    expect(server.socket.closedWith).not.toBeNull();
  });

  it("is replaced at once when it dies: the others resume, nothing is lost or doubled", async () => {
    const [one, two, three] = [await open(), await open(), await open()];
    await push(1);
    const requested = server.requests.length;
    resuming();
    one.page.die();
    expect(await statesAfter(0, two, three)).toEqual(["connected", "connected"]);
    expect(server.sockets).toHaveLength(2);
    expect(server.socket.of("auth")).toMatchObject([{ resume: { since: "e1" } }]);
    await push(2);
    for (const tab of [two, three]) {
      expect(tab.texts).toEqual(["text 1", "text 2"]);
      expect(tab.client.connection.snapshot().attempts).toBe(0);
    }
    expect(server.requests).toHaveLength(requested);
  });

  it("dies with a message of a sibling under way: it is sent again, and stored once", async () => {
    const [one, other] = [await open(), await open()];
    server.room("room");
    server.answers.set("message", (frame) => {
      const { client_id = null, message: text } = frame as unknown as Extract<Command, { type: "message" }>;
      server.add("room", { sender_id: "alice", client_id, message: text });
    });
    const sent = other.client.conversation("room").send({ message: "once" });
    await settle();
    server.answers.delete("message");
    resuming();
    one.page.die();
    await clock.advance(0);
    expect(await sent).toMatchObject({ message: "once" });
    expect(server.sockets).toHaveLength(2);
    expect(server.room("room").messages).toHaveLength(1);
  });

  it("is replaced again and again", async () => {
    const all = [await open(), await open(), await open(), await open()];
    resuming();
    for (const [at, tab] of all.slice(0, 3).entries()) {
      tab.page.die();
      expect(await statesAfter(0, ...all.slice(at + 1))).toEqual(all.slice(at + 1).map(() => "connected"));
    }
    expect(server.sockets).toHaveLength(4);
  });

  it("loses the lock when it is frozen, and finds the others when it wakes", async () => {
    const one = await open();
    one.page.freeze();
    const other = await open();
    expect(await statesAfter(PATIENCE_MS - 1, other)).toEqual(["connecting"]);
    resuming();
    expect(await statesAfter(1, other)).toEqual(["connected"]);
    expect(server.sockets).toHaveLength(2);
    one.page.thaw();
    expect(await statesAfter(0, one, other)).toEqual(["connected", "connected"]);
    expect(server.sockets).toHaveLength(2);
    expect(server.sockets[0]?.closedWith).toBe(LEAVE_CODE);
  });

  it("is noticed as frozen by tabs that are with it", async () => {
    const [one, other] = [await open(), await open()];
    resuming();
    one.page.freeze();
    await clock.advance(60_000);
    expect(await statesAfter(0, other)).toEqual(["connected"]);
    await push(1);
    expect(other.texts).toEqual(["text 1"]);
    one.page.die();
  });
});

describe("a tab that is gone", () => {
  it("without a word leaves nothing behind at the hub", async () => {
    const [one, other] = [await open(), await open()];
    await other.client.request({ type: "presence_subscribe", user_ids: ["bob"] });
    other.page.die();
    await settle();
    expect(server.socket.of("presence_unsubscribe")).toMatchObject([{ user_ids: ["bob"] }]);
    expect(await statesAfter(0, one)).toEqual(["connected"]);
  });

  it("with a goodbye is not mistaken for a dead one", async () => {
    const one = await open();
    one.client.disconnect();
    await clock.advance(LOCK_LINGER_MS);
    expect(server.sockets).toHaveLength(1);
    expect(server.socket.closedWith).not.toBeNull();
  });
});

describe("a tab that does not read", () => {
  const LONG = "x".repeat(512 * 1024);

  async function pushLong(count: number): Promise<void> {
    for (let id = 1; id <= count; id++) {
      server.socket.push({ type: "message", message: message(id, { message: LONG }), event_id: `e${id}`, offset: id });
      await settle();
    }
  }

  it("is closed as a slow consumer, and resumes when it reads again", async () => {
    const [one, other] = [await open(), await open()];
    other.page.freeze();
    await pushLong(MOST_UNREAD_CHARS / LONG.length);
    const states: string[] = [];
    other.client.connection.subscribe(() => void states.push(other.client.connection.snapshot().state));
    other.page.thaw();
    await clock.advance(1000);
    expect(states).toContain("reconnecting");
    expect(await statesAfter(0, one, other)).toEqual(["connected", "connected"]);
    expect(other.texts).toHaveLength(MOST_UNREAD_CHARS / LONG.length);
    expect(server.sockets).toHaveLength(1);
  });

  it("slowly, but does, is not closed", async () => {
    const [, other] = [await open(), await open()];
    await pushLong(MOST_UNREAD_CHARS / LONG.length + 2);
    expect(await statesAfter(0, other)).toEqual(["connected"]);
    expect(other.texts).toHaveLength(MOST_UNREAD_CHARS / LONG.length + 2);
  });
});

describe("a SharedWorker", () => {
  /** A worker that lives as long as the browser, and what a page gets of it. */
  function sharedWorker(): { start(page: FakePage): () => WorkerHandle } {
    const place = browser.page();
    let hub: Hub | null = null;
    let ports = 0;
    return {
      start: (page) => () => {
        const name = `port${++ports}`;
        const [outside, inside] = [page.broadcast(name), place.broadcast(name)];
        inside.onmessage = ({ data }) => {
          hub ??= new Hub({ server: "http://tutti.test", user: "alice", socket: server.open, clock, ended: () => (hub = null) });
          servePipe(inside, place.locks, data as Parameters<typeof servePipe>[2], hub);
        };
        return { port: outside as unknown as MessagePort, onerror: null };
      },
    };
  }

  function openWith(worker: (page: FakePage) => () => WorkerHandle): Promise<Tab> {
    const page = browser.page();
    return open({ worker: worker(page) }, "alice", page);
  }

  it("keeps the connection whichever tab goes", async () => {
    const worker = sharedWorker();
    const [one, other] = [await openWith(worker.start), await openWith(worker.start)];
    expect(await statesAfter(0, one, other)).toEqual(["connected", "connected"]);
    one.page.die();
    await push(1);
    expect(other.texts).toEqual(["text 1"]);
    expect(server.sockets).toHaveLength(1);
  });

  it("lets the connection go, without a goodbye, when the last tab is dead", async () => {
    const worker = sharedWorker();
    const one = await openWith(worker.start);
    one.page.die();
    await settle();
    expect(server.socket.closedWith).toBe(LEAVE_CODE);
  });

  it("that is not there, fails or keeps silent is done without", async () => {
    const broken: ((page: FakePage) => () => WorkerHandle)[] = [
      () => () => {
        throw new ReferenceError("SharedWorker is not defined");
      },
      (page) => () => {
        const handle: WorkerHandle = { port: page.broadcast("nobody") as unknown as MessagePort, onerror: null };
        queueMicrotask(() => handle.onerror?.call(handle as SharedWorker, new Event("error") as ErrorEvent));
        return handle;
      },
      (page) => () => ({ port: page.broadcast("nobody") as unknown as MessagePort, onerror: null }),
    ];
    const tabs: Tab[] = [];
    for (const worker of broken) tabs.push(await openWith(worker));
    expect(await statesAfter(PATIENCE_MS, ...tabs)).toEqual(["connected", "connected", "connected"]);
    expect(server.sockets).toHaveLength(1);
    expect(warnings).toEqual(Array(3).fill("the SharedWorker cannot be had; a tab keeps the connection"));
  });
});
