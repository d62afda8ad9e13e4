"""Coming back: missed events follow in order, or the client is told what to load afresh; the fallbacks as well."""

import json
import threading

from raw_socket import CLOSE, TEXT, RawSocket
from tutti_client import Events, Http
from tutti_server import TuttiTest


class Resume(TuttiTest):
    """Over the WebSocket."""

    def away(self):
        """Bob has seen everything up to an event, then alice went on: sent messages, his last event, the cast."""
        alice, client, bob, peer, conversation = self.pair()
        client.say("seen", conversation_id=conversation)
        since = peer.message("seen")["event_id"]
        peer.drop()
        first = client.say("missed 1", conversation_id=conversation)
        client.ask("message_edit", message_id=first["id"], message="missed 1, edited")
        client.ask("reaction_add", message_id=first["id"], emoji="+1")
        client.say("missed 2", conversation_id=conversation)
        return alice, client, bob, conversation, since

    MISSED = ["message", "message_edited", "reaction_added", "message"]

    def assert_missed_follow(self, back):
        """What was missed comes in order, without a hole; then life goes on."""
        self.assertIs(back.welcome["resumed"], True)
        self.assertEqual(back.welcome["reset"], [])
        missed = [back.receive() for _ in self.MISSED]
        self.assertEqual([frame["type"] for frame in missed], self.MISSED)
        offsets = [frame["offset"] for frame in missed]
        self.assertEqual(offsets, list(range(offsets[0], offsets[0] + len(offsets))))

    def test_in_the_auth_frame(self):
        alice, client, bob, conversation, since = self.away()
        back = self.open()
        back.send("auth", token=bob.token, resume={"since": since})
        self.assert_missed_follow(back.greet())
        client.say("live again", conversation_id=conversation)
        self.assertEqual(back.message("live again")["message"]["seq"], 5)

    def test_in_the_query_string(self):
        alice, client, bob, conversation, since = self.away()
        self.assert_missed_follow(bob.connect(since=since))
        self.assert_missed_follow(self.connect(path=f"/ws?token={bob.token}&since={since}"))

    def test_own_changes_are_replayed_too(self):
        alice, client, bob, conversation, since = self.away()
        peer = bob.connect()
        peer.say("from here", conversation_id=conversation)
        back = bob.connect(since=since)
        self.assertEqual(back.message("from here")["message"]["sender_id"], bob.id)

    def test_welcome_itself_is_a_place_to_resume_from(self):
        alice, client, bob, peer, conversation = self.pair()
        fresh = bob.connect()
        since = fresh.welcome["since"]
        fresh.drop()
        client.say("just after", conversation_id=conversation)
        back = bob.connect(since=since)
        self.assertIs(back.welcome["resumed"], True)
        self.assertEqual(back.receive()["message"]["message"], "just after")

    def test_nothing_missed(self):
        alice, client, bob, peer, conversation = self.pair()
        client.say("last", conversation_id=conversation)
        since = peer.message("last")["event_id"]
        back = bob.connect(since=since)
        self.assertIs(back.welcome["resumed"], True)
        self.assertEqual(back.ask("ping")["type"], "pong")
        self.assertEqual(back.inbox, [])

    def test_what_is_sent_while_coming_back_is_neither_lost_nor_out_of_order(self):
        alice, client, bob, peer, conversation = self.pair()
        client.say("seen", conversation_id=conversation)
        since = peer.message("seen")["event_id"]
        peer.drop()
        sent = [f"m{n}" for n in range(40)]
        back = None
        for number, text in enumerate(sent):
            client.send("message", conversation_id=conversation, message=text)
            if number == 20:
                back = bob.connect(since=since)
        back.message(sent[-1])
        texts = [frame["message"]["message"] for frame in back.seen("message")]
        once = list(dict.fromkeys(texts))
        self.assertEqual(once, sent[:-1])

    def test_groups_that_came_meanwhile(self):
        alice, client, bob, conversation, since = self.away()
        group = self.group(alice, bob)
        client.say("in the group", conversation_id=group)
        back = bob.connect(since=since)
        if group in back.welcome["reset"]:
            return
        self.assertEqual(back.expect("conversation_created")["conversation"]["id"], group)
        back.message("in the group")

    def test_a_position_that_makes_no_sense_skips_nothing(self):
        alice, client, bob, peer, conversation = self.pair()
        for since in ("nonsense", "0", "99999999999999999999999", "-1"):
            with self.subTest(since):
                back = bob.connect(since=since)
                self.assertEqual(back.ask("ping")["type"], "pong")
                if back.welcome["resumed"] and conversation not in back.welcome["reset"]:
                    back.message("first words")
                back.close()

    def test_a_position_that_is_yet_to_come_is_not_resumed_from(self):
        # A client of a server that was restored from a backup has seen more than the server has.
        alice, client, bob, peer, conversation = self.pair()
        client.say("latest", conversation_id=conversation)
        latest = int(peer.message("latest")["event_id"])
        back = bob.connect(since=str(latest + 1000))
        if back.welcome["resumed"]:
            self.assertEqual(back.welcome["reset"], [conversation])
        self.assertLessEqual(int(back.welcome["since"]), latest)

    def test_nothing_of_others_is_replayed(self):
        alice, client, bob, conversation, since = self.away()
        stranger = self.user("stranger").connect(since=since)
        self.assertEqual(stranger.ask("ping")["type"], "pong")
        self.assertEqual(stranger.inbox, [])


class TooMuch(TuttiTest):
    """A gap that is too large for replay."""

    settings = {"CHAT__MAX_REPLAY_PER_CONVERSATION": 5}

    def test_the_conversation_is_named_for_reset_and_others_are_replayed(self):
        alice, client, bob, peer, loud = self.pair()
        carol = self.user("carol")
        third = carol.connect()
        quiet = third.say("hello", receiver_id=bob.id)["conversation_id"]
        since = peer.message("hello")["event_id"]
        peer.drop()
        for number in range(10):
            client.say(f"m{number}", conversation_id=loud)
        third.say("a word", conversation_id=quiet)
        back = bob.connect(since=since)
        self.assertEqual(back.welcome["reset"], [loud])
        self.assertEqual(back.message("a word")["message"]["conversation_id"], quiet)
        self.assertEqual(back.ask("ping")["type"], "pong")
        self.assertEqual(back.seen("message"), [], "nothing of what is to be loaded afresh is replayed")
        page = back.ask("history", conversation_id=loud)
        self.assertEqual(page["messages"][0]["message"], "m9")


class SlowConsumer(TuttiTest):
    """Somebody who does not read: closed, and told everything when they come back; nobody else waits."""

    settings = {
        "CONNECTIONS__MAX_OUTBOUND_BYTES": 65_536,
        "LIMITS__MESSAGE": "100000/1s",
        "LIMITS__FRAME": "100000/1s",
    }
    MOST = 10_000
    """Messages, 50 MB of them: more than the system keeps for one socket."""

    def given_up(self):
        """Whether the server has closed a connection for being too slow."""
        metrics = Http(self.server.url).get("/metrics").body.decode()
        return 'tutti_connections_closed_total{code="4100"} 1\n' in metrics

    def write_until_given_up(self, client, peer, conversation):
        """Messages that both the writer and another reader see at once; returns the last one's text."""
        for number in range(self.MOST):
            text = f"{number} " + "x" * 4900
            client.send("message", conversation_id=conversation, message=text, ref=number)
            self.assertEqual(client.receive()["type"], "message_sent")
            self.assertEqual(peer.receive()["message"]["message"], text)
            if number % 10 == 0 and self.given_up():
                return text
        raise AssertionError(f"{self.MOST} messages were not too many for somebody who does not read")

    def test_a_peer_that_does_not_read_is_closed_and_resumes(self):
        alice, client, bob, peer, conversation = self.pair()
        slow = RawSocket(self.server.url, bob.token, receive_buffer=4096)
        self.addCleanup(slow.close)
        since = json.loads(slow.until(TEXT))["since"]
        last = self.write_until_given_up(client, peer, conversation)
        # The close frame comes behind what the system had taken already, to whoever reads on within two seconds.
        self.assertEqual(slow.close_code(), 4100)
        slow.send(CLOSE, b"")
        self.assertRaises(EOFError, slow.receive)
        back = bob.connect(since=since)
        self.assertTrue(back.welcome["resumed"] or back.welcome["reset"])
        if conversation not in back.welcome["reset"]:
            back.message(last)


class EventStream(TuttiTest):
    """Server-Sent Events."""

    def test_the_same_frames(self):
        alice, client, bob, peer, conversation = self.pair()
        events = bob.events()
        self.assertEqual(events.answer.status, 200)
        self.assertTrue(events.answer.headers["Content-Type"].startswith("text/event-stream"))
        self.assertEqual(events.next()["data"]["type"], "welcome")
        client.say("streamed", conversation_id=conversation)
        event = events.until("message")
        push = peer.message("streamed")
        self.assertEqual(event["data"], push)
        self.assertEqual(event["id"], push["event_id"])
        client.send("typing", conversation_id=conversation, is_typing=True)
        self.assertNotIn("id", events.until("typing"))

    def test_last_event_id_resumes(self):
        alice, client, bob, peer, conversation = self.pair()
        events = bob.events()
        events.next()
        client.say("one", conversation_id=conversation)
        last = events.until("message")["id"]
        events.close()
        client.say("two", conversation_id=conversation)
        client.say("three", conversation_id=conversation)
        again = bob.events(last_event_id=last)
        welcome = again.next()["data"]
        self.assertEqual((welcome["type"], welcome["resumed"]), ("welcome", True))
        self.assertEqual([again.until("message")["data"]["message"]["message"] for _ in range(2)], ["two", "three"])

    def test_it_needs_a_token(self):
        events = Events(self.server.url, "not.a.token")
        self.addCleanup(events.close)
        self.assertEqual(events.answer.status, 401)
        self.assertEqual(json.loads(events.answer.read())["error"]["code"], "unauthenticated")


class LongPoll(TuttiTest):
    """`GET /api/v1/events/poll`."""

    def poll(self, user, since=None, timeout=0):
        query = f"timeout={timeout}" + (f"&since={since}" if since else "")
        reply = user.http.get(f"/api/v1/events/poll?{query}")
        self.assertEqual(reply.status, 200, reply.body)
        return reply.json

    def test_polling_along(self):
        alice, client, bob, peer, conversation = self.pair()
        first = self.poll(bob)
        self.assertEqual(first["events"], [])
        client.say("one", conversation_id=conversation)
        client.say("two", conversation_id=conversation)
        second = self.poll(bob, first["since"])
        self.assertEqual([frame["message"]["message"] for frame in second["events"]], ["one", "two"])
        self.assertEqual(self.poll(bob, second["since"])["events"], [])

    def test_it_answers_as_soon_as_there_is_something(self):
        alice, client, bob, peer, conversation = self.pair()
        since = self.poll(bob)["since"]
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(self.poll(bob, since, timeout=20)))
        waiting.start()
        client.say("at last", conversation_id=conversation)
        waiting.join(5)
        self.assertEqual([frame["message"]["message"] for frame in answers[0]["events"]], ["at last"])

    def test_waiting_has_a_bound(self):
        self.assert_http_error(self.user().http.get("/api/v1/events/poll?timeout=61"), 422, "validation_failed")


class Commands(TuttiTest):
    """`POST /api/v1/commands`."""

    def test_one_frame(self):
        alice, client, bob, peer, conversation = self.pair()
        frame = {"type": "message", "conversation_id": conversation, "message": "by command", "ref": 7}
        reply = alice.http.post("/api/v1/commands", frame)
        self.assertEqual(reply.status, 200)
        self.assertEqual((reply.json["type"], reply.json["ref"]), ("message_sent", 7))
        for other in (client, peer):
            other.message("by command")

    def test_an_array_keeps_its_order(self):
        alice, client, bob, peer, conversation = self.pair()
        frames = [{"type": "message", "conversation_id": conversation, "message": f"m{n}", "ref": n} for n in range(5)]
        frames.insert(2, {"type": "nonsense", "ref": "bad"})
        frames.append({"type": "history", "conversation_id": conversation, "limit": 5, "ref": "h"})
        replies = alice.http.post("/api/v1/commands", frames).json
        self.assertEqual([reply["ref"] for reply in replies], [0, 1, "bad", 2, 3, 4, "h"])
        self.assertEqual(replies[2]["code"], "invalid_request")
        newest_first = [message["message"] for message in replies[-1]["messages"]]
        self.assertEqual(newest_first, ["m4", "m3", "m2", "m1", "m0"])

    def test_a_frame_without_a_reply(self):
        alice, client, bob, peer, conversation = self.pair()
        frame = {"type": "typing", "conversation_id": conversation, "is_typing": True}
        self.assertEqual(alice.http.post("/api/v1/commands", frame).status, 204)
        self.assertEqual(peer.expect("typing")["user_id"], alice.id)

    def test_what_is_no_frame(self):
        http = self.user().http
        for body in (b"", b"hello", b"7", b"[", b"[7"):
            with self.subTest(body):
                reply = http.post("/api/v1/commands", body)
                code = reply.json.get("code") if reply.status == 200 else reply.error["code"]
                self.assertEqual(code, "invalid_request")
