// Who is here and who is writing, through the real server.

import { expect, it } from "vitest";
import { connected, group, join, until } from "./support/people";
import { alice, bob, forTheFile, server } from "./support/pair";

forTheFile();

it("shows those who are followed: here, how they are, and gone at once after a goodbye", async () => {
  const carol = await join(server, "Carol");
  await group(alice, carol);
  const stop = alice.client.presence.follow([carol.id]);
  const seen = alice.client.presence.of(carol.id);
  await until(seen, (presence) => presence?.status === "online");
  await carol.client.presence.set("busy", "in a meeting");
  expect(await until(seen, (presence) => presence?.status === "busy")).toMatchObject({ text: "in a meeting", last_seen_at: null });
  await carol.client.presence.set("invisible");
  await until(seen, (presence) => presence?.status === "offline");
  await carol.client.presence.set("online");
  await until(seen, (presence) => presence?.status === "online");
  carol.client.logout();
  const gone = await until(seen, (presence) => presence?.status === "offline");
  expect(Date.parse(gone?.last_seen_at ?? "")).toBeGreaterThan(Date.now() - 60_000);
  stop();
});

it("does not show strangers", async () => {
  const stranger = await join(server, "Mallory");
  const reply = await alice.client.request({ type: "presence_subscribe", user_ids: [stranger.id] });
  expect(reply).toMatchObject({ type: "presence_state", users: [] });
  stranger.client.disconnect();
});

it("follows again, and is again as it was, after the connection was lost", async () => {
  await group(alice, bob);
  alice.client.presence.follow([bob.id]);
  const seen = alice.client.presence.of(bob.id);
  await bob.client.presence.set("away");
  await until(seen, (presence) => presence?.status === "away");
  const said = new Promise((resolve) => bob.client.on("presence_set_ok", resolve));
  await server.kill();
  for (const { client } of [alice, bob]) await until(client.connection, (connection) => connection.state === "reconnecting");
  await server.start();
  await Promise.all([connected(alice.client), said]);
  const carol = await join(server, "Carol");
  await group(alice, bob, carol);
  const state = await carol.client.request({ type: "presence_subscribe", user_ids: [bob.id] });
  expect(state).toMatchObject({ users: [{ user_id: bob.id, status: "away" }] });
  carol.client.disconnect();
  await bob.client.presence.set("online");
  await until(seen, (presence) => presence?.status === "online");
});

it("shows who is writing until they stop or send", async () => {
  const [mine, theirs] = await group(alice, bob);
  const writing = (...users: string[]) => (room: { typing: readonly string[] }): boolean => room.typing.join() === users.join();
  mine!.typing(true);
  await until(theirs!, writing(alice.id));
  mine!.typing(false);
  await until(theirs!, writing());
  mine!.typing(true);
  await until(theirs!, writing(alice.id));
  await mine!.send({ message: "there" });
  const { messages } = await until(theirs!, writing());
  expect(mine!.snapshot().typing).toEqual([]);
  expect(messages.length).toBeLessThanOrEqual(1);
});
