// One conversation in components: loaded once, live, swapped cleanly, and let go of.

import { act } from "@testing-library/react";
import { type ClientOptions, TuttiError } from "@tutti/client";
import { expect, it } from "vitest";
import { type UseConversationResult, useConversation, useConversations, useTyping } from "../src/index";
import { commandsOn, connectedWorld, jwt, member, mount, mountPlain, refusal, settled, watchersOf, welcome, type World } from "./support/mount";

const texts = ({ messages }: UseConversationResult): string[] => messages.map(({ message }) => message);

async function roomWorld(count = 2, id = "room", over: Partial<ClientOptions> = {}): Promise<World> {
  const made = await connectedWorld(over);
  made.server.room(id, { members: [member("alice"), member("bob", { last_read_seq: 1 })] });
  for (let n = 1; n <= count; n++) made.server.add(id, { message: `${id} ${n}` });
  return made;
}

it("loads when it is first shown, once for all who show it", async () => {
  const { client, server } = await roomWorld();
  expect(server.requests).toEqual([]);
  const { result } = await mountPlain(client, () => [useConversation("room"), useConversation("room")] as const);
  const [one, other] = result.current;
  expect(server.requests.filter((request) => request.includes("/messages"))).toHaveLength(1);
  expect(one).toMatchObject({ status: "ready", hasMore: false, loadingMore: false, error: null, readers: { alice: 0, bob: 1 } });
  expect(one.info?.title).toBe("room");
  expect(texts(one)).toEqual(["room 1", "room 2"]);
  expect(other.messages).toBe(one.messages);
});

it("shows a message while it is sent, and the same one when it is stored", async () => {
  const { client, server } = await roomWorld();
  const { result } = await mountPlain(client, () => useConversation("room"));
  const { send } = result.current;
  let sending: Promise<unknown> = Promise.resolve();
  act(() => {
    sending = send("hello");
  });
  const shown = result.current.messages.at(-1);
  expect(shown).toMatchObject({ message: "hello", delivery: "sending" });
  await settled();
  await sending;
  expect(result.current.messages.at(-1)).toMatchObject({ message: "hello", delivery: "sent", key: shown?.key });
  act(() => void server.say("room", { message: "answer" }));
  expect(texts(result.current)).toEqual(["room 1", "room 2", "hello", "answer"]);
});

it("sends a draft as it is", async () => {
  const { client, server } = await roomWorld();
  const { result } = await mountPlain(client, () => useConversation("room"));
  act(() => void result.current.send({ message: "yes", reply_to: "room-m1" }));
  await settled();
  expect(server.socket.of("message")[0]).toMatchObject({ conversation_id: "room", message: "yes", reply_to: "room-m1" });
});

it("gives the same functions in every render of one conversation", async () => {
  const { client, server } = await roomWorld();
  const { result, rerender } = await mount(client, (id: string) => useConversation(id), "room");
  const before = functionsOf(result.current);
  expect(Object.keys(before)).toHaveLength(15);
  act(() => void server.say("room"));
  rerender("room");
  expect(functionsOf(result.current)).toEqual(before);
  const same = result.current;
  rerender("room");
  expect(result.current).toBe(same);
});

function functionsOf(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => typeof part === "function"));
}

it("does in the conversation what its functions say", async () => {
  const { client, server } = await roomWorld();
  const { result } = await mountPlain(client, () => useConversation("room"));
  await act(async () => {
    const { edit, remove, react, unreact, markRead, setTyping, thread } = result.current;
    for (const ask of [edit("room-m1", "better"), remove("room-m2"), react("room-m1", "x"), unreact("room-m1", "x")]) void ask;
    setTyping(true);
    markRead();
    await thread("room-m1");
  });
  expect(commandsOn(server.socket)).toEqual(["message_edit", "message_delete", "reaction_add", "reaction_remove", "typing", "read_receipt"]);
  expect(server.requests.at(-1)).toContain("thread_id=room-m1");
  expect(result.current.readers["alice"]).toBe(2);
});

it("retries and discards what could not be sent", async () => {
  const { client, server } = await roomWorld(0);
  server.answers.set("message", ({ ref }, socket) => socket.push({ type: "error", code: "forbidden", message: "no", retryable: false, ...(ref === undefined ? {} : { ref }) }));
  const { result } = await mountPlain(client, () => useConversation("room"));
  act(() => void result.current.send("one"));
  act(() => void result.current.send("two"));
  await settled();
  expect(result.current.messages.map(({ delivery }) => delivery)).toEqual(["failed", "failed"]);
  const [one, two] = result.current.messages.map(({ key }) => key);
  server.answers.clear();
  act(() => result.current.discard(one ?? ""));
  act(() => result.current.retry(two ?? ""));
  await settled();
  expect(result.current.messages.map(({ message, delivery }) => [message, delivery])).toEqual([["two", "sent"]]);
});

it("loads older messages a page at a time", async () => {
  const { client } = await roomWorld(120);
  const { result } = await mountPlain(client, () => useConversation("room"));
  expect(result.current).toMatchObject({ hasMore: true, loadingMore: false });
  expect(result.current.messages).toHaveLength(50);
  act(() => void result.current.loadMore());
  expect(result.current.loadingMore).toBe(true);
  await settled();
  expect(result.current.messages).toHaveLength(100);
  act(() => void result.current.loadMore());
  await settled();
  expect(result.current).toMatchObject({ hasMore: false, loadingMore: false });
  expect(texts(result.current)[0]).toBe("room 1");
});

it("shows a message and those around it, goes on from there, and comes back to the newest", async () => {
  const { client, server } = await roomWorld(120);
  const { result } = await mountPlain(client, () => useConversation("room"));
  act(() => void result.current.loadAround("room-m10"));
  await settled();
  expect(server.requests.at(-1)).toContain("around_id=room-m10");
  act(() => void result.current.loadNewer());
  await settled();
  act(() => void result.current.loadLatest());
  await settled();
  expect(result.current).toMatchObject({ hasNewer: false, loadingNewer: false });
  expect(texts(result.current).at(-1)).toBe("room 120");
});

it("swaps conversations without a moment of the other's messages", async () => {
  const { client, server } = await roomWorld();
  server.room("other");
  server.add("other", { message: "elsewhere" });
  const seen: string[] = [];
  const { result, rerender } = await mount(client, (id: string) => {
    const room = useConversation(id);
    seen.push(`${id}: ${texts(room).join()}`);
    return room;
  }, "room" as string);
  const { send } = result.current;
  rerender("other");
  await settled();
  expect(texts(result.current)).toEqual(["elsewhere"]);
  expect(new Set(seen)).toEqual(new Set(["room: ", "room: room 1,room 2", "other: ", "other: elsewhere"]));
  expect(result.current.send).not.toBe(send);
  act(() => void result.current.send("to the other"));
  await settled();
  expect(server.socket.of("message")[0]?.conversation_id).toBe("other");
  rerender("room");
  expect(texts(result.current)).toEqual(["room 1", "room 2"]);
});

it("waits with null, and begins when there is an id", async () => {
  const { client, server } = await roomWorld();
  const { result, rerender } = await mount(client, (id: string | null) => useConversation(id), null as string | null);
  expect(result.current).toMatchObject({ status: "idle", info: null, messages: [], hasMore: false });
  await expect(result.current.send("to nobody")).rejects.toBeInstanceOf(TuttiError);
  await result.current.load();
  await result.current.loadMore();
  result.current.setTyping(true);
  result.current.markRead();
  expect(server.requests).toEqual([]);
  expect(commandsOn(server.socket)).toEqual([]);
  rerender("room");
  await settled();
  expect(texts(result.current)).toEqual(["room 1", "room 2"]);
  rerender(null);
  expect(result.current.messages).toEqual([]);
});

it("says what went wrong, and loads again when asked", async () => {
  const { client, server } = await roomWorld();
  server.replies.set("/messages", () => refusal(503, "unavailable", { retryable: true }));
  const { result } = await mountPlain(client, () => useConversation("room"));
  expect(result.current.status).toBe("error");
  expect(result.current.error?.code).toBe("unavailable");
  server.replies.clear();
  act(() => void result.current.load());
  await settled();
  expect(result.current).toMatchObject({ status: "ready", error: null });
});

it("shows who is writing without loading anything, and only renders for that", async () => {
  const { client, server, clock } = await roomWorld();
  let renders = 0;
  const { result } = await mountPlain(client, () => {
    renders += 1;
    return useTyping("room");
  });
  expect(server.requests).toEqual([]);
  const type = (isTyping: boolean): void => act(() => server.socket.push({ type: "typing", conversation_id: "room", user_id: "bob", is_typing: isTyping }));
  type(true);
  expect(result.current.typing).toEqual(["bob"]);
  type(false);
  expect(result.current.typing).toEqual([]);
  const before = renders;
  await act(() => client.conversation("room").load());
  expect(renders).toBe(before);
  act(() => result.current.setTyping(true));
  await act(() => clock.advance(3000));
  expect(server.socket.of("typing").map((frame) => frame.is_typing)).toEqual([true, false]);
});

it("has nobody writing in no conversation", async () => {
  const { client } = await roomWorld();
  const { result } = await mountPlain(client, () => useTyping(null));
  result.current.setTyping(true);
  expect(result.current.typing).toEqual([]);
});

it("is not watched any more once it is gone from the screen", async () => {
  const { client } = await roomWorld();
  const watchers = watchersOf(client.conversation("room"));
  for (let round = 0; round < 100; round++) {
    const { unmount, rerender } = await mount(client, (id: string | null) => [useConversation(id), useTyping(id)], "room" as string | null);
    expect(watchers()).toBe(2);
    if (round % 2 === 0) rerender(null);
    else unmount();
    expect(watchers()).toBe(0);
  }
});

it("shows nothing and asks for nothing after a logout, and shows what is the next user's when there is one", async () => {
  let asked = 0;
  for (const token of ["token", () => jwt({ sub: `user${++asked}` })]) {
    const { client, server } = await roomWorld(2, "room", { token });
    const { result } = await mountPlain(client, () => ({ room: useConversation("room"), list: useConversations() }));
    expect(texts(result.current.room)).toEqual(["room 1", "room 2"]);
    server.requests.length = 0;
    act(() => client.logout());
    await settled();
    expect(server.requests).toEqual([]);
    expect(result.current.room).toMatchObject({ messages: [], info: null, readers: {} });
    expect(result.current.list.conversations).toEqual([]);
    await expect(result.current.room.send("from nobody")).rejects.toMatchObject({ code: "closed" });
    server.welcome = () => welcome({ user: { id: "bob", name: "Bob" } });
    act(() => client.connect());
    await settled();
    expect(server.socket.of("message")).toEqual([]);
    expect(texts(result.current.room)).toEqual(["room 1", "room 2"]);
    expect(result.current.list.conversations).toHaveLength(1);
    await act(() => result.current.room.send("from Bob"));
    expect(texts(result.current.room).at(-1)).toBe("from Bob");
  }
  expect(asked).toBe(2);
});
