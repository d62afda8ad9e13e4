"""The reader of these tests is strict: what a server must not send, it refuses. Without that the chapters would prove
little."""

import socket
import unittest

from .wire import Frame, Message, Violation, Wire, masked

HELLO = b"\x81\x05Hello"


class Reader(unittest.TestCase):
    """Bytes as a server might send them."""

    def read(self, data):
        """All that the reader makes of these bytes, with the end."""
        server, client = socket.socketpair()
        wire = Wire(client)
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

    def test_the_mask_is_the_one_of_the_rfc(self):
        """The example of section 5.7."""
        self.assertEqual(masked(b"Hello", b"\x37\xfa\x21\x3d"), b"\x7f\x9f\x4d\x51\x58")
        frame = Frame(1, b"Hello").encode()
        self.assertEqual((frame[:2], masked(frame[6:], frame[2:6])), (b"\x81\x85", b"Hello"))
