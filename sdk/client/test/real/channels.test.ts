// Channels through the real server: what is published arrives, what was missed is recovered or said to be lost, who listens is known.

import { expect, it } from "vitest";
import type { ChannelHandle } from "../../src/index";
import { connected, join, type Person, until } from "./support/people";
import { alice, bob, forEachTest, server } from "./support/pair";

const NAME = "public:lobby";

forEachTest();

/** Listens, and gathers what comes. */
async function listen(person: Person): Promise<{ channel: ChannelHandle; heard: unknown[]; stop(): void }> {
  const channel = person.client.channel(NAME);
  const heard: unknown[] = [];
  const stop = channel.on("publication", ({ data }) => heard.push(data));
  await until(channel, ({ status }) => status === "subscribed");
  return { channel, heard, stop };
}

const reached = (offset: number) => (channel: { offset: number; status: string }): boolean => channel.status === "subscribed" && channel.offset === offset;
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

it("brings what is published to everybody who listens, the publisher included, once per client_id", async () => {
  const [mine, theirs] = [await listen(alice), await listen(bob)];
  expect(mine.channel.snapshot()).toMatchObject({ offset: 0, recovered: false });
  await expect(mine.channel.publish({ x: [1, "賴"] }, { clientId: "a" })).resolves.toEqual({ offset: 1, duplicate: false });
  await expect(mine.channel.publish({ x: 2 }, { clientId: "a" })).resolves.toEqual({ offset: 1, duplicate: true });
  await bob.client.channel(NAME).publish("from bob");
  for (const { channel, heard } of [mine, theirs]) {
    const { publications } = await until(channel, reached(2));
    expect(heard).toEqual([{ x: [1, "賴"] }, "from bob"]);
    expect(publications.map(({ from }) => from)).toEqual([alice.id, bob.id]);
  }
  expect(await mine.channel.history({ after: 1 })).toMatchObject({ offset: 2, publications: [{ offset: 2, data: "from bob" }], has_more: false });
});

it("recovers what was missed while the connection was cut, in order and once", async () => {
  const { channel, heard } = await listen(bob);
  const publisher = alice.client.channel(NAME);
  await publisher.publish(1);
  await until(channel, reached(1));
  for (let cut = 0; cut < 5; cut++) {
    bob.cut();
    for (const data of numbers(cut * 10 + 2, cut * 10 + 11)) await publisher.publish(data);
    const { recovered, epoch } = await until(channel, reached(cut * 10 + 11));
    expect([recovered, epoch === null]).toEqual([true, false]);
  }
  expect(heard).toEqual(numbers(1, 51));
});

it("says that nothing could be recovered after the server was killed, and goes on", async () => {
  const { channel, heard } = await listen(bob);
  await alice.client.channel(NAME).publish("before");
  const { epoch } = await until(channel, reached(1));
  await server.kill();
  for (const { client } of [alice, bob]) await until(client.connection, ({ state }) => state === "reconnecting");
  await expect(alice.client.channel(NAME).publish("lost")).rejects.toMatchObject({ code: "closed" });
  await server.start();
  await Promise.all([connected(alice.client), connected(bob.client)]);
  expect(await until(channel, ({ status }) => status === "subscribed")).toMatchObject({ recovered: false, offset: 0, publications: [] });
  await alice.client.channel(NAME).publish("after");
  expect((await until(channel, reached(1))).epoch).not.toBe(epoch);
  expect(heard).toEqual(["before", "after"]);
});

it("says so when more was missed than is kept", async () => {
  const { channel } = await listen(bob);
  const publisher = alice.client.channel(NAME);
  bob.client.disconnect();
  for (let sent = 0; sent < 150; sent += 50) await Promise.all(numbers(1, 50).map(() => retried(() => publisher.publish("x"))));
  bob.client.connect();
  expect(await until(channel, reached(150))).toMatchObject({ recovered: false, publications: [] });
});

it("knows who listens, who comes and who goes", async () => {
  const { channel } = await listen(alice);
  const moves: string[] = [];
  channel.on("member_joined", ({ user_id }) => moves.push(`+${user_id}`));
  channel.on("member_left", ({ user_id }) => moves.push(`-${user_id}`));
  channel.loadMembers();
  await until(channel, ({ members }) => members?.join() === alice.id);
  const theirs = await listen(bob);
  await until(channel, ({ members }) => members?.length === 2);
  expect(await channel.presence()).toMatchObject({ total: 2, members: [{ connections: 1 }, { connections: 1 }] });
  theirs.stop();
  await until(channel, ({ members }) => members?.length === 1);
  expect(moves).toEqual([`+${bob.id}`, `-${bob.id}`]);
});

it("goes over an event stream too, where the reply may come after publications that follow it", async () => {
  const carol = await join(server, "Carol", { transports: ["sse"] });
  const { channel, heard } = await listen(carol);
  const publisher = alice.client.channel(NAME);
  for (const data of numbers(1, 20)) await publisher.publish(data);
  await until(channel, reached(20));
  await expect(channel.publish(21)).resolves.toEqual({ offset: 21, duplicate: false });
  await until(channel, reached(21));
  expect(heard).toEqual(numbers(1, 21));
  carol.client.disconnect();
});

it("needs a connection that lasts: by polling it cannot be listened to, and says so", async () => {
  const carol = await join(server, "Carol", { transports: ["polling"] });
  const channel = carol.client.channel(NAME);
  channel.subscribe(() => undefined);
  expect(await until(channel, ({ status }) => status === "error")).toMatchObject({ error: { code: "invalid_request" } });
  await expect(channel.publish("anyway")).resolves.toEqual({ offset: 1, duplicate: false });
  carol.client.disconnect();
});

it("is told what it may not do", async () => {
  const channel = alice.client.channel("nowhere:x");
  channel.subscribe(() => undefined);
  expect(await until(channel, ({ status }) => status === "error")).toMatchObject({ error: { code: "not_found" } });
  await expect(channel.publish(1)).rejects.toMatchObject({ code: "not_found" });
  await expect(channel.history()).rejects.toMatchObject({ code: "not_found" });
});

it("bounds the channels of one connection, and frees the place of one that is left", async () => {
  const channels = numbers(1, 129).map((number) => alice.client.channel(`public:${number}`));
  const stops = channels.map((channel) => channel.subscribe(() => undefined));
  const last = channels[128]!;
  expect(await until(last, ({ status }) => status === "error")).toMatchObject({ error: { code: "validation_failed" } });
  const left = new Promise((resolve) => alice.client.on("unsubscribed", resolve));
  stops[0]!();
  await left;
  stops[128]!();
  last.subscribe(() => undefined);
  await until(last, ({ status }) => status === "subscribed");
});

/** A user may publish a hundred times a second. */
async function retried<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const wait = (error as { retryAfterMs?: number | null }).retryAfterMs;
      if (wait === null || wait === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
