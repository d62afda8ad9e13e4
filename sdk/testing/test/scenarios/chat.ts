// Messages: sent, changed, read, paged through, and refused.

import { refused } from "../support/world";
import type { Scenario } from "./scenario";

export const chat: Scenario[] = [
  {
    name: "the first message to somebody opens the direct conversation",
    async run(world) {
      const [alice, device, bob] = [await world.join("Alice"), await world.join("Alice"), await world.join("Bob")];
      await alice.client.request({ type: "message", receiver_id: "bob", message: "Hello" });
      await Promise.all([world.saw(bob, "message"), world.saw(device, "message")]);
      await bob.client.request({ type: "message", receiver_id: "alice", message: "Hi" });
      await Promise.all([world.saw(alice, "message"), world.saw(device, "message", 2)]);
      const again = await bob.client.api.createConversation({ kind: "direct", member_ids: ["alice"] });
      return { again, self: await refused(alice.client.request({ type: "message", receiver_id: "alice", message: "me" })) };
    },
  },
  {
    name: "a direct conversation is found by the pair, from both sides",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const one = await alice.client.api.createConversation({ kind: "direct", member_ids: ["bob"] });
      const two = await bob.client.api.createConversation({ kind: "direct", member_ids: ["alice"] });
      const { createConversation } = alice.client.api;
      await world.saw(bob, "conversation_created");
      return { same: one.id === two.id, one, two, wrong: [
        await refused(createConversation({ kind: "direct", member_ids: [] })),
        await refused(createConversation({ kind: "direct", member_ids: ["bob", "carol"] })),
        await refused(createConversation({ kind: "direct", member_ids: ["alice"] })),
      ] };
    },
  },
  {
    name: "messages are numbered, and come to all devices but the sending one",
    async run(world) {
      const [alice, device, bob] = [await world.join("Alice"), await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      for (let n = 1; n <= 3; n++) await alice.client.request({ type: "message", conversation_id: id, message: `text ${n}`, metadata: { n, pi: 3.14 } });
      await bob.client.request({ type: "message", conversation_id: id, message: "Grüße 👩‍👩‍👧 <b>&amp;</b>\n\u0000", mentions: ["bob", "alice", "bob"], attachments: [{ url: "/cat.png", size: 12 }] });
      await Promise.all([world.saw(bob, "message", 3), world.saw(device, "message", 4), world.saw(alice, "message")]);
      return [await alice.client.api.conversation(id), await bob.client.api.conversation(id)];
    },
  },
  {
    name: "a client id is stored once",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      for (const message of ["once", "twice"]) await alice.client.request({ type: "message", conversation_id: id, message, client_id: "c1" });
      await bob.client.request({ type: "message", conversation_id: id, message: "another sender", client_id: "c1" });
      await Promise.all([world.saw(bob, "message"), world.saw(alice, "message")]);
      return (await alice.client.api.messages(id)).messages.length;
    },
  },
  {
    name: "only the sender edits, and only what stands",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      const { id: message_id } = await alice.client.conversation(id).send({ message: "first" });
      await alice.client.request({ type: "message_edit", message_id, message: "second" });
      await world.saw(bob, "message_edited");
      const byOther = await refused(bob.client.request({ type: "message_edit", message_id, message: "mine" }));
      const empty = await refused(alice.client.request({ type: "message_edit", message_id, message: " " }));
      await alice.client.request({ type: "message_delete", message_id });
      await world.saw(bob, "message_deleted");
      const deleted = await refused(alice.client.request({ type: "message_edit", message_id, message: "third" }));
      const none = await refused(alice.client.request({ type: "message_edit", message_id: "nope", message: "x" }));
      return { byOther, empty, deleted, none, page: await bob.client.api.messages(id) };
    },
  },
  {
    name: "messages are deleted by their sender or an admin, once",
    async run(world) {
      const [alice, bob, carol] = [await world.join("Alice"), await world.join("Bob"), await world.join("Carol")];
      const id = await world.group(alice, bob, carol);
      await bob.client.request({ type: "message", conversation_id: id, message: "bob's", attachments: [{ url: "/a" }], metadata: { a: 1 } });
      await carol.client.request({ type: "message", conversation_id: id, message: "carol's" });
      const [carols, bobs] = (await alice.client.api.messages(id)).messages.map((message) => message.id);
      const byMember = await refused(carol.client.request({ type: "message_delete", message_id: bobs ?? "" }));
      const first = await refused(alice.client.request({ type: "message_delete", message_id: bobs ?? "" }));
      const second = await refused(alice.client.request({ type: "message_delete", message_id: bobs ?? "" }));
      await refused(carol.client.request({ type: "message_delete", message_id: carols ?? "" }));
      await world.saw(bob, "message_deleted", 2);
      await world.saw(carol, "message_deleted", 2);
      await bob.client.request({ type: "message", receiver_id: "alice", message: "direct" });
      await world.saw(alice, "conversation_created", 2);
      await world.saw(alice, "message", 3);
      const direct = alice.heard.findLast((frame) => frame.type === "message");
      const moderating = direct?.type === "message" ? await refused(alice.client.request({ type: "message_delete", message_id: direct.message.id })) : null;
      return { byMember, first, second, moderating, page: await bob.client.api.messages(id) };
    },
  },
  {
    name: "reactions are counted once for each user",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      const { id: message_id } = await alice.client.conversation(id).send({ message: "react" });
      await world.saw(bob, "message");
      const react = (person: typeof alice, type: "reaction_add" | "reaction_remove", emoji: string): Promise<unknown> =>
        refused(person.client.request({ type, message_id, emoji }));
      const replies = [];
      for (const emoji of ["👍", "👍", ":shipit:"]) replies.push(await react(alice, "reaction_add", emoji));
      for (const emoji of ["👍", "🎉"]) replies.push(await react(bob, "reaction_add", emoji));
      for (const emoji of ["👍", "👍", "🎈"]) replies.push(await react(alice, "reaction_remove", emoji));
      replies.push(await react(alice, "reaction_add", "👍"));
      await world.saw(alice, "reaction_added", 5);
      for (const emoji of ["", " ", "x".repeat(65), "a\u0000"]) replies.push(await react(alice, "reaction_add", emoji));
      const views = [await alice.client.api.messages(id), await bob.client.api.messages(id)].map((page) => page.messages[0]?.reactions);
      for (let n = 0; n < 18; n++) await react(alice, "reaction_add", `e${n}`);
      return { replies, views, tooMany: await react(bob, "reaction_add", "more") };
    },
  },
  {
    name: "reading moves positions forward, and unread is what follows",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const [one, two] = [await world.group(alice, bob), await world.group(alice, bob)];
      for (const [id, message] of [[one, "a"], [one, "b"], [two, "c"], [one, "d"]] as const) await alice.client.request({ type: "message", conversation_id: id, message, mentions: ["bob"] });
      await bob.client.request({ type: "message", conversation_id: one, message: "own" });
      const ids = async (id: string): Promise<string[]> => (await alice.client.api.messages(id)).messages.map((message) => message.id).reverse();
      const [ones, twos] = [await ids(one), await ids(two)];
      const unread = [await bob.client.api.unread()];
      await alice.client.request({ type: "message_delete", message_id: ones[2] ?? "" });
      unread.push(await bob.client.api.unread());
      const read = (body: object): Promise<unknown> => refused(bob.client.request({ type: "read_receipt", ...body }));
      const receipts = [await read({ conversation_id: one, message_id: ones[0] }), await read({ message_ids: [ones[1], ones[0], twos[0], "nope"] })];
      receipts.push(await read({ conversation_id: one, message_id: ones[0] }));
      await world.saw(alice, "read_receipt", 3);
      await world.saw(bob, "read_receipt", 3);
      unread.push(await bob.client.api.unread());
      const wrong = [await read({}), await read({ conversation_id: one }), await read({ message_ids: ones, conversation_id: one }), await read({ conversation_id: one, message_id: twos[0] }), await read({ message_ids: Array.from({ length: 201 }, () => "1") })];
      return { receipts, unread, wrong, view: await bob.client.api.conversation(one) };
    },
  },
  {
    name: "history goes page by page in all directions",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      for (let n = 1; n <= 25; n++) await alice.client.request({ type: "message", conversation_id: id, message: `${n}` });
      const all = (await alice.client.api.messages(id, { limit: 100 })).messages.reverse();
      const at = (seq: number): string => all[seq - 1]?.id ?? "";
      const page = (query: object): Promise<unknown> => refused(alice.client.request({ type: "history", conversation_id: id, ...query }));
      const queries = [{}, { limit: 1 }, { before_id: at(6) }, { before_id: at(5), limit: 4 }, { before_id: at(1) }, { after_id: at(20), limit: 3 }, { after_id: at(25) }, { after_id: at(23) },
        { around_id: at(1), limit: 5 }, { around_id: at(25), limit: 5 }, { around_id: at(12), limit: 5 }, { around_id: at(12), limit: 4 }, { around_id: at(12), limit: 1 }, { around_id: at(2), limit: 100 },
        { limit: 0 }, { limit: 101 }, { before_id: at(1), after_id: at(2) }, { before_id: "nope" }];
      const pages = [];
      for (const query of queries) pages.push(await page(query));
      return { pages, http: await bob.client.api.messages(id, { around_id: at(3), limit: 3 }), stranger: await refused((await world.join("Carol")).client.api.messages(id)) };
    },
  },
  {
    name: "threads lie under a message and do not nest",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      const room = alice.client.conversation(id);
      const root = await room.send({ message: "root" });
      await room.send({ message: "beside" });
      const reply = await room.send({ message: "reply", thread_id: root.id, reply_to: root.id });
      await room.send({ message: "more", thread_id: root.id });
      const wrong = [await refused(room.send({ message: "nested", thread_id: reply.id })), await refused(room.send({ message: "x", reply_to: "1" })), await refused(bob.client.api.messages(id, { thread_id: reply.id }))];
      await world.saw(bob, "message", 4);
      const thread = await bob.client.api.messages(id, { thread_id: root.id, limit: 2 });
      const rest = await bob.client.api.messages(id, { thread_id: root.id, before_id: thread.messages.at(-1)?.id ?? "" });
      const views = [...thread.messages, ...rest.messages].map(({ message, thread, seq }) => ({ message, thread, seq }));
      return { wrong, views, more: [thread.has_more, rest.has_more] };
    },
  },
  {
    name: "values out of bounds are refused by field and limit",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      const drafts: object[] = [{ message: "" }, { message: " \n" }, { message: "é".repeat(5000) }, { message: "é".repeat(5001) }, { message: "", attachments: [{ url: "/a" }] },
        { message: "x", client_id: "" }, { message: "x", client_id: "x".repeat(129) }, { message: "x", mentions: ["stranger"] }, { message: "x", mentions: Array.from({ length: 101 }, (_, n) => `u${n}`) },
        { message: "x", attachments: Array.from({ length: 31 }, () => ({ url: "/a" })) }, { message: "x", attachments: [{ url: "javascript:alert(1)" }] }, { message: "x", attachments: [{ url: "//elsewhere" }] },
        { message: "x", attachments: [{ url: `/${"a".repeat(2048)}` }] }, { message: "x", attachments: [{ url: "/a", name: "n".repeat(256) }] }, { message: "x", metadata: { big: "x".repeat(4096) } }];
      const bare = await world.bare("Alice");
      bare.send({ type: "auth", token: alice.token });
      drafts.forEach((draft, ref) => bare.send({ type: "message", conversation_id: id, ref, ...draft }));
      await world.until("all is answered", () => bare.heard.filter((frame) => "ref" in frame).length === drafts.length);
      bare.close(1000);
      await world.saw(bob, "message", 2);
      await world.saw(alice, "message", 2);
    },
  },
  {
    name: "strangers find nothing",
    async run(world) {
      const [alice, bob, mallory] = [await world.join("Alice"), await world.join("Bob"), await world.join("Mallory")];
      const id = await world.group(alice, bob);
      const { id: message_id } = await alice.client.conversation(id).send({ message: "secret" });
      await world.saw(bob, "message");
      const ask = (command: Parameters<typeof mallory.client.request>[0]): Promise<unknown> => refused(mallory.client.request(command));
      return [
        await ask({ type: "message", conversation_id: id, message: "x" }), await ask({ type: "message", conversation_id: "nope", message: "x" }),
        await ask({ type: "message", message: "x" }), await ask({ type: "message", message: "x", conversation_id: id, receiver_id: "bob" }),
        await ask({ type: "message_delete", message_id }), await ask({ type: "reaction_add", message_id, emoji: "👍" }), await ask({ type: "history", conversation_id: id }),
        await ask({ type: "read_receipt", conversation_id: id, message_id }), await ask({ type: "read_receipt", message_ids: [message_id] }),
        await refused(mallory.client.api.conversation(id)), await refused(mallory.client.api.members(id)), await refused(mallory.client.api.addMember(id, { user_id: "mallory" })),
        await refused(mallory.client.api.deleteConversation(id)), await mallory.client.api.conversations(), await mallory.client.api.unread(),
      ];
    },
  },
];
