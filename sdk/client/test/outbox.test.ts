// What waits to be sent survives the page: through the client with a storage in memory, and IndexedDB by itself.

import { IDBFactory } from "fake-indexeddb";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type ClientOptions, indexedDbOutbox, memoryOutbox, type OutboxEntry, type OutboxStorage } from "../src/index";
import { STORAGE_TIMEOUT_MS } from "../src/storage/outbox";
import { livingPages } from "../src/storage/pages";
import { FakeBrowser, type FakePage } from "./support/fake-browser";
import { jwt, welcome } from "./support/fixtures";
import { ManualClock, settle } from "../../testing/src/manual-clock";
import { connectedWorld, type World, world } from "./support/world";

const OWNER = "http://tutti.test alice";
const TOKEN = jwt({ sub: "alice" });
const entry = (clientId: string, createdAt = 0): OutboxEntry => ({ clientId, conversationId: "room", draft: { message: clientId }, createdAt });
const ids = (entries: readonly OutboxEntry[]): string[] => entries.map(({ clientId }) => clientId);

/** The texts that are kept, in their order. */
async function kept(factory: IDBFactory): Promise<string[]> {
  const storage = indexedDbOutbox(factory, { own: "nobody", living: async () => new Set(), alone: (_name, task) => task() });
  return (await storage.claim(OWNER, 100)).map(({ draft }) => draft.message);
}

/** A page that cannot reach the server: it is connecting for ever. */
async function offline(storage: OutboxStorage, over: Partial<ClientOptions> = {}): Promise<World> {
  const made = world({ storage, token: TOKEN, ...over });
  made.server.mode = "silent";
  made.client.connect();
  await settle();
  return made;
}

describe("a message that was not sent", () => {
  it("is there again after a reload, shown as sending, and is sent once, in order", async () => {
    const storage = memoryOutbox();
    const before = await offline(storage);
    const metadata = { colour: "red" };
    void before.client.conversation("room").send({ message: "one", metadata });
    await before.clock.advance(1);
    void before.client.conversation("room").send({ message: "two" });
    const keys = before.client.conversation("room").snapshot().messages.map(({ key }) => key);
    await settle();

    const after = await offline(storage);
    after.clock.advance(60_000);
    const room = after.client.conversation("room");
    expect(room.snapshot().messages).toMatchObject([{ key: keys[0], message: "one", delivery: "sending", metadata, sender_id: "alice" }, { key: keys[1], message: "two" }]);
    expect(after.client.connection.snapshot().queued).toBe(2);
    after.server.mode = "open";
    after.client.reconnect();
    await settle();
    expect(after.server.room("room").messages.map(({ message, client_id }) => [message, client_id])).toEqual([["one", keys[0]], ["two", keys[1]]]);
    await settle();
    expect(await storage.claim(OWNER, 10)).toEqual([]);
  });

  it("that the server has already is not stored again, only acknowledged", async () => {
    const storage = memoryOutbox();
    const before = await connectedWorld({ storage });
    before.server.answers.set("message", () => undefined);
    void before.client.conversation("room").send({ message: "one" });
    await settle();
    const [sent] = before.server.socket.of("message");
    const after = world({ storage });
    after.server.add("room", { sender_id: "alice", client_id: sent?.client_id ?? null, message: "one" });
    after.client.connect();
    await settle();
    await settle();
    expect(after.server.room("room").messages).toHaveLength(1);
    expect(after.client.conversation("room").snapshot().messages).toMatchObject([{ delivery: "sent", message: "one" }]);
    expect(after.client.connection.snapshot().queued).toBe(0);
  });

  it("goes before what is written after the reload", async () => {
    const storage = memoryOutbox();
    await storage.write(OWNER, [entry("old", 5)], []);
    const { client, server } = world({ storage, token: TOKEN });
    server.mode = "silent";
    void client.conversation("room").send({ message: "new" });
    client.connect();
    await settle();
    expect(client.conversation("room").snapshot().messages.map(({ message }) => message)).toEqual(["old", "new"]);
    server.mode = "open";
    client.reconnect();
    await settle();
    await settle();
    expect(server.room("room").messages.map(({ message }) => message)).toEqual(["old", "new"]);
  });

  it("is found by its user only, also when the token comes from a function", async () => {
    const storage = memoryOutbox();
    await storage.write(OWNER, [entry("hers")], []);
    const bob = await offline(storage, { token: jwt({ sub: "bob" }) });
    expect(bob.client.connection.snapshot().queued).toBe(0);
    const alice = await offline(storage, { token: () => Promise.resolve(TOKEN) });
    alice.server.socket.handlers.closed(1006, "");
    await settle();
    expect(alice.client.connection.snapshot().queued).toBe(1);
  });

  it("is kept also when it was written before the user was known", async () => {
    const storage = memoryOutbox();
    const { client, server } = world({ storage });
    server.answers.set("message", () => undefined);
    void client.conversation("room").send({ message: "early" });
    await settle();
    expect(await storage.claim(OWNER, 10)).toEqual([]);
    client.connect();
    await settle();
    await settle();
    expect(await storage.claim(OWNER, 10)).toMatchObject([{ conversationId: "room", draft: { message: "early" } }]);
  });

  it.each([
    ["is discarded", (made: World, key: string): void => made.client.conversation("room").discard(key)],
    ["belongs to a session that was ended", (made: World): void => made.client.logout()],
  ])("is forgotten when it %s", async (_why, act) => {
    const storage = memoryOutbox();
    const made = await offline(storage);
    void made.client.conversation("room").send({ message: "one" });
    await settle();
    expect(await storage.claim(OWNER, 10)).toHaveLength(1);
    act(made, made.client.conversation("room").snapshot().messages[0]?.key ?? "");
    await settle();
    await settle();
    expect(await storage.claim(OWNER, 10)).toEqual([]);
  });

  it("is nobody else's while a storage is slow: each user's messages are kept under their own name", async () => {
    const storage = memoryOutbox();
    let go = (): void => undefined;
    const slow: OutboxStorage = { ...storage, claim: (owner, limit) => new Promise((resolve) => {
      go = () => void storage.claim(owner, limit).then(resolve);
    }) };
    await storage.write(OWNER, [entry("old")], []);
    const made = await offline(slow);
    void made.client.conversation("room").send({ message: "from Alice" });
    made.client.logout();
    made.server.welcome = () => welcome({ user: { id: "bob", name: "Bob" } });
    made.server.mode = "open";
    made.server.answers.set("message", () => undefined);
    made.client.connect();
    await settle();
    void made.client.conversation("room").send({ message: "from Bob" });
    // Alice's claim, and then Bob's.
    for (let claims = 0; claims < 3; claims++) {
      go();
      await settle();
    }
    expect(await storage.claim(OWNER, 10)).toEqual([]);
    expect(await storage.claim("http://tutti.test bob", 10)).toMatchObject([{ draft: { message: "from Bob" } }]);
    expect(made.client.connection.snapshot().queued).toBe(1);
  });

  it("is forgotten when the server refuses it", async () => {
    const storage = memoryOutbox();
    const { client, server } = await connectedWorld({ storage });
    server.answers.set("message", (frame, socket) => socket.push({ type: "error", code: "forbidden", message: "no", retryable: false, ref: frame.ref ?? "" }));
    await expect(client.conversation("room").send({ message: "one" })).rejects.toMatchObject({ code: "forbidden" });
    await settle();
    expect(await storage.claim(OWNER, 10)).toEqual([]);
  });

  it("counts towards the limit of the queue: what is too much stays where it is", async () => {
    const storage = memoryOutbox();
    await storage.write(OWNER, ["1", "2", "3"].map((id, at) => entry(id, at)), []);
    const { client } = await offline(storage, { queueLimit: 2 });
    expect(client.connection.snapshot().queued).toBe(2);
    expect(await storage.claim(OWNER, 10)).toHaveLength(3);
    await expect(client.conversation("room").send({ message: "4" })).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("a storage that fails", () => {
  afterEach(() => vi.restoreAllMocks());

  const failing = (): OutboxStorage => ({ ...memoryOutbox(), write: () => Promise.reject(new Error("quota exceeded")) });
  const silent = (): OutboxStorage => ({ ...memoryOutbox(), claim: () => new Promise(() => undefined) });

  it.each([["refuses", failing], ["does not answer", silent]])("which %s costs nothing but the survival: messages are sent from memory, and the log says so", async (_how, storage) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const { client, server, clock } = await connectedWorld({ storage: storage(), log: "warn" });
    await expect(client.conversation("room").send({ message: "one" })).resolves.toMatchObject({ message: "one" });
    await clock.advance(STORAGE_TIMEOUT_MS);
    await client.conversation("room").send({ message: "two" });
    expect(server.room("room").messages).toHaveLength(2);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain("kept in memory only");
  });

  it.each([
    ["is discarded", (made: World, key: string): void => made.client.conversation("room").discard(key), 1],
    ["belongs to a session that was ended", (made: World): void => made.client.logout(), 0],
  ])("is rid of what it kept before all the same when that %s", async (_how, act, left) => {
    const storage = memoryOutbox();
    const write: OutboxStorage["write"] = async (owner, keep, forget) => {
      if (keep.some(({ draft }) => draft.message === "too much")) throw new Error("quota exceeded");
      await storage.write(owner, keep, forget);
    };
    const made = await offline({ ...storage, write });
    const room = made.client.conversation("room");
    for (const message of ["one", "two", "too much"]) {
      void room.send({ message });
      await settle();
    }
    expect(await storage.claim(OWNER, 10)).toHaveLength(2);
    act(made, room.snapshot().messages[0]?.key ?? "");
    await settle();
    expect((await storage.claim(OWNER, 10)).map(({ draft }) => draft.message)).toEqual(["two"].slice(0, left));
  });

  it("takes nothing more, and gives nothing back, once it has failed", async () => {
    const storage = memoryOutbox();
    const [claim, write] = [vi.fn(storage.claim), vi.fn<OutboxStorage["write"]>(() => Promise.reject(new Error("quota exceeded")))];
    const made = await offline({ ...storage, claim, write });
    for (const message of ["one", "two"]) {
      void made.client.conversation("room").send({ message });
      await settle();
    }
    expect(write.mock.calls.map(([, keep]) => keep.length)).toEqual([1]);
    made.server.mode = "open";
    made.client.reconnect();
    await settle();
    await settle();
    expect(made.server.room("room").messages.map(({ message }) => message)).toEqual(["one", "two"]);
    expect(claim).toHaveBeenCalledTimes(1);
  });
});

describe("IndexedDB", () => {
  it("keeps, gives back the oldest first, and forgets, each user for themselves", async () => {
    const factory = new IDBFactory();
    // Without Web Locks nobody knows who lives.
    const page = (): OutboxStorage => indexedDbOutbox(factory, livingPages(undefined));
    const one = page();
    await one.write(OWNER, [entry("b", 2), entry("a", 1), entry("c", 3)], []);
    await one.write("somebody else", [entry("x")], []);
    await one.write(OWNER, [], ["c"]);
    expect(ids(await page().claim(OWNER, 1))).toEqual(["a"]);
    expect(await page().claim(OWNER, 10)).toEqual([entry("a", 1), entry("b", 2)]);
    await one.clear(OWNER);
    expect(await page().claim(OWNER, 10)).toEqual([]);
    expect(ids(await page().claim("somebody else", 10))).toEqual(["x"]);
  });

  it("leaves alone what another living page looks after, and takes it over when that page has ended", async () => {
    const [factory, browser] = [new IDBFactory(), new FakeBrowser()];
    const page = (): { storage: OutboxStorage; itself: FakePage } => {
      const itself = browser.page();
      return { itself, storage: indexedDbOutbox(factory, livingPages(itself.locks)) };
    };
    const [one, other] = [page(), page()];
    await one.storage.claim(OWNER, 10);
    await one.storage.write(OWNER, [entry("a")], []);
    expect(await other.storage.claim(OWNER, 10)).toEqual([]);
    expect(await one.storage.claim(OWNER, 10)).toEqual([]);
    one.itself.die();
    const third = page();
    const claimed = await Promise.all([other.storage.claim(OWNER, 10), third.storage.claim(OWNER, 10)]);
    expect(claimed.map(ids).sort()).toEqual([[], ["a"]]);
  });

  it("forgets at the end of a session what is this page's or a dead one's, and not what another living page is about to send", async () => {
    const [factory, browser] = [new IDBFactory(), new FakeBrowser()];
    const page = async (name: string): Promise<{ itself: FakePage; storage: OutboxStorage }> => {
      const itself = browser.page();
      const storage = indexedDbOutbox(factory, livingPages(itself.locks));
      await storage.claim(OWNER, 10);
      await storage.write(OWNER, [entry(name)], []);
      return { itself, storage };
    };
    const [own, living, dead] = [await page("own"), await page("living"), await page("dead")];
    dead.itself.die();
    await own.storage.clear(OWNER);
    for (const { itself } of [own, living]) itself.die();
    expect(ids(await indexedDbOutbox(factory, livingPages(browser.page().locks)).claim(OWNER, 10))).toEqual(["living"]);
  });

  it("says so when it cannot be opened, and tries again the next time", async () => {
    const factory = new IDBFactory();
    const open = vi.spyOn(factory, "open").mockImplementationOnce(() => {
      throw new DOMException("private mode", "SecurityError");
    });
    const storage = indexedDbOutbox(factory, livingPages(undefined));
    await expect(storage.claim(OWNER, 1)).rejects.toThrow("private mode");
    await expect(storage.claim(OWNER, 1)).resolves.toEqual([]);
    expect(open).toHaveBeenCalledTimes(2);
  });

  it("gives back what was written in one moment, or while the clock was set back, in the order in which it was written", async () => {
    const factory = new IDBFactory();
    const page = (): OutboxStorage => indexedDbOutbox(factory, livingPages(undefined));
    const written = Array.from({ length: 12 }, (_, n) => `${n}`);
    const before = await offline(page());
    for (const message of written) before.client.conversation("room").send({ message }).catch(() => undefined);
    await vi.waitFor(async () => expect(await kept(factory)).toEqual(written));
    const clock = new ManualClock();
    const { client } = await offline(page(), { clock });
    await vi.waitFor(() => expect(client.connection.snapshot().queued).toBe(12));
    vi.spyOn(clock, "now").mockReturnValue(-60_000);
    client.conversation("room").send({ message: "last" }).catch(() => undefined);
    await vi.waitFor(async () => expect(await kept(factory)).toEqual([...written, "last"]));
  });

  it("carries a client over a reload", async () => {
    const factory = new IDBFactory();
    const storage = (): OutboxStorage => indexedDbOutbox(factory, livingPages(undefined));
    const before = await offline(storage());
    void before.client.conversation("room").send({ message: "one" });
    await vi.waitFor(async () => expect(await kept(factory)).toEqual(["one"]));
    const after = await connectedWorld({ storage: storage() });
    await vi.waitFor(() => expect(after.server.room("room").messages).toMatchObject([{ message: "one" }]));
  });
});
