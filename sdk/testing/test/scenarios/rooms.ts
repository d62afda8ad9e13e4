// Groups: made, changed, joined, left, listed and deleted.

import { refused } from "../support/world";
import type { Scenario } from "./scenario";

export const rooms: Scenario[] = [
  {
    name: "a group is seen by each of its members in their own way",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const { createConversation } = alice.client.api;
      const { id } = await createConversation({ title: "Team", member_ids: ["bob", "alice", "unseen", "bob"], metadata: { colour: "red" } });
      await world.saw(bob, "conversation_created");
      const wrong = [await refused(createConversation({ title: " ", member_ids: [] })), await refused(createConversation({ title: "x".repeat(201), member_ids: [] })), await refused(createConversation({ member_ids: ["bob"], metadata: { big: "x".repeat(4096) } }))];
      return { alice: await alice.client.api.conversation(id), bob: await bob.client.api.conversation(id), members: await bob.client.api.members(id, { limit: 2 }), wrong };
    },
  },
  {
    name: "members join, rise, leave and are removed",
    async run(world) {
      const [alice, bob, carol] = [await world.join("Alice"), await world.join("Bob"), await world.join("Carol")];
      const id = await world.group(alice, bob);
      await alice.client.request({ type: "message", conversation_id: id, message: "before carol" });
      const { addMember, removeMember } = alice.client.api;
      const steps = [await refused(bob.client.api.addMember(id, { user_id: "carol" })), await refused(addMember(id, { user_id: "carol" })), await refused(addMember(id, { user_id: "carol" }))];
      await world.saw(carol, "member_added");
      steps.push(await refused(carol.client.api.conversation(id)), await refused(carol.client.api.unread()));
      steps.push(await refused(addMember(id, { user_id: "bob", role: "admin" })), await refused(addMember(id, { user_id: "alice", role: "member" })));
      await world.saw(bob, "member_updated");
      steps.push(await refused(bob.client.api.addMember(id, { user_id: "carol", role: "admin" })), await refused(bob.client.api.addMember(id, { user_id: "dave", role: "owner" })));
      steps.push(await refused(bob.client.api.removeMember(id, "alice")), await refused(removeMember(id, "alice")), await refused(removeMember(id, "nobody")));
      steps.push(await refused(bob.client.api.removeMember(id, "carol")));
      await world.saw(carol, "member_removed");
      await alice.client.request({ type: "message", conversation_id: id, message: "after carol" });
      await world.saw(bob, "message", 2);
      steps.push(await refused(carol.client.api.conversation(id)), await refused(carol.client.request({ type: "message", conversation_id: id, message: "still here?" })));
      steps.push(await refused(bob.client.api.removeMember(id, "bob")));
      await world.saw(bob, "member_removed", 2);
      steps.push(await refused(removeMember(id, "alice")), await alice.client.api.conversations());
      await world.saw(alice, "member_removed", 3);
      return steps;
    },
  },
  {
    name: "a group is changed and deleted by those who run it",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const id = await world.group(alice, bob);
      const direct = await alice.client.api.createConversation({ kind: "direct", member_ids: ["bob"] });
      const steps = [await refused(bob.client.api.updateConversation(id, { title: "mine" })), await refused(alice.client.api.updateConversation(id, { title: "renamed" })), await refused(alice.client.api.updateConversation(id, { metadata: { a: 1 } }))];
      steps.push(await refused(alice.client.api.updateConversation(id, { title: "" })), await refused(alice.client.api.updateConversation(direct.id, { title: "x" })), await refused(alice.client.api.deleteConversation(direct.id)));
      steps.push(await refused(alice.client.api.addMember(direct.id, { user_id: "carol" })), await refused(alice.client.api.removeMember(direct.id, "alice")), await refused(bob.client.api.deleteConversation(id)));
      steps.push(await refused(alice.client.api.deleteConversation(id)), await refused(alice.client.api.conversation(id)));
      await world.saw(bob, "conversation_deleted");
      await world.saw(alice, "conversation_deleted");
      return steps;
    },
  },
  {
    name: "conversations are listed by their newest message, page by page",
    async run(world) {
      const [alice, bob] = [await world.join("Alice"), await world.join("Bob")];
      const ids = [await world.group(alice, bob), await world.group(alice, bob), await world.group(alice, bob)];
      await bob.client.request({ type: "message", conversation_id: ids[0] ?? "", message: "newest" });
      await world.saw(alice, "message");
      const first = await alice.client.api.conversations({ limit: 2 });
      const second = await alice.client.api.conversations({ limit: 2, cursor: first.next_cursor ?? "" });
      const order = [...first.conversations, ...second.conversations].map((conversation) => ids.indexOf(conversation.id));
      return { order, first, second, wrong: [await refused(alice.client.api.conversations({ cursor: "x" })), await refused(alice.client.api.conversations({ limit: 101 })), await refused(alice.client.api.members(ids[0] ?? "", { cursor: "x" }))] };
    },
  },
  {
    name: "people are found by the start of their name or id",
    async run(world) {
      for (const name of ["Alice", "Bob van Dyk!", "Zoë 2", "alina"]) await world.signIn(name);
      const alice = await world.join("Alice");
      return { all: await alice.client.api.users(), al: await alice.client.api.users("aL"), bob: await alice.client.api.users("bob-van"), none: await alice.client.api.users("x") };
    },
  },
];
