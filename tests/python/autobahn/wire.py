"""RFC 6455 by hand over a plain socket: free in what it writes, strict in what it reads.

Nothing is sent that a case does not send: no pong, no closing handshake. What was compressed is read if that was agreed
to (`deflate.py`). What frames mean is left to `case.py`.
"""

import base64
import hashlib
import os
import socket
import struct
import urllib.parse
from dataclasses import dataclass, field

from . import deflate

MORE, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
NAMES = {MORE: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
RSV1 = 4
"""The reserved bit that marks a compressed message (RFC 7692)."""
PATIENCE = 10
"""Seconds to wait for anything."""


@dataclass(frozen=True)
class Frame:
    """A frame as a client sends it, right or wrong."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    reserved: int = 0

    def encode(self):
        """Its bytes, under a mask of its own."""
        length = len(self.payload)
        head = bytes([self.fin << 7 | self.reserved << 4 | self.opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65_536:
            head += struct.pack("!BH", 0x80 | 126, length)
        else:
            head += struct.pack("!BQ", 0x80 | 127, length)
        mask = os.urandom(4)
        return head + mask + masked(self.payload, mask)


def masked(payload, mask):
    """The payload under a mask; the other way round as well. By way of one great number, for speed."""
    length = len(payload)
    key = (mask * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")


def fragments(opcode, *parts, reserved=0):
    """A message in these fragments; the reserved bits are those of the first."""
    last = len(parts) - 1
    first = Frame(opcode, parts[0], fin=last == 0, reserved=reserved)
    return [first, *(Frame(MORE, part, fin=at == last) for at, part in enumerate(parts[1:], 1))]


def cut(payload, size):
    """A payload in parts of this size."""
    return [payload[at : at + size] for at in range(0, len(payload), size)]


class Violation(AssertionError):
    """The server broke the RFC."""


def require(truth, what):
    """Says what the server must not do."""
    if not truth:
        raise Violation(what)


def allowed(check, *values):
    """What the check makes of these, which the server may say."""
    try:
        return check(*values)
    except deflate.Wrong as wrong:
        raise Violation(str(wrong)) from None


@dataclass(frozen=True)
class Message:
    """Something whole that the server said: a message, a ping, a pong or a close; `end` and `reset` are the
    socket's."""

    kind: str
    payload: bytes = b""
    compressed: bool = field(default=False, compare=False)

    def __str__(self):
        """Short enough for a failure."""
        shown = self.payload if len(self.payload) < 300 else self.payload[:300] + b"..."
        return f"{self.kind} {shown!r}"

    @property
    def code(self):
        """The code of a close frame; none when it has none."""
        return struct.unpack("!H", self.payload[:2])[0] if self.payload else None


class Wire:
    """One upgraded connection."""

    def __init__(self, connected):
        """Over a socket that is connected and upgraded."""
        self.socket = connected
        self.socket.settimeout(PATIENCE)
        self.headers = {}
        self.deflate = None
        self._unread = bytearray()
        self._closed = False

    @classmethod
    def open(cls, url, token=None, **offers):
        """Connects and upgrades; without a token, as nobody yet."""
        address, port = urllib.parse.urlsplit(url).netloc.split(":")
        wire = cls(socket.create_connection((address, int(port)), PATIENCE))
        # What is written apart shall travel apart.
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.again = lambda: cls.open(url, token, **offers)
        try:
            wire.upgrade(f"{address}:{port}", token, **offers)
        except BaseException:
            wire.close()
            raise
        return wire

    def upgrade(self, host, token, subprotocol=None, extensions=None):
        """Asks for the upgrade, and checks the answer as section 4.1 says a client must."""
        key = base64.b64encode(os.urandom(16)).decode()
        asked = {
            "Host": host,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Protocol": subprotocol,
            "Sec-WebSocket-Extensions": extensions,
            "Authorization": token and f"Bearer {token}",
        }
        lines = [f"{name}: {value}" for name, value in asked.items() if value]
        self.socket.sendall("\r\n".join(["GET /ws HTTP/1.1", *lines, "", ""]).encode())
        status, self.headers = self.answer()
        require(status == 101, f"no upgrade: {status}")
        digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
        require(self.headers.get("upgrade", "").lower() == "websocket", "no upgrade to WebSocket")
        require(self.headers.get("connection", "").lower() == "upgrade", "no upgrade of the connection")
        require(self.headers.get("sec-websocket-accept") == base64.b64encode(digest).decode(), "a wrong accept")
        require(self.headers.get("sec-websocket-protocol") == subprotocol, "another sub-protocol than the one offered")
        if (answer := self.headers.get("sec-websocket-extensions")) is not None:
            require(extensions, "an extension nobody offered")
            self.deflate = allowed(deflate.agreed, extensions, answer)

    def answer(self):
        """The status and the headers of the answer to a request."""
        while b"\r\n\r\n" not in self._unread:
            require(self._fill(), "the socket ended in the middle of the answer")
        head, _, rest = bytes(self._unread).partition(b"\r\n\r\n")
        self._unread = bytearray(rest)
        status, *lines = head.decode("ascii").split("\r\n")
        pairs = [line.split(":", 1) for line in lines]
        return int(status.split()[1]), {name.strip().lower(): value.strip() for name, value in pairs}

    def _fill(self):
        data = self.socket.recv(262_144)
        self._unread += data
        return bool(data)

    def send(self, frames, chop=None):
        """Writes frames: in one go, `chop=0` frame by frame, else so many bytes at a time."""
        parts = [frame.encode() for frame in frames]
        if chop == 0:
            self.write(*parts)
        elif chop:
            self.write(*cut(b"".join(parts), chop))
        else:
            self.write(b"".join(parts))

    def write(self, *parts):
        """Writes bytes as they are, part by part. A server that has ended the connection meanwhile is no failure: what
        it said is still to be read."""
        for part in parts:
            try:
                self.socket.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                return

    def finish(self):
        """Says that nothing more will be written."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It is not connected any more.

    def silent(self):
        """Whether nothing has arrived that was not read."""
        if self._unread:
            return False
        self.socket.setblocking(False)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
            return False
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(PATIENCE)

    def receive(self):
        """The next thing that the server says."""
        try:
            frame = self._frame()
            if frame is None:
                return Message("end")
            if frame.opcode >= CLOSE:
                return self._control(frame)
            return self._data(frame)
        except ConnectionResetError:
            return Message("reset")

    def _data(self, first):
        require(first.opcode != MORE, "a continuation of nothing")
        payload, last, compressed = first.payload, first, bool(first.reserved)
        while not last.fin:
            last = self._frame()
            require(last is not None, "the socket ended in the middle of a message")
            require(last.opcode == MORE, "something else between fragments, which these tests do not provoke")
            payload += last.payload
        if compressed:
            payload = allowed(deflate.inflate, payload, self._window)
        return Message(NAMES[first.opcode], readable(payload) if first.opcode == TEXT else payload, compressed)

    @property
    def _window(self):
        return int(self.deflate.get("server_max_window_bits", deflate.GREATEST))

    def _control(self, frame):
        require(frame.fin and len(frame.payload) <= 125, "a control frame in fragments, or too long (5.5)")
        if frame.opcode == CLOSE:
            self._closed = True
            require(len(frame.payload) != 1, "half a close code")
            readable(frame.payload[2:])
        return Message(NAMES[frame.opcode], frame.payload)

    def _frame(self):
        """The next frame; none when the socket has ended at a frame's border."""
        if not self._unread and not self._fill():
            return None
        require(not self._closed, f"bytes after the close frame (5.5.1): {bytes(self._unread[:50])!r}")
        first, second = self._take(2)
        reserved, opcode = first >> 4 & 7, first & 0x0F
        require(reserved in (0, RSV1), "a reserved bit (5.2)")
        require(not reserved or self.deflate is not None, "a reserved bit, and no extension (5.2)")
        require(not reserved or opcode in (TEXT, BINARY), "a compressed frame that begins no message (RFC 7692, 6.1)")
        require(opcode in NAMES, "a reserved opcode (5.2)")
        require(second & 0x80 == 0, "a masked frame (5.1)")
        return Frame(opcode, self._take(self._length(second)), fin=bool(first & 0x80), reserved=reserved)

    def _length(self, short):
        if short < 126:
            return short
        (length,) = struct.unpack("!H", self._take(2)) if short == 126 else struct.unpack("!Q", self._take(8))
        require(length >= (126 if short == 126 else 65_536), "a length in more bytes than it needs (5.2)")
        require(length < 1 << 63, "a length over 63 bits (5.2)")
        return length

    def _take(self, length):
        while len(self._unread) < length:
            require(self._fill(), "the socket ended in the middle of a frame")
        taken = bytes(self._unread[:length])
        del self._unread[:length]
        return taken

    def close(self):
        """Lets go of the socket."""
        self.socket.close()


def readable(data):
    """The same bytes, which are UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        raise Violation("text that is not UTF-8 (8.1)") from None
    return data
