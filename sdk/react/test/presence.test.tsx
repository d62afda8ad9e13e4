// Presence in components: followed while it is shown, by the frame what the client makes of it.

import { act } from "@testing-library/react";
import { expect, it } from "vitest";
import { useFollow, usePresence } from "../src/index";
import { commandsOn, connectedWorld, GATHER_MS, member, mount, mountPlain, watchersOf, type World } from "./support/mount";

const gathered = ({ clock }: World): Promise<void> => act(() => clock.advance(GATHER_MS));

function appear(made: World, user: string, status: "online" | "away" = "online"): void {
  act(() => made.server.socket.push({ type: "presence", user_id: user, status, text: null, last_seen_at: null }));
}

it("follows a user while somebody shows them", async () => {
  const made = await connectedWorld();
  const { result, unmount } = await mountPlain(made.client, () => [usePresence("bob"), usePresence("bob")]);
  expect(result.current).toEqual([null, null]);
  await gathered(made);
  expect(made.server.socket.of("presence_subscribe").map((frame) => frame.user_ids)).toEqual([["bob"]]);
  appear(made, "bob");
  expect(result.current.map((one) => one?.status)).toEqual(["online", "online"]);
  unmount();
  await gathered(made);
  expect(made.server.socket.of("presence_unsubscribe").map((frame) => frame.user_ids)).toEqual([["bob"]]);
});

it("swaps users, and follows nobody for null", async () => {
  const made = await connectedWorld();
  const { result, rerender } = await mount(made.client, (id: string | null) => usePresence(id), null as string | null);
  await gathered(made);
  expect(made.server.socket.of("presence_subscribe")).toEqual([]);
  rerender("bob");
  await gathered(made);
  appear(made, "bob");
  expect(result.current?.user_id).toBe("bob");
  rerender("carol");
  expect(result.current).toBeNull();
  await gathered(made);
  expect(made.server.socket.of("presence_subscribe").map((frame) => frame.user_ids)).toEqual([["bob"], ["carol"]]);
  expect(made.server.socket.of("presence_unsubscribe").map((frame) => frame.user_ids)).toEqual([["bob"]]);
  rerender(null);
  expect(result.current).toBeNull();
});

it("shows several users as a map that changes with them alone", async () => {
  const made = await connectedWorld();
  let renders = 0;
  const { result, rerender } = await mount(made.client, (ids: string[]) => {
    renders += 1;
    return usePresence(ids);
  }, ["bob", "carol", "bob"]);
  await gathered(made);
  appear(made, "bob");
  appear(made, "carol", "away");
  expect([...result.current].map(([id, { status }]) => [id, status])).toEqual([["bob", "online"], ["carol", "away"]]);
  const map = result.current;
  rerender(["carol", "bob"]);
  expect(result.current).toBe(map);
  await gathered(made);
  expect(made.server.socket.of("presence_subscribe")).toHaveLength(1);
  const before = renders;
  appear(made, "dave");
  expect(renders).toBe(before);
});

it("shows the members of a conversation", async () => {
  const made = await connectedWorld();
  const { result } = await mountPlain(made.client, () => usePresence({ members: [member("bob"), member("carol")] }));
  await gathered(made);
  appear(made, "carol");
  expect([...result.current.keys()]).toEqual(["carol"]);
});

it("follows a list once, so that rows that come and go tell the server nothing", async () => {
  const made = await connectedWorld();
  let renders = 0;
  await mountPlain(made.client, () => {
    renders += 1;
    useFollow(["bob", "carol"]);
  });
  await gathered(made);
  const before = renders;
  for (let round = 0; round < 20; round++) {
    const row = await mountPlain(made.client, () => usePresence("bob"));
    await gathered(made);
    appear(made, "bob", round % 2 === 0 ? "away" : "online");
    expect(row.result.current?.status).toBe(round % 2 === 0 ? "away" : "online");
    row.unmount();
    await gathered(made);
  }
  expect(commandsOn(made.server.socket)).toEqual(["presence_subscribe"]);
  expect(renders).toBe(before);
});

it("is not watched any more once it is gone from the screen", async () => {
  const made = await connectedWorld();
  const keeper = made.client.presence.follow(["bob", "carol"]);
  await gathered(made);
  const counts = ["bob", "carol"].map((id) => watchersOf(made.client.presence.of(id)));
  for (let round = 0; round < 100; round++) {
    const { unmount } = await mountPlain(made.client, () => [usePresence("bob"), usePresence(["bob", "carol"])]);
    expect(counts.map((count) => count())).toEqual([2, 1]);
    unmount();
    expect(counts.map((count) => count())).toEqual([0, 0]);
  }
  keeper();
});
