"""Chat over the WebSocket: every command, its reply, and what the others see."""

import time

from tutti_server import TuttiTest

MESSAGE_FIELDS = {
    "id", "conversation_id", "seq", "sender_id", "message", "client_id", "created_at", "edited_at", "deleted",
    "reply_to", "thread_id", "reactions", "attachments", "metadata",
}  # fmt: skip


class Sending(TuttiTest):
    """`message`."""

    def test_the_first_message_creates_the_direct_conversation(self):
        alice, bob = self.user("alice"), self.user("bob")
        client, peer = alice.connect(), bob.connect()
        reply = client.ask("message", receiver_id=bob.id, message="hello")
        self.assertEqual(reply["type"], "message_sent")
        self.assertIs(reply["duplicate"], False)
        self.assertNotIn("event_id", reply)
        message = reply["message"]
        self.assertLessEqual(MESSAGE_FIELDS, set(message))
        self.assertEqual(message["sender_id"], alice.id)
        self.assertEqual(message["seq"], 1)
        self.assertIs(message["deleted"], False)
        push = peer.message("hello")
        self.assertEqual(push["message"], message)
        self.assertIsInstance(push["event_id"], str)
        self.assertEqual(push["offset"], reply["offset"])

    def test_both_directions_are_one_conversation(self):
        alice, client, bob, peer, conversation = self.pair()
        self.assertEqual(peer.say("back", receiver_id=alice.id)["conversation_id"], conversation)
        self.assertEqual(client.message("back")["message"]["seq"], 2)

    def test_every_connection_of_every_member_sees_it_except_the_one_that_sent(self):
        alice, client, bob, peer, conversation = self.pair()
        second, third = alice.connect(), bob.connect()
        client.say("everywhere", conversation_id=conversation)
        for other in (peer, second, third):
            self.assertEqual(other.message("everywhere")["message"]["sender_id"], alice.id)
        # What bob sends next comes after anything that was still on its way.
        peer.say("fence", conversation_id=conversation)
        client.message("fence")
        self.assertEqual([frame for frame in client.seen("message") if frame["message"]["message"] == "everywhere"], [])

    def test_the_same_client_id_is_stored_once(self):
        alice, client, bob, peer, conversation = self.pair()
        first = client.ask("message", conversation_id=conversation, message="once", client_id="c1")
        again = client.ask("message", conversation_id=conversation, message="once", client_id="c1")
        self.assertEqual((first["duplicate"], again["duplicate"]), (False, True))
        self.assertEqual(first["message"]["id"], again["message"]["id"])
        self.assertEqual(first["message"]["client_id"], "c1")
        client.say("fence", conversation_id=conversation)
        peer.message("fence")
        self.assertEqual([f["message"]["message"] for f in peer.seen("message")], ["once"])

    def test_two_senders_may_use_the_same_client_id(self):
        alice, client, bob, peer, conversation = self.pair()
        one = client.ask("message", conversation_id=conversation, message="hers", client_id="same")
        other = peer.ask("message", conversation_id=conversation, message="his", client_id="same")
        self.assertIs(other["duplicate"], False)
        self.assertNotEqual(one["message"]["id"], other["message"]["id"])

    def test_text_is_kept_as_it_was_sent(self):
        alice, client, bob, peer, conversation = self.pair()
        for text in ("<script>alert(1)</script>&amp;", "  spaces \n\t lines  ", "\u202e\U0001f469\u200d\U0001f680\x00", "\"'\\"):
            with self.subTest(text):
                self.assertEqual(client.say(text, conversation_id=conversation)["message"], text)
                self.assertEqual(peer.message(text)["message"]["message"], text)

    def test_five_thousand_characters_are_counted_as_characters(self):
        alice, client, bob, peer, conversation = self.pair()
        text = "\U0001f3bb" * 5000
        self.assertEqual(client.say(text, conversation_id=conversation)["message"], text)
        peer.message(text)

    def test_what_a_message_may_carry(self):
        alice, client, bob, peer, conversation = self.pair()
        first = client.say("a question", conversation_id=conversation)
        attachments = [{"url": "https://files.example/a.png", "name": "a.png", "mime_type": "image/png", "size": 12}]
        answer = peer.say(
            "an answer",
            conversation_id=conversation,
            reply_to=first["id"],
            thread_id=first["id"],
            attachments=attachments,
            metadata={"mood": "fine"},
        )
        self.assertEqual(answer["reply_to"], first["id"])
        self.assertEqual(answer["thread_id"], first["id"])
        self.assertEqual(answer["metadata"], {"mood": "fine"})
        self.assertEqual(answer["attachments"], attachments)
        self.assertEqual(client.message("an answer")["message"], answer)

    def test_positions_are_dense(self):
        alice, client, bob, peer, conversation = self.pair()
        for number in range(10):
            (client if number % 2 else peer).say(f"m{number}", conversation_id=conversation)
        page = client.ask("history", conversation_id=conversation, limit=100)
        self.assertEqual([message["seq"] for message in page["messages"]], list(range(11, 0, -1)))

    def test_offsets_have_no_holes_for_one_who_only_listens(self):
        alice, client, bob, peer, conversation = self.pair()
        listener = bob.connect()
        sent = client.say("one", conversation_id=conversation)
        client.ask("message_edit", message_id=sent["id"], message="two")
        client.ask("reaction_add", message_id=sent["id"], emoji="+1")
        peer.ask("read_receipt", conversation_id=conversation, message_id=sent["id"])
        client.ask("message_delete", message_id=sent["id"])
        listener.expect("message_deleted")
        offsets = [frame["offset"] for frame in listener.inbox if "offset" in frame]
        self.assertEqual(offsets, list(range(offsets[0], offsets[0] + len(offsets))))
        self.assertEqual(len(offsets), 4)
        events = [int(frame["event_id"]) for frame in listener.inbox if "event_id" in frame]
        self.assertEqual(events, sorted(events))

    def test_a_stranger_sees_nothing_and_may_do_nothing(self):
        alice, client, bob, peer, conversation = self.pair()
        stranger = self.user("stranger").connect()
        message = client.say("private", conversation_id=conversation)
        for type_, fields in {
            "message": {"conversation_id": conversation, "message": "let me in"},
            "history": {"conversation_id": conversation},
            "message_edit": {"message_id": message["id"], "message": "mine now"},
            "message_delete": {"message_id": message["id"]},
            "reaction_add": {"message_id": message["id"], "emoji": "+1"},
            "reaction_remove": {"message_id": message["id"], "emoji": "+1"},
            "read_receipt": {"conversation_id": conversation, "message_id": message["id"]},
            "typing": {"conversation_id": conversation, "is_typing": True},
        }.items():
            with self.subTest(type_):
                self.assert_error(stranger.request(type_, **fields), "not_found")
        self.assertEqual(stranger.inbox, [])


class Changing(TuttiTest):
    """`message_edit`, `message_delete`, reactions."""

    def test_an_edit(self):
        alice, client, bob, peer, conversation = self.pair()
        message = client.say("draft", conversation_id=conversation)
        reply = client.ask("message_edit", message_id=message["id"], message="final")
        self.assertEqual(reply["type"], "message_edited")
        self.assertEqual(reply["message"]["message"], "final")
        self.assertIsNotNone(reply["message"]["edited_at"])
        push = peer.expect("message_edited")
        self.assertEqual(push["message"], reply["message"])
        self.assertIn("event_id", push)

    def test_only_the_sender_edits_and_deletes_in_a_direct_conversation(self):
        alice, client, bob, peer, conversation = self.pair()
        message = client.say("hers", conversation_id=conversation)
        self.assert_error(peer.request("message_edit", message_id=message["id"], message="his"), "forbidden")
        self.assert_error(peer.request("message_delete", message_id=message["id"]), "forbidden")

    def test_a_deletion_keeps_the_place_without_the_content(self):
        alice, client, bob, peer, conversation = self.pair()
        message = client.say("regret", conversation_id=conversation, metadata={"a": 1})
        reply = client.ask("message_delete", message_id=message["id"])
        self.assertEqual(reply["type"], "message_deleted")
        self.assertEqual((reply["message_id"], reply["conversation_id"]), (message["id"], conversation))
        push = peer.expect("message_deleted", message_id=message["id"])
        self.assertEqual(push["conversation_id"], conversation)
        newest = peer.ask("history", conversation_id=conversation)["messages"][0]
        self.assertEqual((newest["id"], newest["deleted"], newest["message"]), (message["id"], True, ""))
        self.assertEqual(newest["metadata"], {})
        self.assert_error(client.request("message_edit", message_id=message["id"], message="back"), "conflict")

    def test_reactions(self):
        alice, client, bob, peer, conversation = self.pair()
        message = client.say("news", conversation_id=conversation)
        emoji = "\U0001f389"
        added = peer.ask("reaction_add", message_id=message["id"], emoji=emoji)
        self.assertEqual(added["type"], "reaction_added")
        push = client.expect("reaction_added")
        self.assertEqual((push["message_id"], push["user_id"], push["emoji"]), (message["id"], bob.id, emoji))
        client.ask("reaction_add", message_id=message["id"], emoji=emoji)
        newest = client.ask("history", conversation_id=conversation)["messages"][0]
        self.assertEqual(len(newest["reactions"]), 1)
        self.assertEqual(newest["reactions"][0]["emoji"], emoji)
        self.assertEqual(newest["reactions"][0]["count"], 2)
        self.assertEqual(set(newest["reactions"][0]["user_ids"]), {alice.id, bob.id})
        removed = peer.ask("reaction_remove", message_id=message["id"], emoji=emoji)
        self.assertEqual(removed["type"], "reaction_removed")
        client.expect("reaction_removed", user_id=bob.id)
        newest = client.ask("history", conversation_id=conversation)["messages"][0]
        self.assertEqual(newest["reactions"][0]["user_ids"], [alice.id])

    def test_the_same_reaction_twice_counts_once(self):
        alice, client, bob, peer, conversation = self.pair()
        message = client.say("news", conversation_id=conversation)
        for _ in range(2):
            client.ask("reaction_add", message_id=message["id"], emoji="+1")
        newest = client.ask("history", conversation_id=conversation)["messages"][0]
        self.assertEqual(newest["reactions"][0]["count"], 1)


class Reading(TuttiTest):
    """`read_receipt` and unread numbers."""

    def unread(self, user):
        """The unread number of each conversation, by id."""
        body = user.http.get("/api/v1/unread").json
        self.assertEqual(body["total"], sum(entry["unread"] for entry in body["conversations"]))
        return {entry["conversation_id"]: entry["unread"] for entry in body["conversations"]}

    def test_a_receipt_by_conversation_reaches_everybody(self):
        alice, client, bob, peer, conversation = self.pair()
        second = bob.connect()
        message = client.say("read me", conversation_id=conversation)
        reply = peer.ask("read_receipt", conversation_id=conversation, message_id=message["id"])
        self.assertEqual(reply["type"], "read_receipt_ok")
        for other in (client, second, peer):
            push = other.expect("read_receipt")
            self.assertEqual(push["conversation_id"], conversation)
            self.assertEqual(push["user_id"], bob.id)
            self.assertEqual(push["last_read_id"], message["id"])
            self.assertEqual(push["last_read_seq"], message["seq"])

    def test_many_ids_are_one_push_for_each_conversation(self):
        alice, client, bob, peer, conversation = self.pair()
        carol = self.user("carol")
        third = carol.connect()
        here = [client.say(f"here {n}", conversation_id=conversation)["id"] for n in range(3)]
        there = [third.say(f"there {n}", receiver_id=bob.id) for n in range(3)]
        peer.message("there 2")
        ids = [here[0], there[2]["id"], here[2], there[0]["id"], here[1], there[1]["id"]]
        reply = peer.ask("read_receipt", message_ids=ids)
        self.assertEqual(reply["type"], "read_receipt_ok")
        self.assertEqual(client.expect("read_receipt")["last_read_id"], here[2])
        self.assertEqual(third.expect("read_receipt")["last_read_id"], there[2]["id"])
        peer.say("fence", conversation_id=conversation)
        client.message("fence")
        self.assertEqual(client.seen("read_receipt"), [])
        self.assertEqual(self.unread(bob), {})

    def test_reading_never_goes_backwards(self):
        alice, client, bob, peer, conversation = self.pair()
        old, new = (client.say(text, conversation_id=conversation) for text in ("old", "new"))
        peer.ask("read_receipt", message_ids=[new["id"]])
        client.expect("read_receipt")
        peer.ask("read_receipt", message_ids=[old["id"]])
        peer.say("fence", conversation_id=conversation)
        client.message("fence")
        self.assertEqual(client.seen("read_receipt"), [])
        self.assertEqual(self.unread(bob), {})

    def test_unread_counts_what_others_said(self):
        alice, client, bob, peer, conversation = self.pair()
        self.assertEqual(self.unread(bob), {conversation: 1})
        self.assertEqual(self.unread(alice), {})
        messages = [client.say(f"m{n}", conversation_id=conversation) for n in range(3)]
        self.assertEqual(self.unread(bob), {conversation: 4})
        client.ask("message_delete", message_id=messages[1]["id"])
        self.assertEqual(self.unread(bob), {conversation: 3})
        peer.ask("read_receipt", conversation_id=conversation, message_id=messages[0]["id"])
        self.assertEqual(self.unread(bob), {conversation: 1})
        peer.say("own words do not count", conversation_id=conversation)
        self.assertEqual(self.unread(bob), {conversation: 1})
        self.assertEqual(self.unread(alice), {conversation: 1})

    def test_own_words_between_unread_ones_do_not_count(self):
        alice, client, bob, peer, conversation = self.pair()
        sent = [client.say("a", conversation_id=conversation), client.say("b", conversation_id=conversation)]
        peer.ask("read_receipt", message_ids=[sent[-1]["id"]])
        client.say("c", conversation_id=conversation)
        self.assertEqual(self.unread(bob), {conversation: 1})

    def test_a_receipt_for_what_is_not_there(self):
        client = self.user().connect()
        reply = client.ask("read_receipt", message_ids=["1"])
        self.assertEqual(reply["type"], "read_receipt_ok")


class Typing(TuttiTest):
    """`typing`."""

    def test_it_is_seen_and_has_no_reply(self):
        alice, client, bob, peer, conversation = self.pair()
        client.send("typing", conversation_id=conversation, is_typing=True, ref="t")
        push = peer.expect("typing")
        self.assertEqual((push["conversation_id"], push["user_id"], push["is_typing"]), (conversation, alice.id, True))
        self.assertNotIn("event_id", push)
        client.send("typing", receiver_id=bob.id, is_typing=False)
        self.assertIs(peer.expect("typing")["is_typing"], False)
        self.assertEqual(client.ask("ping")["type"], "pong")
        self.assertEqual(client.inbox, [])

    def test_it_ends_by_itself_after_six_seconds(self):
        alice, client, bob, peer, conversation = self.pair()
        client.send("typing", conversation_id=conversation, is_typing=True)
        peer.expect("typing", is_typing=True)
        began = time.monotonic()
        peer.expect("typing", is_typing=False, timeout=9)
        self.assertGreater(time.monotonic() - began, 5)
        self.assertLess(time.monotonic() - began, 8)

    def test_it_ends_when_the_connection_does(self):
        alice, client, bob, peer, conversation = self.pair()
        client.send("typing", conversation_id=conversation, is_typing=True)
        peer.expect("typing", is_typing=True)
        client.close()
        peer.expect("typing", is_typing=False)

    def test_it_is_never_stored(self):
        alice, client, bob, peer, conversation = self.pair()
        since = peer.say("mark", conversation_id=conversation) and client.message("mark")["event_id"]
        client.send("typing", conversation_id=conversation, is_typing=True)
        peer.expect("typing")
        client.say("after", conversation_id=conversation)
        event = peer.message("after")["event_id"]
        replay = alice.connect(since=since)
        self.assertEqual(replay.message("after")["event_id"], event)
        self.assertEqual(replay.seen("typing"), [])


class Paging(TuttiTest):
    """`history` in all directions."""

    def filled(self, count):
        """A conversation of so many messages: a client and the messages, oldest first."""
        alice, bob = self.user("alice"), self.user("bob")
        client = alice.connect()
        messages = [client.say(f"m{number}", receiver_id=bob.id) for number in range(count)]
        return client, messages[0]["conversation_id"], messages

    @staticmethod
    def ids(messages):
        return [message["id"] for message in messages]

    def page(self, client, conversation, **fields):
        """A page: its ids and whether there is more."""
        reply = client.ask("history", conversation_id=conversation, **fields)
        self.assertEqual(reply["type"], "history")
        return self.ids(reply["messages"]), reply["has_more"]

    def test_newest_first_twenty_at_a_time(self):
        client, conversation, messages = self.filled(25)
        newest_first = self.ids(reversed(messages))
        self.assertEqual(self.page(client, conversation), (newest_first[:20], True))

    def test_backwards_to_the_beginning_without_a_hole(self):
        client, conversation, messages = self.filled(25)
        seen, more = self.page(client, conversation, limit=7)
        while more:
            page, more = self.page(client, conversation, before_id=seen[-1], limit=7)
            seen += page
        self.assertEqual(seen, self.ids(reversed(messages)))

    def test_forwards_to_the_end(self):
        client, conversation, messages = self.filled(12)
        newest_first = self.ids(reversed(messages))
        page, more = self.page(client, conversation, after_id=messages[2]["id"], limit=4)
        self.assertEqual((page, more), (self.ids(reversed(messages[3:7])), True))
        page, more = self.page(client, conversation, after_id=messages[7]["id"], limit=4)
        self.assertEqual((page, more), (newest_first[:4], False))
        self.assertEqual(self.page(client, conversation, after_id=messages[-1]["id"]), ([], False))

    def test_around_one(self):
        client, conversation, messages = self.filled(15)
        page, _ = self.page(client, conversation, around_id=messages[7]["id"], limit=5)
        self.assertEqual(len(page), 5)
        self.assertIn(messages[7]["id"], page[1:4])
        numbers = [self.ids(messages).index(id_) for id_ in page]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] - 5, -1)))

    def test_around_the_edges(self):
        client, conversation, messages = self.filled(6)
        for edge in (messages[0], messages[-1]):
            page, _ = self.page(client, conversation, around_id=edge["id"], limit=4)
            self.assertIn(edge["id"], page)

    def test_bounds_and_anchors_are_checked(self):
        client, conversation, messages = self.filled(2)
        for limit in (0, 101):
            self.assert_error(
                client.request("history", conversation_id=conversation, limit=limit), "validation_failed", "limit"
            )
        self.assertEqual(len(self.page(client, conversation, limit=100)[0]), 2)
        both = client.request(
            "history", conversation_id=conversation, before_id=messages[0]["id"], after_id=messages[1]["id"]
        )
        self.assertEqual(both["type"], "error")
        self.assertIn(both["code"], ("invalid_request", "validation_failed"))

    def test_an_anchor_of_another_conversation_is_not_found(self):
        client, conversation, _ = self.filled(2)
        _, _, others = self.filled(2)
        reply = client.request("history", conversation_id=conversation, before_id=others[0]["id"])
        self.assertEqual(reply["type"], "error", reply)
