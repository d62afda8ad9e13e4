// A channel in components: subscribed while it is shown, once for all who show it, and let go of.

import { act } from "@testing-library/react";
import { type ChannelEvents, type ChannelHandle, TuttiError } from "@tutti/client";
import { expect, it, vi } from "vitest";
import { type ChannelListeners, useChannel, useChannelEvents } from "../src/index";
import { answerChannels, commandsOn, connectedWorld, LINGER_MS, mount, mountPlain, settled, watchersOf, type World } from "./support/mount";

async function channelWorld(): Promise<World & { channels: ReturnType<typeof answerChannels> }> {
  const made = await connectedWorld();
  return { ...made, channels: answerChannels(made.server) };
}

const lingered = ({ clock }: World): Promise<void> => act(() => clock.advance(LINGER_MS));
const data = ({ publications }: { publications: readonly { data: unknown }[] }): unknown[] => publications.map((one) => one.data);

it("subscribes once for all who show it, and unsubscribes after the last", async () => {
  const made = await channelWorld();
  const { result, unmount } = await mountPlain(made.client, () => [useChannel("public:game"), useChannel("public:game")] as const);
  const other = await mountPlain(made.client, () => useChannel("public:game"));
  expect(result.current[0]).toMatchObject({ status: "subscribed", error: null, publications: [] });
  act(() => made.channels.publish("public:game", { score: 1 }));
  expect(result.current.map(data)).toEqual([[{ score: 1 }], [{ score: 1 }]]);
  unmount();
  await lingered(made);
  expect(commandsOn(made.server.socket)).toEqual(["subscribe"]);
  act(() => made.channels.publish("public:game", { score: 2 }));
  expect(data(other.result.current)).toEqual([{ score: 1 }, { score: 2 }]);
  other.unmount();
  await lingered(made);
  expect(commandsOn(made.server.socket)).toEqual(["subscribe", "unsubscribe"]);
});

it("calls the latest listeners, without subscribing for them anew", async () => {
  const made = await channelWorld();
  const seen: string[] = [];
  const noting = (who: string): ChannelListeners => ({
    publication: (event) => seen.push(`${who}: publication ${String(event.data)}`),
    subscribed: ({ recovered }) => seen.push(`${who}: subscribed ${recovered}`),
    gap: ({ from, to }) => seen.push(`${who}: gap ${from}-${to}`),
    member_joined: ({ user_id }) => seen.push(`${who}: joined ${user_id}`),
    member_left: ({ user_id }) => seen.push(`${who}: left ${user_id}`),
  });
  const { rerender } = await mount(made.client, (who: string) => useChannel("public:game", noting(who)), "first" as string);
  rerender("second");
  act(() => {
    made.channels.publish("public:game", "one");
    made.channels.add("public:game", "lost");
    made.channels.publish("public:game", "three");
    made.server.socket.push({ type: "channel_member_joined", channel: "public:game", user_id: "bob" });
    made.server.socket.push({ type: "channel_member_left", channel: "public:game", user_id: "bob" });
  });
  expect(seen).toEqual(["first: subscribed false", "second: publication one", "second: gap 2-2", "second: publication three", "second: joined bob", "second: left bob"]);
  expect(commandsOn(made.server.socket)).toEqual(["subscribe"]);
});

it("tells of events without rendering", async () => {
  const made = await channelWorld();
  const heard: unknown[] = [];
  let renders = 0;
  const { unmount } = await mountPlain(made.client, () => {
    renders += 1;
    useChannelEvents("public:cursors", { publication: ({ data }) => heard.push(data) });
  });
  const before = renders;
  act(() => {
    for (const at of [1, 2, 3]) made.channels.publish("public:cursors", at);
  });
  expect([heard, renders]).toEqual([[1, 2, 3], before]);
  unmount();
  await lingered(made);
  expect(commandsOn(made.server.socket)).toEqual(["subscribe", "unsubscribe"]);
});

it("swaps channels, and listens to none for null", async () => {
  const made = await channelWorld();
  const heard = vi.fn((event: ChannelEvents["publication"]) => event.data);
  const { result, rerender } = await mount(made.client, (name: string | null) => useChannel(name, { publication: heard }), "public:one" as string | null);
  act(() => made.channels.publish("public:one", 1));
  rerender("public:two");
  expect(data(result.current)).toEqual([]);
  await settled();
  act(() => made.channels.publish("public:one", "late"));
  act(() => made.channels.publish("public:two", 2));
  expect(data(result.current)).toEqual([2]);
  rerender(null);
  expect(result.current).toMatchObject({ status: "idle", publications: [], members: null });
  await lingered(made);
  expect(heard.mock.results.map(({ value }) => value)).toEqual([1, 2]);
  expect(commandsOn(made.server.socket)).toEqual(["subscribe", "subscribe", "unsubscribe", "unsubscribe"]);
  await expect(result.current.publish("to nobody")).rejects.toBeInstanceOf(TuttiError);
  result.current.loadMembers();
});

it("publishes and asks by functions that stay the same", async () => {
  const made = await channelWorld();
  made.server.replies.set("/history", () => Response.json({ epoch: "e1", offset: 0, publications: [] }));
  made.server.replies.set("/presence", () => Response.json({ members: [{ user_id: "bob", connections: 1 }], total: 1, next_cursor: null }));
  const { result } = await mountPlain(made.client, () => useChannel("public:game"));
  const { publish, history, presence, loadMembers } = result.current;
  await act(() => publish({ x: 1 }, { clientId: "once" }));
  expect(made.server.socket.of("publish")[0]).toMatchObject({ channel: "public:game", data: { x: 1 }, client_id: "once" });
  expect((await history({ limit: 1 })).publications).toEqual([]);
  expect((await presence()).members.map(({ user_id }) => user_id)).toEqual(["bob"]);
  act(() => loadMembers());
  await settled();
  expect(result.current.members).toEqual(["bob"]);
  act(() => made.channels.publish("public:game", 1));
  expect(result.current).toMatchObject({ publish, history, presence, loadMembers });
});

it("says when the server refuses", async () => {
  const made = await channelWorld();
  made.server.answers.set("subscribe", ({ ref }, socket) => socket.push({ type: "error", code: "forbidden", message: "no", retryable: false, ...(ref === undefined ? {} : { ref }) }));
  const { result } = await mountPlain(made.client, () => useChannel("secret:game"));
  expect(result.current.status).toBe("error");
  expect(result.current.error?.code).toBe("forbidden");
});

it("is not watched any more once it is gone from the screen", async () => {
  const { client } = await channelWorld();
  const channel = client.channel("public:game");
  const counts = [watchersOf(channel), listenersOf(channel)];
  for (let round = 0; round < 100; round++) {
    const { unmount } = await mountPlain(client, () => useChannel("public:game", { publication: () => undefined }));
    expect(counts.map((count) => count())).toEqual([1, 5]);
    unmount();
    expect(counts.map((count) => count())).toEqual([0, 0]);
  }
});

/** Counts the listeners to a channel's events from now on. */
function listenersOf(channel: ChannelHandle): () => number {
  let listeners = 0;
  const on = channel.on.bind(channel);
  channel.on = (type, listener) => {
    listeners += 1;
    const stop = on(type, listener);
    return () => {
      listeners -= 1;
      stop();
    };
  };
  return () => listeners;
}
