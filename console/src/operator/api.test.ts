// What goes to the server and how its refusals come back. The server's side is its own tests' business.
import { describe, expect, it, vi } from "vitest";
import { createOperatorApi } from "./api";

function answering(...replies: (Response | Error)[]) {
  const ask = vi.fn<typeof fetch>(() => {
    const reply = replies.shift() ?? new Response("{}");
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
  });
  return { ask, api: createOperatorApi(() => "secret", ask), asked: () => ask.mock.calls.map(([path]) => path) };
}

describe("the operator's interface", () => {
  it("asks with the token that counts at the time, and escapes what is put into addresses", async () => {
    const { api, ask, asked } = answering();
    await api.connections({ user: "a&b", slow: true, limit: 100 });
    await api.user("a/b");
    await api.channel("public:x/y");
    expect(asked()).toEqual([
      "/api/v1/operator/connections?user=a%26b&slow=true&limit=100",
      "/api/v1/operator/users/a%2Fb",
      "/api/v1/operator/channels/public%3Ax%2Fy",
    ]);
    expect(ask.mock.calls[0]?.[1]?.headers).toEqual({ Authorization: "Bearer secret" });
  });

  it("posts what changes something", async () => {
    const { api, ask, asked } = answering(new Response(null, { status: 204 }), new Response(null, { status: 204 }), new Response(null, { status: 204 }));
    await api.disconnectConnection("7");
    await api.disconnectUser("ada");
    await api.revokeUser("ada");
    expect(asked()).toEqual(["/api/v1/operator/connections/7/disconnect", "/api/v1/operator/users/ada/disconnect", "/api/v1/operator/users/ada/revoke"]);
    expect(ask.mock.calls.every(([, init]) => init?.method === "POST")).toBe(true);
  });

  it("rejects with the code of the server, and with one of its own where the server says nothing", async () => {
    const error = { code: "rate_limited", message: "slowly", retryable: true, retry_after_ms: 1200 };
    const limited = answering(new Response(JSON.stringify({ error }), { status: 429 }));
    await expect(limited.api.overview()).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 1200, retryable: true });
    const proxy = answering(new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await expect(proxy.api.overview()).rejects.toMatchObject({ code: "unavailable", retryable: true });
    await expect(answering(new TypeError("failed to fetch")).api.overview()).rejects.toMatchObject({ code: "network" });
    await expect(answering(new DOMException("late", "TimeoutError")).api.overview()).rejects.toMatchObject({ code: "timeout" });
  });
});
