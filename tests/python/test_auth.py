"""Who gets in, by every way in, and who is sent away: tokens good, bad, expired, revoked."""

import base64
import json
import time

from raw_socket import RawSocket
from tutti_client import Closed, Http, sign
from tutti_server import SECRET, TuttiTest


class Upgrade(TuttiTest):
    """The token in the upgrade request or in the first frame."""

    settings = {"SERVER__ALLOWED_ORIGINS": "https://app.example"}

    def refused(self, client):
        """The client is told why, then closed with 4001."""
        frame = client.receive()
        self.assertEqual(frame["type"], "error")
        self.assertEqual(client.closed().code, 4001)
        return frame

    def test_the_authorization_header(self):
        user = self.user()
        for scheme in ("Bearer", "bearer", "Token"):
            with self.subTest(scheme):
                client = self.connect(headers={"Authorization": f"{scheme} {user.token}"})
                self.assertEqual(client.welcome["user"]["id"], user.id)

    def test_the_cookie(self):
        user = self.user()
        client = self.connect(headers={"Cookie": f"theme=dark; tutti_token={user.token}"})
        self.assertEqual(client.welcome["user"]["id"], user.id)

    def test_the_cookie_from_a_page_of_ours_or_an_allowed_one(self):
        user = self.user()
        for origin in (self.server.url, "https://app.example"):
            with self.subTest(origin):
                client = self.connect(headers={"Cookie": f"tutti_token={user.token}", "Origin": origin})
                self.assertEqual(client.welcome["user"]["id"], user.id)

    def test_the_cookie_from_any_other_page_is_refused(self):
        user = self.user()
        for origin in ("https://evil.example", "http://app.example", "https://app.example.evil.example", "null"):
            with self.subTest(origin):
                client = self.open(headers={"Cookie": f"tutti_token={user.token}", "Origin": origin})
                self.assert_error(self.refused(client), "forbidden")

    def test_the_cookie_over_http_follows_the_same_rule(self):
        user = self.user()
        http = Http(self.server.url)
        cookie = f"tutti_token={user.token}"
        self.assertEqual(http.get("/api/v1/unread", Cookie=cookie).status, 200)
        self.assertEqual(http.get("/api/v1/unread", Cookie=cookie, Origin="https://app.example").status, 200)
        refused = http.get("/api/v1/unread", Cookie=cookie, Origin="https://evil.example")
        self.assert_http_error(refused, 403, "forbidden")

    def test_the_query_string(self):
        user = self.user()
        client = self.connect(path=f"/ws?token={user.token}")
        self.assertEqual(client.welcome["user"]["id"], user.id)

    def test_the_first_frame(self):
        user = self.user()
        client = self.connect(auth=user.token)
        self.assertEqual(client.welcome["user"]["id"], user.id)

    def test_the_first_that_is_present_counts(self):
        header, cookie, query = self.user("header"), self.user("cookie"), self.user("query")
        path = f"/ws?token={query.token}"
        with_cookie = {"Cookie": f"tutti_token={cookie.token}"}
        all_three = self.connect(path=path, token=header.token, headers=with_cookie)
        self.assertEqual(all_three.welcome["user"]["id"], header.id)
        self.assertEqual(self.connect(path=path, headers=with_cookie).welcome["user"]["id"], cookie.id)
        # A bad one is not passed over for a good one further down.
        self.assert_error(self.refused(self.open(path=path, token="not.a.token")), "unauthenticated")

    def test_a_bad_token_is_refused_wherever_it_stands(self):
        self.assert_error(self.refused(self.open(token="not.a.token")), "unauthenticated")
        self.assert_error(self.refused(self.open(path="/ws?token=bad")), "unauthenticated")
        self.assert_error(self.refused(self.open(auth="bad")), "unauthenticated")

    def test_another_frame_before_auth_is_refused(self):
        client = self.open()
        client.send("ping")
        self.assert_error(self.refused(client), "unauthenticated")

    def test_what_is_no_frame_before_auth_is_refused(self):
        client = self.open()
        client.send_raw("hello?")
        self.refused(client)

    def test_never_authenticating_is_closed_after_five_seconds(self):
        began = time.monotonic()
        raw = RawSocket(self.server.url)
        self.addCleanup(raw.close)
        self.assertEqual(raw.close_code(), 4001)
        self.assertGreater(time.monotonic() - began, 4.5)
        self.assertLess(time.monotonic() - began, 7)

    def test_the_sixth_connection_of_a_user_is_refused(self):
        user = self.user()
        first = [user.connect() for _ in range(5)]
        sixth = self.open(token=user.token)
        self.assertEqual(sixth.closed().code, 4029)
        for client in first:
            self.assertEqual(client.ask("ping")["type"], "pong")
        first[0].close()
        self.eventually(lambda: not self.is_refused(user), what="the place becoming free")
        self.user("other").connect()

    def is_refused(self, user):
        client = self.open(token=user.token)
        try:
            client.greet()
        except Closed:
            return True
        return False


class Tokens(TuttiTest):
    """Which tokens are believed."""

    def status(self, token):
        return Http(self.server.url, token).get("/api/v1/unread").status

    def test_both_schemes_over_http(self):
        user = self.user()
        for scheme in ("Bearer", "Token"):
            with self.subTest(scheme):
                self.assertEqual(Http(self.server.url, user.token, scheme).get("/api/v1/unread").status, 200)
        self.assertEqual(Http(self.server.url, user.token, "Basic").get("/api/v1/unread").status, 401)

    def test_no_token_over_http(self):
        reply = Http(self.server.url).get("/api/v1/unread")
        self.assert_http_error(reply, 401, "unauthenticated")
        self.assertIn("Bearer", reply.headers["WWW-Authenticate"])

    def test_what_is_not_ours_is_not_believed(self):
        now = int(time.time())
        good = self.token("mallory")
        head, body, mark = good.split(".")
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
        other_body = base64.urlsafe_b64encode(json.dumps({"sub": "root", "exp": now + 60}).encode()).decode().rstrip("=")
        self.assertEqual(self.status(good), 200)
        for what, token in {
            "another secret": self.token("mallory", secret="x" * 40),
            "no signature": f"{none}.{body}.",
            "another body": f"{head}.{other_body}.{mark}",
            "expired": self.token("mallory", ttl=-5),
            "no text": "",
            "noise": "a.b.c",
        }.items():
            with self.subTest(what):
                self.assertEqual(self.status(token), 401)

    def test_a_token_needs_an_end_and_a_subject(self):
        self.assertEqual(self.status(sign(SECRET, sub="mallory")), 401)
        self.assertEqual(self.status(sign(SECRET, exp=int(time.time()) + 60)), 401)

    def test_a_name_is_optional(self):
        client = self.connect(token=self.token("nameless"))
        self.assertEqual(client.welcome["user"], {"id": "nameless", "name": None})

    def test_the_command_line_issues_tokens(self):
        asked = ["--user", "cli", "--name", "Command Line", "--ttl", "1h"]
        printed = self.server.command("token", *asked, "--data-dir", self.server.data_dir)
        self.assertEqual(len(printed.split()), 1, "the token alone")
        client = self.connect(token=printed.strip())
        self.assertEqual(client.welcome["user"], {"id": "cli", "name": "Command Line"})

    def test_a_development_server_signs_in_by_name(self):
        reply = Http(self.server.url).post("/api/v1/dev/token", {"name": "Zoë"})
        self.assertEqual(reply.status, 200)
        client = self.connect(token=reply.json["token"])
        self.assertEqual(client.welcome["user"]["name"], "Zoë")

    def test_an_expired_token_closes_with_4003_at_the_next_frame(self):
        user = self.user()
        client = self.connect(token=user.fresh_token(ttl=1))
        self.eventually(lambda: self.status(client_token(client)) == 401, what="the token expiring")
        client.send("ping")
        self.assertEqual(client.closed().code, 4003)

    def test_a_fresh_auth_frame_keeps_the_connection(self):
        user = self.user()
        short = user.fresh_token(ttl=2)
        client = self.connect(token=short)
        reply = client.ask("auth", token=user.fresh_token(ttl=600))
        self.assertEqual(reply["type"], "auth_ok")
        self.assertIn("expires_at", reply)
        self.eventually(lambda: self.status(short) == 401, what="the first token expiring")
        self.assertEqual(client.ask("ping")["type"], "pong")

    def test_a_bad_or_foreign_fresh_token_changes_nothing(self):
        user, other = self.user(), self.user("other")
        client = user.connect()
        self.assert_error(client.request("auth", token="not.a.token"), "unauthenticated")
        self.assert_error(client.request("auth", token=other.token), "forbidden")
        sent = client.say("still me", receiver_id=other.id)
        self.assertEqual(sent["sender_id"], user.id)

    def test_logout_closes_in_good_order(self):
        client = self.user().connect()
        client.send("logout")
        self.assertEqual(client.closed().code, 1000)


def client_token(client):
    """The token a connection was opened with."""
    return client.socket.request.headers["Authorization"].split()[1]


class Revocation(TuttiTest):
    """Revoking what was issued."""

    def test_an_operator_revokes_and_the_connections_end(self):
        operator, user, other = self.user("operator", roles=["operator"]), self.user(), self.user("other")
        clients = [user.connect(), user.connect()]
        bystander = other.connect()
        self.assertEqual(operator.http.post(f"/api/v1/users/{user.id}/revoke").status, 204)
        for client in clients:
            self.assertEqual(client.closed().code, 4004)
        self.assert_http_error(user.http.get("/api/v1/unread"), 401, "unauthenticated")
        again = self.open(token=user.token)
        self.assert_error(again.receive(), "unauthenticated")
        self.assertEqual(again.closed().code, 4001)
        self.assertEqual(bystander.ask("ping")["type"], "pong")
        # What is issued from now on is good again.
        fresh = lambda: Http(self.server.url, user.fresh_token()).get("/api/v1/unread").status == 200  # noqa: E731
        self.eventually(fresh, what="a fresh token being believed")

    def test_nobody_else_may(self):
        user, other = self.user(), self.user("other")
        self.assert_http_error(user.http.post(f"/api/v1/users/{other.id}/revoke"), 403, "forbidden")
        self.assertEqual(other.connect().ask("ping")["type"], "pong")
