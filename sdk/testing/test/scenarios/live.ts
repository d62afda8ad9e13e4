// What is true only now: typing, presence, channels.

import { refused } from "../support/world";
import type { Scenario } from "./scenario";

export const live: Scenario[] = [
  {
    name: "typing is told once, ends by itself, and is nobody else's business",
    async run(world) {
      const [alice, device, bob, mallory] = [await world.join("Alice"), await world.join("Alice"), await world.join("Bob"), await world.join("Mallory")];
      const id = await world.group(alice, bob);
      const bare = await world.bare("typist");
      bare.send({ type: "auth", token: alice.token });
      const say = (frame: object): void => bare.send({ type: "typing", ...frame });
      say({ conversation_id: id, is_typing: true });
      say({ conversation_id: id, is_typing: true });
      say({ conversation_id: id, is_typing: false });
      say({ conversation_id: id, is_typing: false });
      say({ receiver_id: "bob", is_typing: true, ref: 1 });
      await Promise.all([world.saw(bob, "typing", 2), world.saw(bare, "error")]);
      await alice.client.request({ type: "message", receiver_id: "bob", message: "now it is there" });
      await Promise.all([world.saw(bob, "message"), world.saw(device, "message"), world.saw(bare, "message")]);
      say({ receiver_id: "bob", is_typing: true, ref: 2 });
      await Promise.all([world.saw(bob, "typing", 3), world.saw(device, "typing", 3)]);
      await world.pass(6500);
      await Promise.all([world.saw(bob, "typing", 4), world.saw(bare, "typing"), world.saw(device, "typing", 4), world.saw(alice, "typing", 4)]);
      bare.close(1000);
      return refused(mallory.client.request({ type: "typing", conversation_id: id, is_typing: true }, { timeoutMs: 500 }));
    },
  },
  {
    name: "typing ends with the typist's last connection",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      const bare = await world.bare("typist");
      const carol = await world.signIn("Carol");
      await alice.client.api.addMember(id, { user_id: "carol" });
      await world.saw(bob, "member_added");
      bare.send({ type: "auth", token: carol.token });
      bare.send({ type: "typing", conversation_id: id, is_typing: true });
      await Promise.all([world.saw(alice, "typing"), world.saw(bob, "typing")]);
      bare.close(1000);
      await Promise.all([world.saw(alice, "typing", 2), world.saw(bob, "typing", 2)]);
      await world.saw(alice, "member_added");
    },
  },
  {
    name: "presence is shown to those who share a conversation",
    async run(world) {
      const [alice, carol] = [await world.join("Alice"), await world.join("Carol")];
      const id = await world.group(alice, carol);
      await world.signIn("Stranger");
      const follow = (command: object): Promise<unknown> => refused(alice.client.request({ type: "presence_subscribe", ...command }));
      const states = [await follow({ user_ids: ["carol", "stranger", "alice", "nobody"] }), await follow({ conversation_id: id, limit: 1 }), await follow({}), await follow({ user_ids: ["carol"], conversation_id: id })];
      states.push(await follow({ user_ids: Array.from({ length: 101 }, (_, n) => `u${n}`) }), await follow({ conversation_id: "nope" }));
      const set = (status: string, text?: string): Promise<unknown> => refused(carol.client.request({ type: "presence_set", status: status as "online", ...(text === undefined ? {} : { text }) }));
      for (const [status, text] of [["busy", "in a meeting"], ["busy", "in a meeting"], ["invisible", "hush"], ["away", ""], ["online", undefined]] as const) states.push(await set(status, text));
      states.push(await set("busy", "x".repeat(141)), await set("busy", "a\nb"));
      await world.saw(alice, "presence", 4);
      carol.client.logout();
      await world.saw(alice, "presence", 5);
      states.push(await follow({ user_ids: ["carol"] }), await refused(alice.client.request({ type: "presence_unsubscribe", user_ids: ["carol"] })));
      carol.client.connect();
      await world.saw(carol, "welcome", 2);
      states.push(await follow({ user_ids: ["carol"] }));
      return states;
    },
  },
  {
    name: "a connection that is lost and comes back is not seen",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      await world.group(alice, bob);
      await alice.client.request({ type: "presence_subscribe", user_ids: ["bob"] });
      await bob.client.request({ type: "presence_set", status: "away" });
      await world.saw(alice, "presence");
      bob.cut();
      await world.saw(bob, "welcome", 2);
      return refused(alice.client.request({ type: "presence_subscribe", user_ids: ["bob"] }));
    },
  },
  {
    name: "strangers cease to follow each other",
    async run(world) {
      const [alice, bob, carol] = [await world.join("Alice"), await world.join("Bob"), await world.join("Carol")];
      const id = await world.group(alice, bob, carol);
      await alice.client.request({ type: "presence_subscribe", user_ids: ["bob", "carol"] });
      await bob.client.request({ type: "presence_subscribe", user_ids: ["alice"] });
      await alice.client.api.removeMember(id, "bob");
      await world.saw(bob, "member_removed");
      await world.pass(200);
      for (const person of [alice, bob, carol]) await person.client.request({ type: "presence_set", status: "busy" });
      await world.saw(alice, "presence");
      await world.pass(100);
      await Promise.all([world.saw(carol, "member_removed"), world.saw(alice, "member_removed")]);
    },
  },
  {
    name: "channels tell their listeners, and who they are",
    async run(world) {
      const [alice, bob, device] = [await world.join("Alice"), await world.join("Bob"), await world.join("Bob")];
      const channel = "public:game";
      const ask = (person: typeof alice, command: Parameters<typeof alice.client.request>[0]): Promise<unknown> => refused(person.client.request(command));
      const replies = [];
      for (const person of [alice, bob, device]) replies.push(await ask(person, { type: "subscribe", channel }));
      await world.saw(alice, "channel_member_joined");
      replies.push(await ask(alice, { type: "subscribe", channel }), await ask(alice, { type: "publish", channel, data: { x: 1.5, tags: ["賴", null] } }));
      replies.push(await ask(alice, { type: "publish", channel, data: null, exclude_sender: true, key: "k" }));
      for (const data of [1, 2]) replies.push(await ask(bob, { type: "publish", channel, data, client_id: "c" }));
      replies.push(await ask(alice, { type: "publish", channel, data: 3, client_id: "c" }));
      for (const person of [bob, device]) await world.saw(person, "publication", 4);
      await world.saw(alice, "publication", 3);
      replies.push(await ask(bob, { type: "unsubscribe", channel }), await ask(bob, { type: "unsubscribe", channel }), await ask(device, { type: "unsubscribe", channel }));
      await world.saw(alice, "channel_member_left");
      replies.push(await ask(alice, { type: "subscribe", channel: "nowhere:a" }), await ask(alice, { type: "publish", channel: "nowhere:a", data: 1 }), await ask(alice, { type: "publish", channel, data: 1, client_id: "" }));
      replies.push(await ask(alice, { type: "publish", channel, data: 1, client_id: "x".repeat(129) }), await ask(alice, { type: "publish", channel, data: 1, key: "x".repeat(65) }));
      return replies;
    },
  },
  {
    name: "a channel gives what was missed since a position",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const channel = "public:scores";
      const first = await bob.client.request({ type: "subscribe", channel });
      if (first.type !== "subscribed") throw new Error("bob does not listen");
      await bob.client.request({ type: "unsubscribe", channel });
      const publish = (data: unknown): Promise<unknown> => alice.client.request({ type: "publish", channel, data });
      await publish("one");
      const page = (await world.http(alice, "GET", `/channels/${channel}/history`)).body as { epoch: string };
      for (const data of ["two", "three"]) await publish(data);
      const from = async (epoch: string, offset: number): Promise<unknown> => {
        const reply = await refused(bob.client.request({ type: "subscribe", channel, position: { epoch, offset } }));
        await bob.client.request({ type: "unsubscribe", channel });
        return reply;
      };
      const known = [await from(page.epoch, 0), await from(page.epoch, 1), await from(page.epoch, 3), await from(page.epoch, 4), await from("other", 1)];
      for (let n = 0; n < 100; n++) await publish(n);
      return { known, tooFar: await from(page.epoch, 2), justNot: ((await from(page.epoch, 3)) as { answer: { publications: unknown[] } }).answer.publications.length };
    },
  },
  {
    name: "a connection listens to so many channels, and leaves them all",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const subscribe = (person: typeof alice, n: number): Promise<unknown> => refused(person.client.request({ type: "subscribe", channel: `public:${n}` }));
      for (let n = 0; n < 128; n++) await subscribe(alice, n);
      await subscribe(bob, 7);
      const tooMany = await subscribe(alice, 128);
      alice.client.disconnect();
      await world.saw(bob, "channel_member_left");
      alice.heard.splice(0);
      return { tooMany, presence: await world.http(bob, "GET", "/channels/public:7/presence") };
    },
  },
];
