"""Presence: who sees whom, and when somebody counts as gone."""

import time

from tutti_server import TuttiTest


class Presence(TuttiTest):
    """With a grace of one second instead of thirty."""

    settings = {"PRESENCE__GRACE_SECONDS": 1}

    def follow(self, client, user):
        """Follows somebody; returns how they are."""
        state = client.ask("presence_subscribe", user_ids=[user.id])
        self.assertEqual(state["type"], "presence_state")
        self.assertEqual([entry["user_id"] for entry in state["users"]], [user.id])
        return state["users"][0]

    def test_state_then_changes(self):
        alice, client, bob, peer, _ = self.pair()
        state = self.follow(client, bob)
        self.assertEqual(state["status"], "online")
        self.assertIsNone(state["last_seen_at"])
        reply = peer.ask("presence_set", status="away", text="at lunch")
        self.assertEqual((reply["type"], reply["status"], reply["text"]), ("presence_set_ok", "away", "at lunch"))
        push = client.expect("presence", user_id=bob.id)
        self.assertEqual((push["status"], push["text"]), ("away", "at lunch"))
        self.assertNotIn("event_id", push)
        peer.ask("presence_set", status="busy")
        self.assertEqual(client.expect("presence", user_id=bob.id)["status"], "busy")

    def test_invisible_looks_like_offline(self):
        alice, client, bob, peer, _ = self.pair()
        self.follow(client, bob)
        self.assertEqual(peer.ask("presence_set", status="invisible")["status"], "invisible")
        self.assertEqual(client.expect("presence", user_id=bob.id)["status"], "offline")
        self.assertEqual(self.follow(alice.connect(), bob)["status"], "offline")
        peer.say("but here", receiver_id=alice.id)
        client.message("but here")
        peer.ask("presence_set", status="online")
        self.assertEqual(client.expect("presence", user_id=bob.id)["status"], "online")

    def test_a_conversation_can_be_followed(self):
        alice, client, bob, peer, conversation = self.pair()
        state = client.ask("presence_subscribe", conversation_id=conversation)
        self.assertIn(bob.id, [entry["user_id"] for entry in state["users"]])
        peer.ask("presence_set", status="away")
        self.assertEqual(client.expect("presence", user_id=bob.id)["status"], "away")

    def test_strangers_cannot_be_followed(self):
        client = self.user("alice").connect()
        state = client.ask("presence_subscribe", user_ids=[self.user("stranger").id, "nobody"])
        self.assertEqual(state["users"], [])

    def test_no_longer_following(self):
        alice, client, bob, peer, conversation = self.pair()
        self.follow(client, bob)
        client.ask("presence_unsubscribe", user_ids=[bob.id])
        peer.ask("presence_set", status="away")
        peer.say("fence", conversation_id=conversation)
        client.message("fence")
        self.assertEqual(client.seen("presence"), [])

    def test_a_clean_logout_is_offline_at_once(self):
        for goodbye in ("logout", "close"):
            with self.subTest(goodbye):
                alice, client, bob, peer, _ = self.pair()
                self.follow(client, bob)
                began = time.monotonic()
                if goodbye == "logout":
                    peer.send("logout")
                else:
                    peer.close()
                push = client.expect("presence", user_id=bob.id)
                self.assertLess(time.monotonic() - began, 0.9)
                self.assertEqual(push["status"], "offline")
                self.assertIsNotNone(push["last_seen_at"])

    def test_a_lost_connection_is_offline_after_the_grace_and_once(self):
        alice, client, bob, peer, _ = self.pair()
        self.follow(client, bob)
        began = time.monotonic()
        peer.drop()
        push = client.expect("presence", user_id=bob.id)
        self.assertGreater(time.monotonic() - began, 0.9)
        self.assertEqual(push["status"], "offline")
        back = bob.connect()
        self.assertEqual(client.expect("presence", user_id=bob.id)["status"], "online")
        back.say("fence", receiver_id=alice.id)
        client.message("fence")
        self.assertEqual(client.seen("presence"), [])

    def test_coming_back_within_the_grace_is_not_seen(self):
        alice, client, bob, peer, conversation = self.pair()
        self.follow(client, bob)
        peer.drop()
        back = bob.connect()
        # Somebody else is lost later, and seen to be: had bob been taken for gone, that would have come before.
        carol = self.user("carol")
        third = carol.connect()
        third.say("hi", receiver_id=alice.id)
        self.follow(client, carol)
        third.drop()
        self.assertEqual(client.expect("presence", user_id=carol.id)["status"], "offline")
        self.assertEqual(client.seen("presence"), [])
        self.assertEqual(back.ask("ping")["type"], "pong")

    def test_one_of_two_connections_going_is_not_seen(self):
        alice, client, bob, peer, conversation = self.pair()
        second = bob.connect()
        self.follow(client, bob)
        second.close()
        peer.say("fence", conversation_id=conversation)
        client.message("fence")
        self.assertEqual(client.seen("presence"), [])
        self.assertEqual(self.follow(client, bob)["status"], "online")
