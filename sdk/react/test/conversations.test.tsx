// The list and the unread counts, the connection: loaded when asked for, live, and let go of.

import { act } from "@testing-library/react";
import { expect, it } from "vitest";
import { useConnection, useConversations, useStore, useUnread } from "../src/index";
import { connectedWorld, mount, mountPlain, refusal, settled, watchersOf, world } from "./support/mount";

async function listWorld() {
  const made = await connectedWorld();
  for (const id of ["one", "two"]) made.server.room(id, { title: id });
  made.server.add("one");
  return made;
}

it("loads the list when it is first shown, once for all who show it", async () => {
  const { client, server } = await listWorld();
  const { result } = await mountPlain(client, () => [useConversations(), useUnread(), useConversations()] as const);
  const [list, unread] = result.current;
  expect(list.conversations.map(({ id }) => id)).toEqual(["one", "two"]);
  expect(list).toMatchObject({ status: "ready", hasMore: false, unread: 1 });
  expect(unread).toBe(1);
  expect(server.requests.filter((request) => request.startsWith("GET /conversations"))).toHaveLength(1);
});

it("keeps its functions, and the whole result while nothing changes", async () => {
  const { client, server } = await listWorld();
  const { result, rerender } = await mountPlain(client, () => useConversations());
  const before = result.current;
  rerender(null);
  expect(result.current).toBe(before);
  act(() => void server.say("two", { created_at: "2027-01-01T00:00:00.000Z" }));
  expect(result.current.conversations[0]?.id).toBe("two");
  const { load, loadMore, create } = result.current;
  expect([load, loadMore, create]).toEqual([before.load, before.loadMore, before.create]);
});

it("creates, loads more, and loads again after an error", async () => {
  const { client, server } = await listWorld();
  server.replies.set("GET /unread", () => refusal(503, "unavailable"));
  const { result } = await mountPlain(client, () => useConversations());
  expect(result.current.error?.code).toBe("unavailable");
  server.replies.clear();
  const page = { conversations: [server.room("one").info], next_cursor: "next" };
  server.replies.set("cursor=next", () => Response.json({ conversations: [server.room("two").info], next_cursor: null }));
  server.replies.set("GET /conversations", () => Response.json(page));
  act(() => void result.current.load());
  await settled();
  expect(result.current).toMatchObject({ status: "ready", error: null, hasMore: true });
  act(() => void result.current.loadMore());
  await settled();
  expect(result.current).toMatchObject({ hasMore: false, conversations: [{ id: "one" }, { id: "two" }] });
  server.replies.set("POST /conversations", () => Response.json(server.room("three").info));
  act(() => void result.current.create({ kind: "group", title: "three", member_ids: ["bob"] }));
  await settled();
  expect(result.current.conversations.map(({ id }) => id)).toContain("three");
});

it("counts unread messages in all, in one, and in none", async () => {
  const { client, server } = await listWorld();
  const { result, rerender } = await mount(client, (id: string | null) => [useUnread(), useUnread(id)], "two" as string | null);
  expect(result.current).toEqual([1, 0]);
  act(() => void server.say("two"));
  expect(result.current).toEqual([2, 1]);
  rerender("one");
  expect(result.current).toEqual([2, 1]);
  rerender(null);
  expect(result.current).toEqual([2, 0]);
  rerender("unknown");
  expect(result.current).toEqual([2, 0]);
});

it("renders a badge only when its count changes", async () => {
  const { client, server } = await listWorld();
  let renders = 0;
  await mountPlain(client, () => {
    renders += 1;
    return useUnread("one");
  });
  const before = renders;
  act(() => void server.say("two"));
  expect(renders).toBe(before);
  act(() => void server.say("one"));
  expect(renders).toBeGreaterThan(before);
});

it("shows the connection, and tries again when asked", async () => {
  const { client, server, clock } = world({ maxAttempts: 0 });
  server.mode = "refuse";
  const { result } = await mountPlain(client, () => useConnection());
  expect(result.current).toMatchObject({ state: "disconnected", final: false, user: null });
  act(() => client.connect());
  await act(() => clock.advance(60_000));
  expect(result.current).toMatchObject({ state: "disconnected", final: true });
  expect(result.current.problem).not.toBeNull();
  server.mode = "open";
  act(() => result.current.reconnect());
  await settled();
  expect(result.current).toMatchObject({ state: "connected", final: false, user: { id: "alice" } });
});

it("stops watching with the last component", async () => {
  const { client } = await listWorld();
  const counts = [watchersOf(client.conversations), watchersOf(client.connection), watchersOf(client.presence.own)];
  for (let round = 0; round < 100; round++) {
    const { unmount } = await mountPlain(client, () => [useConversations(), useUnread(), useUnread("one"), useConnection(), useStore(client.presence.own)]);
    expect(counts.map((count) => count())).toEqual([3, 1, 1]);
    unmount();
    expect(counts.map((count) => count())).toEqual([0, 0, 0]);
  }
});
