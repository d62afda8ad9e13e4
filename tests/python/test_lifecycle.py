"""The process: health, metrics, documents, the end by signal, and what outlives it."""

from tutti_client import Http
from tutti_server import TuttiTest


class Operation(TuttiTest):
    """What operators and their machines ask for."""

    def test_health(self):
        http = Http(self.server.url)
        self.assertEqual(http.get("/health/live").status, 200)
        ready = http.get("/health/ready")
        self.assertEqual(ready.status, 200)
        self.assertIn("store", ready.json["dependencies"])

    def test_metrics(self):
        client = self.user().connect()
        self.assertEqual(client.ask("ping")["type"], "pong")
        reply = Http(self.server.url).get("/metrics")
        self.assertEqual(reply.status, 200)
        samples = [line for line in reply.body.decode().splitlines() if line and not line.startswith("#")]
        self.assertTrue(samples)
        for line in samples:
            float(line.rsplit(" ", 1)[1])
        self.assertTrue(all(line.startswith("tutti_") for line in samples), samples)

    def test_the_open_api_document_has_every_route_of_the_page(self):
        document = Http(self.server.url).get("/api/v1/openapi.json").json
        self.assertTrue(document["openapi"].startswith("3."))
        routes = {(method, path) for path, methods in document["paths"].items() for method in methods}
        paths = {path for _, path in routes}
        for method, path in (
            ("get", "/conversations"), ("post", "/conversations"), ("get", "/conversations/{id}"),
            ("patch", "/conversations/{id}"), ("delete", "/conversations/{id}"), ("post", "/conversations/{id}/members"),
            ("delete", "/conversations/{id}/members/{user}"), ("get", "/conversations/{id}/messages"),
            ("post", "/conversations/{id}/messages"), ("post", "/conversations/{id}/read"), ("patch", "/messages/{id}"),
            ("delete", "/messages/{id}"), ("put", "/messages/{id}/reactions/{emoji}"),
            ("delete", "/messages/{id}/reactions/{emoji}"), ("get", "/unread"), ("get", "/events"),
            ("get", "/events/poll"), ("post", "/commands"), ("get", "/communication/chats/conversation/{user_id}/"),
        ):  # fmt: skip
            with self.subTest(f"{method} {path}"):
                self.assertIn((method, "/api/v1" + path), routes, paths)

    def test_the_async_api_document_knows_the_frames(self):
        reply = Http(self.server.url).get("/api/v1/asyncapi.json")
        self.assertIn("asyncapi", reply.json)
        text = reply.body.decode()
        for type_ in ("message", "message_edit", "read_receipt_ok", "welcome", "presence_subscribe", "typing"):
            with self.subTest(type_):
                self.assertIn(f'"{type_}"', text)

    def test_the_console_is_served(self):
        reply = Http(self.server.url).get("/")
        self.assertEqual(reply.status, 200)
        self.assertIn("text/html", reply.headers["Content-Type"])


class Ending(TuttiTest):
    """The end of a server, and the next one on the same data."""

    def setUp(self):
        """Each test ends the server itself."""
        if self.server.process.poll() is not None:
            self.server.start()

    def test_sigterm_sends_clients_away_and_loses_nothing(self):
        alice, client, bob, peer, conversation = self.pair()
        events = bob.events()
        events.next()
        sent = client.say("before the end", conversation_id=conversation)
        since = peer.message("before the end")["event_id"]
        self.server.terminate()
        for other in (client, peer):
            self.assertEqual(other.closed(timeout=15).code, 4102)
        self.assertEqual(self.server.wait(), 0)
        self.server.start()
        back = bob.connect(since=since)
        self.assertIs(back.welcome["resumed"], True)
        self.assertEqual(back.ask("history", conversation_id=conversation)["messages"][0], sent)

    def test_what_was_acknowledged_survives_sigkill(self):
        alice, client, bob, peer, conversation = self.pair()
        for number in range(30):
            client.send("message", conversation_id=conversation, message=f"m{number}", client_id=f"c{number}", ref=number)
        acknowledged = [client.until(lambda frame: "ref" in frame)["message"]["id"] for _ in range(20)]
        self.server.kill()
        self.server.start()
        back = alice.connect()
        page = back.ask("history", conversation_id=conversation, limit=100)["messages"]
        stored = [message["id"] for message in reversed(page)]
        self.assertEqual(stored[1 : 1 + len(acknowledged)], acknowledged)
        self.assertEqual([message["seq"] for message in page], list(range(len(page), 0, -1)))
        again = [
            back.ask("message", conversation_id=conversation, message=f"m{n}", client_id=f"c{n}") for n in range(30)
        ]
        self.assertTrue(all(reply["duplicate"] for reply in again[:20]))
        page = back.ask("history", conversation_id=conversation, limit=100)["messages"]
        self.assertEqual([message["message"] for message in reversed(page)], ["first words"] + [f"m{n}" for n in range(30)])

    def test_a_port_that_is_taken_is_a_clear_error(self):
        other = type(self.server)(AUTH__SECRETS=self.server.settings["AUTH__SECRETS"])
        self.addCleanup(other.stop)
        other.port = self.server.port
        with self.assertRaisesRegex(AssertionError, str(self.server.port)):
            other.start()
