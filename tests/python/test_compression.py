"""permessage-deflate (RFC 7692) as an independent stack negotiates, sends and reads it."""

from tutti_client import MSGPACK
from tutti_server import TuttiTest

LONG = "It was the best of times, it was the worst of times. " * 60
"""Compresses well, and is long enough to be worth it."""


class Compression(TuttiTest):
    """Connections that offer it, beside some that do not."""

    def agreed(self, client):
        """The extensions in the server's answer."""
        return client.socket.response.headers.get("Sec-WebSocket-Extensions")

    def test_who_offers_gets_it_without_context_takeover(self):
        client = self.user("alice").connect(compression="deflate")
        answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        self.assertEqual(self.agreed(client), answer)
        self.assertIsNone(self.agreed(self.user("bob").connect()))

    def test_long_and_short_messages_arrive_whole_in_both_codecs_and_for_those_without(self):
        alice, bob, carol = self.user("alice"), self.user("bob"), self.user("carol")
        client = alice.connect(compression="deflate")
        group = self.group(alice, bob, carol)
        readers = [
            bob.connect(compression="deflate"),
            bob.connect(compression="deflate", subprotocol=MSGPACK),
            carol.connect(),
        ]
        for text in [LONG, "short", LONG + "again"]:
            sent = client.ask("message", conversation_id=group, message=text)["message"]
            self.assertEqual(sent["message"], text)
            for reader in readers:
                self.assertEqual(reader.message(text)["message"], sent)

    def test_a_compressed_message_that_grows_over_the_limit_is_closed_with_1009(self):
        client = self.user("alice").connect(compression="deflate")
        client.send("message", receiver_id="bob", message="x" * 1_000_000)
        self.assertEqual(client.closed().code, 1009)
