// HTTP: addresses, headers, errors.

import { afterEach, describe, expect, it, vi } from "vitest";
import { createClient, devSignIn, TuttiError } from "../src/index";
import { refusal } from "./support/fake-server";
import { ManualClock, settle } from "../../testing/src/manual-clock";
import { world } from "./support/world";

afterEach(() => void vi.unstubAllGlobals());

function recorded(reply: () => Response = () => Response.json({})): { calls: { url: string; init: RequestInit }[]; fetch: typeof fetch } {
  const calls: { url: string; init: RequestInit }[] = [];
  return { calls, fetch: (url, init) => { calls.push({ url: String(url), init: init ?? {} }); return Promise.resolve(reply()); } };
}

describe("requests", () => {
  it("has a method, an address and a body for every route", async () => {
    const { calls, fetch } = recorded(() => Response.json({ users: [] }));
    const { api } = createClient({ url: "http://tutti.test/", token: "T", fetch });
    await api.info();
    await api.users("al");
    await api.users();
    await api.conversation("a/b");
    await api.conversations({ cursor: "c", limit: 5 });
    await api.createConversation({ member_ids: ["bob"] });
    await api.updateConversation("a", { title: "t" });
    await api.deleteConversation("a");
    await api.members("a", { limit: 2 });
    await api.addMember("a", { user_id: "bob", role: "admin" });
    await api.removeMember("a", "b@c");
    await api.messages("a", { around_id: "m", limit: 3 });
    await api.unread();
    expect(calls.map(({ url, init }) => `${init.method} ${url.replace("http://tutti.test/api/v1", "")} ${String(init.body ?? "")}`.trim())).toEqual([
      "GET /info", "GET /users?query=al", "GET /users", "GET /conversations/a%2Fb", "GET /conversations?cursor=c&limit=5",
      'POST /conversations {"member_ids":["bob"]}', 'PATCH /conversations/a {"title":"t"}', "DELETE /conversations/a", "GET /conversations/a/members?limit=2",
      'POST /conversations/a/members {"user_id":"bob","role":"admin"}', "DELETE /conversations/a/members/b%40c", "GET /conversations/a/messages?around_id=m&limit=3", "GET /unread",
    ]);
    const header = (index: number, name: string): string | null => new Headers(calls[index]?.init.headers).get(name);
    expect(header(0, "Authorization")).toBeNull();
    expect(header(3, "Authorization")).toBe("Bearer T");
    expect(header(5, "Content-Type")).toBe("application/json");
    expect(header(5, "Idempotency-Key")).toMatch(/^[0-9a-f]{32}$/);
    expect(header(9, "Idempotency-Key")).not.toBe(header(5, "Idempotency-Key"));
    expect(header(3, "Idempotency-Key")).toBeNull();
  });

  it("takes 204 for an answer", async () => {
    const { fetch } = recorded(() => new Response(null, { status: 204 }));
    await expect(createClient({ url: "http://tutti.test", token: "T", fetch }).api.deleteConversation("a")).resolves.toBeUndefined();
  });

  it("signs in by name without a client", async () => {
    const { calls, fetch } = recorded(() => Response.json({ token: "T", user: { id: "alice", name: "Alice" }, expires_at: "" }));
    vi.stubGlobal("fetch", fetch);
    await expect(devSignIn("http://tutti.test", "Alice")).resolves.toMatchObject({ token: "T" });
    await devSignIn("http://tutti.test", "Alice", ["operator"]);
    const bodies = ['{"name":"Alice"}', '{"name":"Alice","roles":["operator"]}'];
    expect(calls).toMatchObject(bodies.map((body) => ({ url: "http://tutti.test/api/v1/dev/token", init: { method: "POST", body } })));
  });
});

describe("any other route", () => {
  it("is asked with the user's token, and the reply given as it is", async () => {
    const { calls, fetch } = recorded(() => new Response("text", { status: 202 }));
    const { api } = createClient({ url: "http://tutti.test/", token: "T", fetch });
    const reply = await api.fetch("/api/v1/operator/overview?a=b", { method: "POST", headers: { Accept: "text/plain" }, body: "x" });
    expect([reply.status, await reply.text()]).toEqual([202, "text"]);
    expect(calls).toMatchObject([{ url: "http://tutti.test/api/v1/operator/overview?a=b", init: { method: "POST", body: "x" } }]);
    const headers = new Headers(calls[0]?.init.headers);
    expect([headers.get("Authorization"), headers.get("Accept")]).toEqual(["Bearer T", "text/plain"]);
  });

  it("is asked once more, with a fresh token, when the token is refused", async () => {
    let asked = 0;
    const { client, server } = world({ token: () => `token ${++asked}` });
    server.replies.set("/metrics", () => (server.requests.length === 1 ? new Response("", { status: 401 }) : new Response("up 1")));
    expect(await (await client.api.fetch("/metrics")).text()).toBe("up 1");
    expect(server.authorizations).toEqual(["Bearer token 1", "Bearer token 2"]);
    server.replies.set("/metrics", () => refusal(401, "unauthenticated"));
    await expect(client.api.fetch("/metrics")).rejects.toMatchObject({ code: "unauthenticated" });
    expect(server.requests).toHaveLength(4);
  });

  it("rejects with what the server says, and with what happened on the way", async () => {
    const { client, server } = world();
    server.replies.set("/a", () => refusal(429, "rate_limited", { retryable: true, retry_after_ms: 1200 }));
    await expect(client.api.fetch("/a")).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 1200, retryable: true });
    server.replies.set("/a", () => Promise.reject(new TypeError("failed to fetch")));
    await expect(client.api.fetch("/a")).rejects.toMatchObject({ code: "network", retryable: true });
    server.replies.set("/a", () => Promise.reject(new DOMException("late", "TimeoutError")));
    await expect(client.api.fetch("/a")).rejects.toMatchObject({ code: "timeout", retryable: true });
  });

  it("may be taken back by the caller's signal", async () => {
    const { calls, fetch } = recorded();
    const { signal } = new AbortController();
    await createClient({ url: "http://tutti.test", token: "T", fetch }).api.fetch("/metrics", { signal });
    expect(calls[0]?.init.signal).toBe(signal);
  });
});

describe("errors", () => {
  it("carries what the server says", async () => {
    const { client, server } = world();
    server.replies.set("/unread", () => refusal(429, "rate_limited", { retryable: true, retry_after_ms: 900, details: { field: "x" } }));
    const error: unknown = await client.api.unread().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TuttiError);
    expect(error).toMatchObject({ code: "rate_limited", retryable: true, retryAfterMs: 900, field: "x", userMessage: "Too many requests. Please slow down." });
  });

  it("knows a reply that is not the server's, and no reply", async () => {
    const { client, server } = world();
    server.replies.set("/unread", () => new Response("<html>bad gateway", { status: 502 }));
    await expect(client.api.unread()).rejects.toMatchObject({ code: "unavailable", retryable: true });
    server.replies.set("/unread", () => Promise.reject(new TypeError("fetch failed")));
    await expect(client.api.unread()).rejects.toMatchObject({ code: "network", retryable: true, userMessage: "The server cannot be reached." });
  });

  it("gives up after 30 s", async () => {
    const clock = new ManualClock();
    const fetch = (_url: unknown, init?: RequestInit): Promise<Response> => new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError"))));
    const asked = createClient({ url: "http://tutti.test", token: "T", clock, fetch }).api.info();
    await settle();
    await clock.advance(30_000);
    await expect(asked).rejects.toMatchObject({ code: "timeout" });
  });
});
