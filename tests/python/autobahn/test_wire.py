"""The reader of these tests is strict: what a server must not send, it refuses. Without that the chapters would prove
little."""

import socket
import unittest

from .deflate import OFFER, Wrong, agreed
from .wire import Frame, Message, Violation, Wire, masked

HELLO = b"\x81\x05Hello"
DEFLATED = b"\xf2\x48\xcd\xc9\xc9\x07\x00"
"""The example of RFC 7692, section 7.2.3.1."""


class Reader(unittest.TestCase):
    """Bytes as a server might send them."""

    def read(self, data, deflate=None):
        """All that the reader makes of these bytes, with the end; `deflate` are the parameters that were agreed to."""
        server, client = socket.socketpair()
        wire = Wire(client)
        wire.deflate = deflate
        self.addCleanup(client.close)
        with server:
            server.sendall(data)
        messages = [wire.receive()]
        while messages[-1].kind != "end":
            messages.append(wire.receive())
        return messages

    def test_good_frames_are_read(self):
        """Each kind, and fragments."""
        data = HELLO + b"\x02\x01a\x80\x01b" + b"\x8a\x00" + b"\x82\x7e\x00\x7e" + bytes(126) + b"\x88\x02\x03\xe8"
        kinds = [Message("text", b"Hello"), Message("binary", b"ab"), Message("pong"), Message("binary", bytes(126))]
        self.assertEqual(self.read(data), [*kinds, Message("close", b"\x03\xe8"), Message("end")])

    def test_bad_frames_are_refused(self):
        """One violation each."""
        for what, data in (
            ("masked", b"\x81\x81\x00\x00\x00\x00a"),
            ("reserved bit", b"\xc1\x00"),
            ("reserved opcode", b"\x83\x00"),
            ("reserved control opcode", b"\x8b\x00"),
            ("two bytes of length for five", b"\x81\x7e\x00\x05Hello"),
            ("eight bytes of length for five", b"\x81\x7f" + bytes(7) + b"\x05Hello"),
            ("length over 63 bits", b"\x82\x7f\xff" + bytes(7)),
            ("ping in fragments", b"\x09\x00"),
            ("ping of 126 bytes", b"\x89\x7e\x00\x7e" + bytes(126)),
            ("continuation of nothing", b"\x80\x01a"),
            ("message in a message", b"\x01\x01a" + HELLO),
            ("text that is not UTF-8", b"\x81\x01\xff"),
            ("half a close code", b"\x88\x01\x03"),
            ("reason that is not UTF-8", b"\x88\x03\x03\xe8\xff"),
            ("something after the close", b"\x88\x00" + HELLO),
            ("half a frame", HELLO[:4]),
            ("half a message", b"\x01\x01a"),
        ):
            with self.subTest(what):
                self.assertRaises(Violation, self.read, data)

    def test_compressed_messages_are_read(self):
        """The examples of RFC 7692, section 7.2.3: whole, in fragments, as it is, as a final block."""
        data = b"\xc1\x07" + DEFLATED + b"\x41\x03" + DEFLATED[:3] + b"\x80\x04" + DEFLATED[3:] + HELLO
        data += b"\xc1\x0b\x00\x05\x00\xfa\xffHello\x00" + b"\xc1\x08\xf3" + DEFLATED[1:] + b"\x00" + b"\xc1\x01\x00"
        messages = self.read(data, {})
        self.assertEqual([message.payload for message in messages], [b"Hello"] * 5 + [b""] * 2)
        self.assertEqual([message.compressed for message in messages], [True, True, False, True, True, True, False])

    def test_bad_compressed_messages_are_refused(self):
        """One violation each; all without an agreement."""
        good = b"\xc1\x07" + DEFLATED
        self.assertRaises(Violation, self.read, good)
        for what, data in (
            ("another reserved bit too", b"\xe1" + good[1:]),
            ("a ping", b"\xc9\x00"),
            ("a close", b"\xc8\x00"),
            ("a continuation", b"\x41" + good[1:] + b"\xc0\x00"),
            ("a message that leans on the one before", good + b"\xc1\x05\xf2\x00\x11\x00\x00"),
            ("a message that ends inside a block", b"\xc1\x05" + DEFLATED[:5]),
            ("text that is not compressed", b"\xc1\x05Hello"),
            ("text that is not UTF-8", b"\xc1\x07\x00\x01\x00\xfe\xff\xff\x00"),
        ):
            with self.subTest(what):
                self.assertRaises(Violation, self.read, data, {})

    def test_an_answer_fits_an_offer(self):
        """Section 7.1: what an answer may say."""
        both = f"{OFFER}; server_max_window_bits=9, {OFFER}; server_no_context_takeover"
        for offers, answer in (
            (OFFER, OFFER),
            (OFFER, f"{OFFER}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9"),
            (f"{OFFER}; client_max_window_bits", f"{OFFER}; client_max_window_bits=10"),
            (f"{OFFER}; server_max_window_bits=15", f"{OFFER}; server_max_window_bits=15"),
            (both, f"{OFFER}; server_no_context_takeover"),
            (both, f"{OFFER}; server_max_window_bits=8"),
        ):
            with self.subTest(offers=offers, answer=answer):
                agreed(offers, answer)
        for offers, answer in (
            (OFFER, f"{OFFER}, {OFFER}"),
            (OFFER, "permessage-bzip2"),
            (OFFER, f"{OFFER}; surprise"),
            (OFFER, f"{OFFER}; server_no_context_takeover=1"),
            (OFFER, f"{OFFER}; server_max_window_bits"),
            (OFFER, f"{OFFER}; server_max_window_bits=16"),
            (OFFER, f"{OFFER}; client_max_window_bits=15"),
            (OFFER, f"{OFFER}; client_no_context_takeover; client_no_context_takeover"),
            (f"{OFFER}; server_max_window_bits=10", f"{OFFER}; server_max_window_bits=11"),
            (f"{OFFER}; server_max_window_bits=15", OFFER),
            (both, OFFER),
        ):
            with self.subTest(offers=offers, answer=answer):
                self.assertRaises(Wrong, agreed, offers, answer)

    def test_the_mask_is_the_one_of_the_rfc(self):
        """The example of section 5.7."""
        self.assertEqual(masked(b"Hello", b"\x37\xfa\x21\x3d"), b"\x7f\x9f\x4d\x51\x58")
        frame = Frame(1, b"Hello").encode()
        self.assertEqual((frame[:2], masked(frame[6:], frame[2:6])), (b"\x81\x85", b"Hello"))
