// What goes to the server. How it is asked, and how its refusals come back, is the SDK's business and its tests'.
import { createClient, TuttiError } from "@tutti/client";
import { describe, expect, it, vi } from "vitest";
import { createOperatorApi } from "./api";

function answering(reply: () => Response = () => new Response("{}")) {
  const ask = vi.fn<typeof fetch>(() => Promise.resolve(reply()));
  const api = createOperatorApi(createClient({ url: "http://server", token: "secret", fetch: ask }).api);
  return { ask, api, asked: () => ask.mock.calls.map(([address]) => String(address).replace("http://server", "")) };
}

describe("the operator's interface", () => {
  it("asks with the user's token, and escapes what is put into addresses", async () => {
    const { api, ask, asked } = answering();
    await api.connections({ user: "a&b", slow: true, limit: 100 });
    await api.user("a/b");
    await api.channel("public:x/y");
    expect(asked()).toEqual([
      "/api/v1/operator/connections?user=a%26b&slow=true&limit=100",
      "/api/v1/operator/users/a%2Fb",
      "/api/v1/operator/channels/public%3Ax%2Fy",
    ]);
    expect(new Headers(ask.mock.calls[0]?.[1]?.headers).get("Authorization")).toBe("Bearer secret");
  });

  it("posts what changes something", async () => {
    const { api, ask, asked } = answering(() => new Response(null, { status: 204 }));
    await api.disconnectConnection("7");
    await api.disconnectUser("ada");
    await api.revokeUser("ada");
    expect(asked()).toEqual(["/api/v1/operator/connections/7/disconnect", "/api/v1/operator/users/ada/disconnect", "/api/v1/operator/users/ada/revoke"]);
    expect(ask.mock.calls.every(([, init]) => init?.method === "POST")).toBe(true);
  });

  it("waits for an answer only so long, and for events until it is called off", async () => {
    const timeout = vi.spyOn(AbortSignal, "timeout");
    const { api, ask } = answering(() => new Response("events"));
    await api.metrics();
    const { signal } = new AbortController();
    await api.events(new URLSearchParams({ kind: "published" }), signal);
    expect(timeout).toHaveBeenCalledWith(15_000);
    expect(ask.mock.calls.map(([, init]) => init?.signal)).toEqual([timeout.mock.results[0]?.value, signal]);
    vi.restoreAllMocks();
  });

  it("rejects as the SDK does", async () => {
    const error = { code: "forbidden", message: "no", retryable: false };
    const { api } = answering(() => new Response(JSON.stringify({ error }), { status: 403 }));
    await expect(api.overview()).rejects.toBeInstanceOf(TuttiError);
    await expect(api.events(new URLSearchParams(), new AbortController().signal)).rejects.toMatchObject({ code: "forbidden" });
  });
});
