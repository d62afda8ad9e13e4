import { describe, expect, it } from "vitest";
import { DEBOUNCE_MS, EXPIRY_MS, IDLE_MS, REFRESH_MS } from "../src/chat/typing";
import { chatWorld } from "./support/world";

describe("telling the others", () => {
  it("says so at once, again every 3 s while it goes on, and when it ended 3 s after the last key", async () => {
    const { room, server, clock } = await chatWorld();
    const told = (): boolean[] => server.socket.of("typing").map((frame) => frame.is_typing);
    for (let ms = 0; ms < 2 * REFRESH_MS; ms += 100) {
      room.typing(true);
      await clock.advance(100);
    }
    expect(told()).toEqual([true, true]);
    await clock.advance(IDLE_MS - 101);
    expect(told()).toEqual([true, true]);
    await clock.advance(1);
    expect(told()).toEqual([true, true, false]);
    await clock.advance(60_000);
    expect(told()).toHaveLength(3);
    room.typing(true);
    expect(told().at(-1)).toBe(true);
    expect(server.socket.of("typing")[0]).toEqual({ type: "typing", conversation_id: "room", is_typing: true });
  });

  it("does not waver while somebody types slowly, and is told again before the server's 6 s are over", async () => {
    const { room, server, clock } = await chatWorld();
    let [toldAt, longest] = [0, 0];
    for (let keys = 0; keys < 20; keys++) {
      const before = server.socket.of("typing").length;
      room.typing(true);
      if (server.socket.of("typing").length > before) [toldAt, longest] = [clock.now(), Math.max(longest, toldAt === 0 ? 0 : clock.now() - toldAt)];
      await clock.advance(IDLE_MS - 1);
    }
    expect(server.socket.of("typing").every((frame) => frame.is_typing)).toBe(true);
    expect(longest).toBeLessThan(6000);
    expect(longest).toBeGreaterThan(0);
  });

  it("is not told again and again when it begins and ends quickly", async () => {
    const { room, server, clock } = await chatWorld();
    const told = (): boolean[] => server.socket.of("typing").map((frame) => frame.is_typing);
    for (let times = 0; times < 5; times++) {
      room.typing(true);
      room.typing(false);
    }
    expect(told()).toEqual([true, false]);
    room.typing(true);
    room.typing(true);
    await clock.advance(DEBOUNCE_MS - 1);
    expect(told()).toEqual([true, false]);
    await clock.advance(1);
    expect(told()).toEqual([true, false, true]);
  });

  it("ends at once when told so, and when the message is sent; never twice", async () => {
    const { room, server, clock } = await chatWorld();
    room.typing(false);
    room.typing(true);
    room.typing(false);
    await clock.advance(DEBOUNCE_MS);
    room.typing(true);
    await room.send({ message: "hi" });
    await clock.advance(10_000);
    expect(server.socket.of("typing").map((frame) => frame.is_typing)).toEqual([true, false, true, false]);
    const types = server.socket.sent.map((frame) => frame.type).filter((type) => type === "typing" || type === "message");
    expect(types.slice(-2)).toEqual(["typing", "message"]);
  });
});

describe("knowing who writes", () => {
  it("follows the pushes, without oneself", async () => {
    const { room, server } = await chatWorld();
    const typing = (user_id: string, is_typing: boolean): void => server.socket.push({ type: "typing", conversation_id: "room", user_id, is_typing });
    typing("alice", true);
    typing("bob", true);
    typing("carol", true);
    expect(room.snapshot().typing).toEqual(["bob", "carol"]);
    typing("bob", false);
    expect(room.snapshot().typing).toEqual(["carol"]);
  });

  it("ends with the message, after 7 s without news, and with the connection", async () => {
    const { room, server, clock } = await chatWorld();
    const typing = (user_id: string): void => server.socket.push({ type: "typing", conversation_id: "room", user_id, is_typing: true });
    typing("bob");
    server.say("room");
    expect(room.snapshot().typing).toEqual([]);
    typing("bob");
    await clock.advance(EXPIRY_MS - 1);
    typing("bob");
    await clock.advance(EXPIRY_MS - 1);
    expect(room.snapshot().typing).toEqual(["bob"]);
    await clock.advance(1);
    expect(room.snapshot().typing).toEqual([]);
    typing("bob");
    server.socket.handlers.closed(1006, "");
    expect(room.snapshot().typing).toEqual([]);
  });
});
