// The state of the connection in plain words. Reaching those states is the client's own test.

import { type ConnectionSnapshot, NOT_CONNECTED } from "@tutti/client";
import { describe, expect, it } from "vitest";
import { connectionWords } from "./words";

const calm: ConnectionSnapshot = { ...NOT_CONNECTED, state: "connected", transport: "websocket" };

describe("connectionWords", () => {
  it("says nothing while connected", () => {
    expect(connectionWords(calm, 0)).toBeNull();
  });

  it("says quietly that a fallback carries the connection", () => {
    expect(connectionWords({ ...calm, transport: "sse" }, 0)).toMatchObject({ tone: "quiet", action: "none" });
    expect(connectionWords({ ...calm, transport: "polling" }, 0)?.text).toContain("every few seconds");
  });

  it("says quietly that it is paused, and what waits", () => {
    const words = connectionWords({ ...calm, state: "reconnecting", paused: true, queued: 1 }, 0);
    expect(words).toEqual({ text: "Paused while nobody looks. 1 message is waiting to be sent.", tone: "quiet", action: "none" });
  });

  it("counts down to the next attempt and offers to try at once", () => {
    const words = connectionWords({ ...calm, state: "reconnecting", nextAttemptAt: 10_000 }, 6_200);
    expect(words).toEqual({ text: "Reconnecting in 4 s…", tone: "notice", action: "try" });
  });

  it("says what is waiting to be sent", () => {
    const words = connectionWords({ ...calm, state: "reconnecting", nextAttemptAt: 1_000, queued: 2 }, 0);
    expect(words?.text).toBe("Reconnecting in 1 s… 2 messages are waiting to be sent.");
  });

  it("promises delivery while offline", () => {
    const words = connectionWords({ ...calm, state: "reconnecting", problem: "You are offline.", online: false }, 0);
    expect(words?.text).toBe("You are offline. Messages will be sent when you are back.");
  });

  it("offers signing in when the server says stop", () => {
    const words = connectionWords({ ...calm, state: "disconnected", problem: "Your session has expired.", final: true }, 0);
    expect(words).toEqual({ text: "Your session has expired.", tone: "notice", action: "sign-in" });
  });
});
