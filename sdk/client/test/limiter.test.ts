// Holding back what the server takes no more of, for as long as it says.

import { describe, expect, it } from "vitest";
import { type Command, type Ref, type ServerFrame, TuttiError } from "../src/index";
import { DEFAULT_HOLD_MS, Limiter, MOST_HELD } from "../src/connection/limiter";
import { ManualClock, settle } from "../../testing/src/manual-clock";
import type { FakeSocket } from "./support/fake-server";
import { chatWorld, connectedWorld, reconnect } from "./support/world";

const history: Command = { type: "history", conversation_id: "room" };
const pong: ServerFrame = { type: "pong", server_time: "" };
const refused = (retryAfterMs: number | null): TuttiError => new TuttiError("rate_limited", "too many", { retryable: true, retryAfterMs });

/** Its first timer runs a millisecond early, as real ones may. */
class HastyClock extends ManualClock {
  #hasty = true;

  override after(ms: number, task: () => void): () => void {
    const early = this.#hasty ? 1 : 0;
    this.#hasty = false;
    return super.after(ms - early, task);
  }
}

function world(clock = new ManualClock()) {
  const limiter = new Limiter(clock);
  const sent: string[] = [];
  /** Asks and notes when it was sent; `answer` is what comes back. */
  const ask = (name: string, answer: () => Promise<ServerFrame> = () => Promise.resolve(pong), timeoutMs = 15_000, command = history): Promise<ServerFrame> => {
    const reply = limiter.request(command, timeoutMs, (leftMs) => {
      sent.push(`${name} ${leftMs}`);
      return answer();
    });
    reply.catch(() => undefined);
    return reply;
  };
  const refuse = async (retryAfterMs: number | null, command = history): Promise<void> => {
    await expect(ask("refused", () => Promise.reject(refused(retryAfterMs)), 15_000, command)).rejects.toMatchObject({ code: "rate_limited" });
    sent.length = 0;
  };
  return { clock, limiter, sent, ask, refuse };
}

describe("holding back", () => {
  it("sends at once as long as the server takes it", async () => {
    const { ask, sent, clock } = world();
    await Promise.all([ask("a"), ask("b")]);
    expect([sent, clock.waiting]).toEqual([["a 15000", "b 15000"], 0]);
  });

  it("waits as long as the server says, then sends in order, one after another, with the time that is left", async () => {
    const { clock, ask, sent, refuse } = world();
    await refuse(2000);
    let answer: (reply: ServerFrame) => void = () => undefined;
    void ask("a", () => new Promise((resolve) => (answer = resolve)));
    const second = ask("b");
    await clock.advance(1999);
    expect(sent).toEqual([]);
    await clock.advance(1);
    expect(sent).toEqual(["a 13000"]);
    answer(pong);
    await expect(second).resolves.toBe(pong);
    expect(sent).toEqual(["a 13000", "b 13000"]);
    await ask("c");
    expect(clock.waiting).toBe(0);
  });

  it("is not forgotten when a timer runs too early", async () => {
    const { clock, ask, sent, refuse } = world(new HastyClock());
    await refuse(1000);
    const held = ask("a");
    await clock.advance(999);
    expect(sent).toEqual([]);
    await clock.advance(1);
    await expect(held).resolves.toBe(pong);
  });

  it("waits a second when the server does not say", async () => {
    const { clock, ask, sent, refuse } = world();
    await refuse(null);
    void ask("a");
    await clock.advance(DEFAULT_HOLD_MS - 1);
    expect(sent).toEqual([]);
    await clock.advance(1);
    expect(sent).toHaveLength(1);
  });

  it("waits again when one that was held back is refused", async () => {
    const { clock, ask, sent, refuse } = world();
    await refuse(1000);
    const first = ask("a", () => Promise.reject(refused(3000)));
    const second = ask("b");
    await clock.advance(1000);
    await expect(first).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 3000 });
    await clock.advance(2999);
    expect(sent).toEqual(["a 14000"]);
    await clock.advance(1);
    await expect(second).resolves.toBe(pong);
  });

  it("holds back only what counts as the same, publications by their namespace, and never what keeps the connection", async () => {
    const { ask, sent, refuse, limiter } = world();
    const publish = (channel: string): Command => ({ type: "publish", channel, data: 1 });
    await refuse(5000, publish("a:x"));
    await refuse(5000, { type: "ping" });
    for (const [name, command] of [["a", publish("a:y:z")], ["b", publish("b:x")], ["ping", { type: "ping" }], ["history", history]] as const) void ask(name, undefined, undefined, command);
    expect(sent.map((entry) => entry.split(" ")[0])).toEqual(["b", "ping", "history"]);
    expect([limiter.allows(publish("a:x")), limiter.allows(publish("b:x"))]).toEqual([false, true]);
  });

  it.each<[string, Command[]]>([
    ["subscribing", [{ type: "subscribe", channel: "a:x" }, { type: "unsubscribe", channel: "a:x" }, { type: "subscribe", channel: "a:y" }]],
    ["reactions", [{ type: "reaction_add", message_id: "m1", emoji: "+" }, { type: "reaction_remove", message_id: "m1", emoji: "+" }]],
    ["presence", [{ type: "presence_set", status: "away" }, { type: "presence_subscribe", user_ids: ["bob"] }, { type: "presence_unsubscribe", user_ids: ["bob"] }]],
  ])("keeps the order of what the server counts together: %s", async (_name, commands) => {
    const { ask, sent, refuse, clock } = world();
    await refuse(1000, commands[0]);
    for (const command of commands) void ask(command.type, undefined, undefined, command);
    expect(sent).toEqual([]);
    await clock.advance(1000);
    expect(sent.map((entry) => entry.split(" ")[0])).toEqual(commands.map(({ type }) => type));
  });
});

describe("the bounds", () => {
  it("refuses at once what would wait longer than for its reply", async () => {
    const { ask, refuse, sent } = world();
    await refuse(2000);
    await expect(ask("a", undefined, 2000)).rejects.toMatchObject({ code: "rate_limited", retryable: true, retryAfterMs: 2000 });
    expect(sent).toEqual([]);
  });

  it("refuses what has waited in vain because the wait became longer", async () => {
    const { ask, refuse, clock } = world();
    await refuse(1000);
    const first = ask("a", () => Promise.reject(refused(60_000)));
    const second = ask("b");
    await clock.advance(1000);
    await expect(first).rejects.toMatchObject({ retryAfterMs: 60_000 });
    await expect(second).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 60_000 });
  });

  it("gives up on what ran out of time behind a slow one", async () => {
    const { ask, refuse, clock } = world();
    await refuse(1000);
    let answer: (reply: ServerFrame) => void = () => undefined;
    void ask("slow", () => new Promise((resolve) => (answer = resolve)));
    const late = ask("late", undefined, 3000);
    await clock.advance(4000);
    answer(pong);
    await expect(late).rejects.toMatchObject({ code: "timeout" });
  });

  it("gives up on what is held when its time is up, though nothing moves", async () => {
    const { ask, refuse, clock, sent } = world();
    await refuse(1000);
    let answer: (reply: ServerFrame) => void = () => undefined;
    void ask("slow", () => new Promise((resolve) => (answer = resolve)));
    const [late, next] = [ask("late", undefined, 3000), ask("next")];
    let failure: unknown = null;
    late.catch((error: unknown) => (failure = error));
    await clock.advance(2999);
    expect(failure).toBeNull();
    await clock.advance(1);
    expect(failure).toMatchObject({ code: "timeout" });
    answer(pong);
    await expect(next).resolves.toBe(pong);
    expect(sent).toEqual(["slow 14000", "next 12000"]);
    expect(clock.waiting).toBe(0);
  });

  it("holds back no more than so many", async () => {
    const { ask, refuse, clock, sent } = world();
    await refuse(1000);
    for (let count = 0; count < MOST_HELD; count++) void ask("held");
    await expect(ask("one too many")).rejects.toMatchObject({ code: "rate_limited" });
    await clock.advance(1000);
    expect(sent).toHaveLength(MOST_HELD);
  });
});

describe("a lost connection", () => {
  it("rejects what waits, keeps to the rate afterwards, and leaves no timer", async () => {
    const { ask, refuse, clock, limiter, sent } = world();
    await refuse(2000);
    const held = ask("a");
    limiter.abandon();
    await expect(held).rejects.toMatchObject({ code: "closed", retryable: true });
    expect(clock.waiting).toBe(0);
    const next = ask("b");
    await clock.advance(1999);
    expect(sent).toEqual([]);
    await clock.advance(1);
    await expect(next).resolves.toBe(pong);
  });

  it("leaves no timer when it is lost with one under way and others behind it", async () => {
    const { ask, refuse, clock, limiter } = world();
    await refuse(1000);
    let lose: (error: TuttiError) => void = () => undefined;
    void ask("under way", () => new Promise((_resolve, reject) => (lose = reject)));
    const behind = ask("behind");
    await clock.advance(1000);
    limiter.refused(history, 5000);
    lose(new TuttiError("closed", "lost"));
    limiter.abandon();
    await expect(behind).rejects.toMatchObject({ code: "closed" });
    await settle();
    expect(clock.waiting).toBe(0);
  });
});

describe("the client", () => {
  const HOLD_MS = 5000;
  const refuseHistory = ({ ref }: { ref?: Ref }, socket: FakeSocket): void =>
    socket.push({ type: "error", code: "rate_limited", message: "", retryable: true, retry_after_ms: HOLD_MS, ...(ref === undefined ? {} : { ref }) });

  it("holds nothing of the last user's back after a logout, or when another one turns out to have come", async () => {
    const made = await connectedWorld();
    const { client, server } = made;
    const useUp = async (): Promise<void> => {
      server.answers.set("history", refuseHistory);
      await expect(client.request(history)).rejects.toMatchObject({ code: "rate_limited" });
      server.answers.delete("history");
    };
    await useUp();
    client.logout();
    client.connect();
    await settle();
    void client.request(history);
    expect(server.socket.of("history")).toHaveLength(1);
    await useUp();
    await reconnect(made, {});
    void client.request(history);
    expect(server.socket.of("history")).toEqual([]);
    await reconnect(made, { user: { id: "bob", name: "Bob" } });
    void client.request(history);
    expect(server.socket.of("history")).toHaveLength(1);
  });

  it("sends no more of a kind until the server takes it", async () => {
    const { client, server, clock } = await connectedWorld();
    server.answers.set("history", refuseHistory);
    await expect(client.request(history)).rejects.toMatchObject({ code: "rate_limited" });
    server.answers.delete("history");
    void client.request(history);
    await settle();
    expect(server.socket.of("history")).toHaveLength(1);
    await clock.advance(HOLD_MS);
    expect(server.socket.of("history")).toHaveLength(2);
  });

  it("drops typing, for which nobody waits, as long as the server takes no more of it", async () => {
    const { room, server, clock } = await chatWorld();
    server.answers.set("typing", (_frame, socket) => socket.push({ type: "error", code: "rate_limited", message: "", retryable: true, retry_after_ms: 10_000 }));
    room.typing(true);
    await clock.advance(9000);
    room.typing(true);
    await clock.advance(999);
    expect(server.socket.of("typing")).toHaveLength(1);
    await clock.advance(1);
    room.typing(false);
    await clock.advance(1000);
    room.typing(true);
    await clock.advance(1000);
    expect(server.socket.of("typing").length).toBeGreaterThan(1);
  });

  it("refuses a frame that is longer than the server takes, and stays connected", async () => {
    const { client, server } = await connectedWorld();
    await expect(client.request({ type: "publish", channel: "public:a", data: "x".repeat(65_536) })).rejects.toMatchObject({ code: "payload_too_large", retryable: false, userMessage: "This is too large to send." });
    expect(server.socket.of("publish")).toEqual([]);
    await expect(client.request({ type: "ping" })).resolves.toMatchObject({ type: "pong" });
  });
});
