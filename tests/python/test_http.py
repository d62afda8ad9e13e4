"""The HTTP side: every route under `/api/v1`, its answers, its errors, and what the WebSocket sees of it."""

import time
import urllib.parse

from tutti_server import TuttiTest

API = "/api/v1"


def quoted(text):
    return urllib.parse.quote(text, safe="")


class Conversations(TuttiTest):
    """`/conversations` and their members."""

    settings = {"LIMITS__CONVERSATION": "1000/1s"}

    def test_a_group_from_beginning_to_end(self):
        alice, bob, carol = self.user("alice"), self.user("bob"), self.user("carol")
        client, peer, third = alice.connect(), bob.connect(), carol.connect()
        created = alice.http.post(
            f"{API}/conversations", {"title": "Band", "member_ids": [bob.id], "metadata": {"k": 1}}
        )
        self.assertEqual(created.status, 201)
        group = created.json
        self.assertEqual((group["kind"], group["title"], group["metadata"]), ("group", "Band", {"k": 1}))
        self.assertEqual({member["user_id"]: member["role"] for member in group["members"]}, {alice.id: "owner", bob.id: "member"})
        path = f"{API}/conversations/{group['id']}"
        for other in (client, peer):
            self.assertEqual(other.expect("conversation_created")["conversation"]["id"], group["id"])

        changed = alice.http.call("PATCH", path, {"title": "Orchestra"})
        self.assertEqual((changed.status, changed.json["title"], changed.json["metadata"]), (200, "Orchestra", {"k": 1}))
        self.assertEqual(peer.expect("conversation_updated")["conversation"]["title"], "Orchestra")

        added = alice.http.post(f"{path}/members", {"user_id": carol.id})
        self.assertEqual((added.status, added.json["user_id"], added.json["role"]), (200, carol.id, "member"))
        self.assertEqual(peer.expect("member_added")["member"]["user_id"], carol.id)
        third.until(lambda frame: frame["type"] in ("member_added", "conversation_created"))
        raised = alice.http.post(f"{path}/members", {"user_id": carol.id, "role": "admin"})
        self.assertEqual(raised.json["role"], "admin")
        self.assertEqual(peer.expect("member_updated")["member"]["role"], "admin")
        members = bob.http.get(f"{path}/members").json["members"]
        self.assertEqual([member["user_id"] for member in members], [alice.id, bob.id, carol.id])

        self.assertEqual(alice.http.call("DELETE", f"{path}/members/{bob.id}").status, 204)
        for other in (third, peer):
            self.assertEqual(other.expect("member_removed")["user_id"], bob.id)
        self.assert_http_error(bob.http.get(path), 404, "not_found")
        client.say("without bob", conversation_id=group["id"])
        third.message("without bob")
        self.assertEqual(carol.http.call("DELETE", f"{path}/members/{carol.id}").status, 204)

        self.assertEqual(alice.http.call("DELETE", path).status, 204)
        self.assertEqual(client.expect("conversation_deleted")["conversation_id"], group["id"])
        self.assert_http_error(alice.http.get(path), 404, "not_found")
        self.assertEqual(peer.ask("ping")["type"], "pong")
        self.assertEqual(peer.seen("message"), [])

    def test_a_removed_member_gets_nothing_more_and_may_do_nothing_more(self):
        alice, bob = self.user("alice"), self.user("bob")
        client, peer = alice.connect(), bob.connect()
        group = self.group(alice, bob)
        peer.expect("conversation_created")
        message = peer.say("still in", conversation_id=group)
        alice.http.call("DELETE", f"{API}/conversations/{group}/members/{bob.id}")
        peer.expect("member_removed")
        client.say("secret", conversation_id=group)
        self.assert_error(peer.request("message", conversation_id=group, message="hello?"), "not_found")
        self.assert_error(peer.request("message_edit", message_id=message["id"], message="x"), "not_found")
        direct = client.say("fence", receiver_id=bob.id)
        peer.message("fence")
        self.assertEqual(peer.seen("message"), [])
        self.assertNotEqual(direct["conversation_id"], group)

    def test_who_may_do_what_to_a_group(self):
        alice, bob, carol = self.user("alice"), self.user("bob"), self.user("carol")
        path = f"{API}/conversations/{self.group(alice, bob, carol)}"
        self.assert_http_error(bob.http.call("PATCH", path, {"title": "Mine"}), 403, "forbidden")
        self.assert_http_error(bob.http.call("DELETE", path), 403, "forbidden")
        self.assert_http_error(bob.http.post(f"{path}/members", {"user_id": "eve"}), 403, "forbidden")
        self.assert_http_error(bob.http.call("DELETE", f"{path}/members/{carol.id}"), 403, "forbidden")
        stranger = self.user("stranger").http
        for method, tail, body in (
            ("GET", "", None), ("PATCH", "", {"title": "x"}), ("DELETE", "", None), ("GET", "/members", None),
            ("POST", "/members", {"user_id": "x"}), ("GET", "/messages", None), ("POST", "/messages", {"message": "x"}),
            ("POST", "/read", {}),
        ):  # fmt: skip
            with self.subTest(f"{method} {tail}"):
                self.assert_http_error(stranger.call(method, path + tail, body), 404, "not_found")

    def test_a_direct_conversation_is_opened_once(self):
        alice, bob = self.user("alice"), self.user("bob")
        body = {"kind": "direct", "member_ids": [bob.id]}
        first = alice.http.post(f"{API}/conversations", body).json
        self.assertEqual(first["kind"], "direct")
        again = bob.http.post(f"{API}/conversations", {"kind": "direct", "member_ids": [alice.id]}).json
        self.assertEqual(again["id"], first["id"])

    def test_the_list_shows_the_most_recently_active_first_and_pages(self):
        alice = self.user("alice")
        client = alice.connect()
        others = [self.user(f"other{n}") for n in range(5)]
        ids = [client.say(f"to {n}", receiver_id=other.id)["conversation_id"] for n, other in enumerate(others)]
        client.say("again", conversation_id=ids[0])
        seen, cursor = [], ""
        while cursor is not None:
            page = alice.http.get(f"{API}/conversations?limit=2{cursor}").json
            seen += page["conversations"]
            cursor = page["next_cursor"] and "&cursor=" + quoted(page["next_cursor"])
        self.assertEqual([conversation["id"] for conversation in seen], [ids[0], *reversed(ids[1:])])
        self.assertEqual(seen[0]["last_message"]["message"], "again")

    def test_one_conversation_as_a_member_sees_it(self):
        alice, client, bob, peer, conversation = self.pair()
        seen = bob.http.get(f"{API}/conversations/{conversation}").json
        self.assertEqual((seen["id"], seen["kind"], seen["last_seq"]), (conversation, "direct", 1))
        self.assertEqual((seen["unread"], seen["last_read_seq"], seen["member_count"]), (1, 0, 2))
        self.assertEqual({member["name"] for member in seen["members"]}, {"Alice", "Bob"})


class Messages(TuttiTest):
    """Messages over HTTP, and what the others see."""

    def test_posting(self):
        alice, client, bob, peer, conversation = self.pair()
        reply = alice.http.post(f"{API}/conversations/{conversation}/messages", {"message": "by post", "client_id": "p"})
        self.assertEqual(reply.status, 201)
        message = reply.json["message"]
        self.assertEqual((message["message"], message["client_id"], reply.json["duplicate"]), ("by post", "p", False))
        for other in (client, peer):
            self.assertEqual(other.message("by post")["message"], message)

    def test_paging(self):
        alice, client, bob, peer, conversation = self.pair()
        ids = [peer.say(f"m{n}", conversation_id=conversation)["id"] for n in range(6)]
        path = f"{API}/conversations/{conversation}/messages"

        def page(query):
            body = alice.http.get(path + query).json
            return [message["id"] for message in body["messages"]], body["has_more"]

        self.assertEqual(page("?limit=3"), (ids[:2:-1], True))
        self.assertEqual(page(f"?limit=2&before_id={ids[3]}"), ([ids[2], ids[1]], True))
        self.assertEqual(page(f"?limit=2&after_id={ids[1]}"), ([ids[3], ids[2]], True))
        self.assertEqual(page(f"?limit=3&around_id={ids[2]}")[0], [ids[3], ids[2], ids[1]])
        self.assertEqual(len(page("")[0]), 7)
        self.assert_http_error(alice.http.get(path + "?limit=101"), 422, "validation_failed")
        self.assert_http_error(alice.http.get(path + "?limit=0"), 422, "validation_failed")
        self.assert_http_error(alice.http.get(path + "?limit=many"), 400, "invalid_request")

    def test_the_path_of_the_seeds(self):
        alice, client, bob, peer, conversation = self.pair()
        ids = [client.say(f"m{n}", conversation_id=conversation)["id"] for n in range(3)]
        for slash in ("/", ""):
            with self.subTest(slash=slash):
                path = f"{API}/communication/chats/conversation/{bob.id}{slash}"
                body = alice.http.get(f"{path}?limit=2").json
                self.assertEqual([message["id"] for message in body["messages"]], [ids[2], ids[1]])
                self.assertIs(body["has_more"], True)
                body = alice.http.get(f"{path}?before_id={ids[0]}&limit=20").json
                self.assertEqual([message["message"] for message in body["messages"]], ["first words"])
                self.assertIs(body["has_more"], False)
        back = bob.http.get(f"{API}/communication/chats/conversation/{alice.id}/").json
        self.assertEqual(len(back["messages"]), 4)

    def test_editing_and_deleting(self):
        alice, client, bob, peer, conversation = self.pair()
        id_ = client.say("draft", conversation_id=conversation)["id"]
        edited = alice.http.call("PATCH", f"{API}/messages/{id_}", {"message": "final"})
        self.assertEqual(edited.status, 200)
        for other in (client, peer):
            self.assertEqual(other.expect("message_edited")["message"]["message"], "final")
        self.assert_http_error(bob.http.call("PATCH", f"{API}/messages/{id_}", {"message": "x"}), 403, "forbidden")
        self.assert_http_error(bob.http.call("DELETE", f"{API}/messages/{id_}"), 403, "forbidden")
        self.assertIn(alice.http.call("DELETE", f"{API}/messages/{id_}").status, (200, 204))
        for other in (client, peer):
            self.assertEqual(other.expect("message_deleted")["message_id"], id_)
        self.assert_http_error(alice.http.call("PATCH", f"{API}/messages/{id_}", {"message": "x"}), 409, "conflict")
        self.assert_http_error(alice.http.call("DELETE", f"{API}/messages/1"), 404, "not_found")

    def test_reactions(self):
        alice, client, bob, peer, conversation = self.pair()
        id_ = client.say("news", conversation_id=conversation)["id"]
        emoji = "\u2764\ufe0f"
        path = f"{API}/messages/{id_}/reactions/{quoted(emoji)}"
        self.assertEqual(bob.http.call("PUT", path).status, 200)
        for other in (client, peer):
            push = other.expect("reaction_added")
            self.assertEqual((push["user_id"], push["emoji"], push["message_id"]), (bob.id, emoji, id_))
        self.assertEqual(bob.http.call("DELETE", path).status, 200)
        client.expect("reaction_removed", emoji=emoji)

    def test_reading(self):
        alice, client, bob, peer, conversation = self.pair()
        ids = [client.say(f"m{n}", conversation_id=conversation)["id"] for n in range(3)]
        path = f"{API}/conversations/{conversation}/read"
        self.assertIn(bob.http.post(path, {"message_id": ids[0]}).status, (200, 204))
        self.assertEqual(client.expect("read_receipt")["last_read_id"], ids[0])
        self.assertEqual(bob.http.get(f"{API}/unread").json["total"], 2)
        self.assertIn(bob.http.post(path).status, (200, 204))
        self.assertEqual(client.expect("read_receipt")["last_read_id"], ids[2])
        self.assertEqual(bob.http.get(f"{API}/unread").json["total"], 0)


class Idempotency(TuttiTest):
    """`Idempotency-Key` on `POST`."""

    def test_the_same_request_again_gives_the_first_answer(self):
        alice, client, bob, peer, conversation = self.pair()
        path = f"{API}/conversations/{conversation}/messages"
        first = alice.http.post(path, {"message": "once"}, Idempotency_Key="k1")
        again = alice.http.post(path, {"message": "once"}, Idempotency_Key="k1")
        self.assertEqual((first.status, again.status), (201, 201))
        self.assertEqual(first.json["message"], again.json["message"])
        peer.say("fence", conversation_id=conversation)
        client.message("fence")
        self.assertEqual([frame["message"]["message"] for frame in client.seen("message")], ["once"])

    def test_the_same_key_with_another_body_is_a_conflict(self):
        alice, client, bob, peer, conversation = self.pair()
        path = f"{API}/conversations/{conversation}/messages"
        alice.http.post(path, {"message": "one"}, Idempotency_Key="k")
        reply = alice.http.post(path, {"message": "two"}, Idempotency_Key="k")
        self.assert_http_error(reply, 409, "conflict")

    def test_a_key_is_its_users_own_and_its_paths_own(self):
        alice, client, bob, peer, conversation = self.pair()
        path = f"{API}/conversations/{conversation}/messages"
        self.assertEqual(alice.http.post(path, {"message": "hers"}, Idempotency_Key="k").status, 201)
        self.assertEqual(bob.http.post(path, {"message": "his"}, Idempotency_Key="k").status, 201)
        self.assertEqual(bob.http.post(f"{API}/conversations/{conversation}/read", {}, Idempotency_Key="k").status, 200)

    def test_a_group_is_created_once(self):
        alice = self.user("alice")
        body = {"title": "Once", "member_ids": [self.user("bob").id]}
        first = alice.http.post(f"{API}/conversations", body, Idempotency_Key="g")
        again = alice.http.post(f"{API}/conversations", body, Idempotency_Key="g")
        self.assertEqual(first.json["id"], again.json["id"])
        self.assertEqual(len(alice.http.get(f"{API}/conversations").json["conversations"]), 1)


class Errors(TuttiTest):
    """What HTTP answers to what it cannot do."""

    def test_every_error_names_its_request(self):
        user = self.user()
        replies = [
            user.http.get(f"{API}/no/such/route"),
            user.http.get(f"{API}/conversations/1"),
            user.http.post(f"{API}/conversations", b"{"),
            user.http.post(f"/api/v1/users/{user.id}/revoke"),
        ]
        ids = {reply.error.get("request_id") for reply in replies}
        self.assertNotIn(None, ids, "HTTP errors carry `request_id`")
        self.assertEqual(len(ids), len(replies))

    def test_bodies_that_cannot_be_read(self):
        alice, client, bob, peer, conversation = self.pair()
        path = f"{API}/conversations/{conversation}/messages"
        for body, status, code, field in (
            (b"{", 400, "invalid_request", None),
            (b"\xff\xfe", 400, "invalid_request", None),
            (b"[]", 400, "invalid_request", None),
            ({}, 400, "invalid_request", "message"),
            ({"message": 7}, 400, "invalid_request", "message"),
            ({"message": ""}, 422, "validation_failed", "message"),
            ({"message": "x" * 5001}, 422, "validation_failed", "message"),
        ):
            with self.subTest(body=str(body)[:40]):
                reply = alice.http.post(path, body)
                self.assert_http_error(reply, status, code)
                if field:
                    self.assertEqual(reply.error["details"]["field"], field)
        self.assertEqual(reply.error["details"]["limit"], 5000)
        client.say("all is well", conversation_id=conversation)
        peer.message("all is well")

    def test_a_body_over_the_limit(self):
        alice, client, bob, peer, conversation = self.pair()
        reply = alice.http.post(f"{API}/conversations/{conversation}/messages", {"message": "x" * 70_000})
        self.assert_http_error(reply, 413, "payload_too_large")

    def test_paths_and_methods_that_are_not_there(self):
        http = self.user().http
        self.assert_http_error(http.get(f"{API}/nothing"), 404, "not_found")
        self.assert_http_error(http.get(f"{API}/conversations/1"), 404, "not_found")
        wrong = http.call("PUT", f"{API}/conversations")
        self.assertIn(wrong.status, (400, 405))
        self.assertEqual(wrong.error["code"], "invalid_request")

    def test_ids_that_are_no_ids(self):
        http = self.user().http
        for path in ("/conversations/abc", "/conversations/-1", "/conversations/abc/messages", "/messages/abc"):
            with self.subTest(path):
                reply = http.call("DELETE" if path.startswith("/messages") else "GET", API + path)
                self.assertIn(reply.status, (400, 404), reply.body)
                self.assertIn(reply.error["code"], ("invalid_request", "not_found"))


class RateLimits(TuttiTest):
    """Too many requests, on both sides."""

    settings = {"LIMITS__MESSAGE": "3/60s"}

    def test_over_http_with_retry_after(self):
        alice, client, bob, peer, conversation = self.pair()
        path = f"{API}/conversations/{conversation}/messages"
        replies = [alice.http.post(path, {"message": f"m{n}"}) for n in range(3)]
        self.assertEqual([reply.status for reply in replies], [201, 201, 429])
        self.assert_http_error(replies[-1], 429, "rate_limited")
        error = replies[-1].error
        self.assertIs(error["retryable"], True)
        self.assertGreater(error["retry_after_ms"], 0)
        seconds = int(replies[-1].headers["Retry-After"])
        self.assertGreaterEqual(seconds * 1000, error["retry_after_ms"])
        peer.say("others go on", conversation_id=conversation)
        client.message("others go on")

    def test_over_the_web_socket(self):
        alice, client, bob, peer, conversation = self.pair()
        replies = [client.request("message", conversation_id=conversation, message=f"m{n}") for n in range(3)]
        self.assertEqual([reply["type"] for reply in replies], ["message_sent", "message_sent", "error"])
        self.assert_error(replies[-1], "rate_limited")
        self.assertIs(replies[-1]["retryable"], True)
        self.assertGreater(replies[-1]["retry_after_ms"], 0)
        self.assertEqual(client.ask("ping")["type"], "pong")
        peer.say("others go on", conversation_id=conversation)
        client.message("others go on")


class FrameRate(TuttiTest):
    """Too many frames of any kind."""

    settings = {"LIMITS__FRAME": "5/60s"}

    def test_frames_are_counted_over_all_connections(self):
        user, other = self.user(), self.user("other")
        first, second = user.connect(), user.connect()
        replies = [client.request("ping") for client in (first, second) * 3]
        self.assertEqual([reply["type"] for reply in replies], ["pong"] * 5 + ["error"])
        self.assert_error(replies[-1], "rate_limited")
        self.assertGreater(replies[-1]["retry_after_ms"], 0)
        self.assertEqual(other.connect().ask("ping")["type"], "pong")


class RetryAfter(TuttiTest):
    """How long to wait is the truth."""

    settings = {"LIMITS__MESSAGE": "2/2s"}

    def test_after_that_time_it_works(self):
        alice, client, bob, peer, conversation = self.pair()
        client.say("second", conversation_id=conversation)
        refused = client.request("message", conversation_id=conversation, message="third", client_id="c")
        self.assert_error(refused, "rate_limited")
        self.assertLessEqual(refused["retry_after_ms"], 2000)
        time.sleep(refused["retry_after_ms"] / 1000)
        sent = client.ask("message", conversation_id=conversation, message="third", client_id="c")
        self.assertIs(sent["duplicate"], False)
