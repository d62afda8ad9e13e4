// Connections: signing in, broken frames, coming back after a loss, and leaving.

import { refused, type Bare, type World } from "../support/world";
import type { Scenario } from "./scenario";

/** Frames that are none, each answered under its own `ref` with the field at fault. */
const BROKEN: (object | string)[] = [
  "", "{", "[1]", '"ping"', { ref: 1 }, { type: null, ref: 2 }, { type: 5, ref: 3 }, { type: "mesage", ref: 4 }, { type: "welcome", ref: 5 },
  { type: "ping", ref: 1.5 }, { type: "ping", ref: true }, { type: "ping", ref: "x".repeat(65) }, { type: "message", receiver_id: "bob", ref: 6 },
  { type: "message", receiver_id: "bob", message: 5, ref: 7 }, { type: "message", receiver_id: "", message: "x", ref: 8 }, { type: "message", receiver_id: "a\u0000", message: "x", ref: 9 },
  { type: "message", receiver_id: 5, message: "x", ref: 10 }, { type: "message", receiver_id: "bob", message: "x", metadata: [], ref: 11 },
  { type: "message", receiver_id: "bob", message: "x", attachments: [{ url: 5 }], ref: 12 }, { type: "message", receiver_id: "bob", message: "x", attachments: [{ url: "/a" }, {}], ref: 13 },
  { type: "message", receiver_id: "bob", message: "x", attachments: {}, ref: 14 }, { type: "message_delete", message_id: 5, ref: 15 }, { type: "reaction_add", message_id: "1", ref: 16 },
  { type: "read_receipt", message_ids: ["1", 2], ref: 17 }, { type: "typing", conversation_id: "1", is_typing: "yes", ref: 18 }, { type: "history", conversation_id: "1", limit: -1, ref: 19 },
  { type: "history", conversation_id: "1", limit: 4294967296, ref: 20 }, { type: "presence_set", status: "dancing", ref: 21 }, { type: "presence_set", text: "x", ref: 22 },
  { type: "presence_subscribe", user_ids: ["bob", ""], ref: 23 }, { type: "subscribe", channel: "no-namespace", ref: 24 }, { type: "subscribe", channel: "Public:a", ref: 25 },
  { type: "subscribe", channel: "public:a", position: {}, ref: 26 }, { type: "publish", channel: "public:a", ref: 27 }, { type: "auth", ref: 28 }, { type: "auth", token: "t", resume: {}, ref: 29 },
  { type: "message", receiver_id: "bob", conversation_id: null, message: "x", client_id: null, attachments: null, metadata: null, later: [1], ref: "fine" },
];

/** Broken frames are compared by code and field: the words are those of the reader. */
const faults = (bare: Bare): unknown => bare.heard.filter((frame) => frame.type === "error").map((frame) => ("code" in frame ? { ref: frame.ref ?? null, code: frame.code, field: frame.details?.field ?? null } : null));

const ended = (world: World, bare: Bare): Promise<void> => world.until("it is closed", () => bare.closed() !== null);

export const session: Scenario[] = [
  {
    name: "who does not say who they are is turned away",
    async run(world) {
      const codes = [];
      for (const first of [{ type: "ping", ref: 1 }, { type: "auth", token: "not.a.token", ref: 2 }, "{"]) {
        const bare = await world.bare("nobody");
        bare.send(first);
        await ended(world, bare);
        codes.push(bare.closed());
      }
      const silent = await world.bare("silent");
      await world.pass(5500);
      await ended(world, silent);
      return { codes, silent: silent.closed() };
    },
  },
  {
    name: "broken frames are answered under their ref, and the connection stays",
    async run(world) {
      const alice = await world.signIn("Alice");
      const bare = await world.bare("broken");
      bare.send({ type: "auth", token: alice.token });
      for (const frame of BROKEN) bare.send(frame);
      bare.send({ type: "ping", ref: "end" });
      await world.until("the end", () => bare.heard.some((frame) => "ref" in frame && frame.ref === "end"));
      bare.close(1000);
      const seen = faults(bare);
      bare.heard.splice(0);
      return seen;
    },
  },
  {
    name: "refs come back as they were",
    async run(world) {
      const alice = await world.signIn("Alice");
      const bare = await world.bare("refs");
      bare.send({ type: "auth", token: alice.token, ref: "first" });
      const refs = [0, 42, -9007199254740991, "42", "", "r-1 ✓", "x".repeat(64)];
      for (const ref of refs) bare.send({ type: "ping", ref });
      await world.until("pongs", () => bare.heard.filter((frame) => frame.type === "pong").length === refs.length);
      bare.close(1000);
      return bare.heard.map((frame) => frame.ref ?? null);
    },
  },
  {
    name: "a fresh token is taken, another user's is not",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      return [await refused(alice.client.request({ type: "auth", token: alice.token })), await refused(alice.client.request({ type: "auth", token: bob.token })), await refused(alice.client.request({ type: "auth", token: "x" }))];
    },
  },
  {
    name: "a goodbye and too large a frame end the connection",
    async run(world) {
      const alice = await world.signIn("Alice");
      const [leaving, large] = [await world.bare("leaving"), await world.bare("large")];
      for (const bare of [leaving, large]) bare.send({ type: "auth", token: alice.token });
      for (const bare of [leaving, large]) await world.saw(bare, "welcome");
      leaving.send({ type: "logout", ref: 1 });
      large.send({ type: "message", receiver_id: "bob", message: "x".repeat(70_000) });
      await Promise.all([ended(world, leaving), ended(world, large)]);
      return [leaving.closed(), large.closed()];
    },
  },
  {
    name: "who comes back is given what they missed",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      const first = await alice.client.conversation(id).send({ message: "first" });
      await world.saw(bob, "message");
      bob.client.disconnect();
      const second = await alice.client.conversation(id).send({ message: "second" });
      await alice.client.request({ type: "message_edit", message_id: second.id, message: "edited" });
      await alice.client.request({ type: "reaction_add", message_id: first.id, emoji: "👍" });
      await alice.client.request({ type: "message_delete", message_id: first.id });
      const other = await alice.client.api.createConversation({ title: "new", member_ids: ["bob"] });
      await alice.client.api.updateConversation(other.id, { title: "newer" });
      await alice.client.request({ type: "message", receiver_id: "bob", message: "direct" });
      bob.client.connect();
      await world.saw(bob, "message", 3);
    },
  },
  {
    name: "who was removed, or whose group was deleted, is told that alone",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const [left, gone, again] = [await world.group(alice, bob), await world.group(alice, bob), await world.group(alice, bob)];
      bob.client.disconnect();
      for (const conversation_id of [left, gone, again]) await alice.client.request({ type: "message", conversation_id, message: "unseen" });
      await alice.client.api.removeMember(left, "bob");
      await alice.client.request({ type: "message", conversation_id: left, message: "secret" });
      await alice.client.api.deleteConversation(gone);
      await alice.client.api.removeMember(again, "bob");
      await alice.client.api.addMember(again, { user_id: "bob" });
      await alice.client.request({ type: "message", conversation_id: again, message: "welcome back" });
      bob.client.connect();
      await world.saw(bob, "message");
    },
  },
  {
    name: "an event that never was is no place to resume from, and too many are a reset",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const [busy, quiet] = [await world.group(alice, bob), await world.group(alice, bob)];
      const since = bob.heard.findLast((frame) => frame.event_id !== undefined)?.event_id ?? "";
      const bare = await world.bare("many");
      bare.send({ type: "auth", token: alice.token });
      await alice.client.request({ type: "message", conversation_id: quiet, message: "kept" });
      for (let n = 0; n < 501; n++) bare.send({ type: "message", conversation_id: busy, message: `${n}`, ref: n });
      await world.until("all are stored", () => bare.heard.filter((frame) => frame.type === "message_sent").length === 501);
      await world.saw(bob, "message", 502);
      await world.saw(alice, "message", 501);
      await world.saw(bare, "message_sent", 501);
      const resumes = [];
      for (const from of [since, "9000000000000000000", "0", "nope"]) {
        const back = await world.bare("back");
        back.send({ type: "auth", token: bob.token, resume: { since: from } });
        await world.saw(back, "welcome");
        if (from === since) await world.saw(back, "message");
        resumes.push(...back.heard.map((frame) => (frame.type === "welcome" ? { resumed: frame.resumed, reset: frame.reset.map((id) => [busy, quiet].indexOf(id)) } : { type: frame.type, offset: frame.offset })));
        back.close(1000);
        back.heard.splice(0);
      }
      for (const { heard } of [alice, bob, bare]) heard.splice(0);
      bare.close(1000);
      return resumes;
    },
  },
  {
    name: "the SDK's own view of a conversation is the same",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      const [mine, theirs] = [alice.client.conversation(id), bob.client.conversation(id)];
      await Promise.all([mine.load(), theirs.load()]);
      const { id: message_id } = await mine.send({ message: "Hello" });
      await world.until("it is there", () => theirs.snapshot().messages.length === 1);
      theirs.markRead();
      await theirs.react(message_id, "👍");
      await world.until("it is read", () => mine.snapshot().readers["bob"] === 1 && mine.snapshot().messages[0]?.reactions.length === 1);
      bob.cut();
      await mine.edit(message_id, "Hello again");
      await world.until("it is edited", () => theirs.snapshot().messages[0]?.message === "Hello again");
      for (const person of [alice, bob]) person.heard.splice(0);
      const seen = (room: typeof mine): unknown => room.snapshot().messages.map(({ message, seq, delivery, reactions, sender_id }) => ({ message, seq, delivery, reactions, sender_id }));
      return { mine: seen(mine), theirs: seen(theirs), readers: mine.snapshot().readers, unread: theirs.snapshot().info?.unread };
    },
  },
];
