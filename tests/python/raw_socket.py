"""WebSocket frames made by hand over a plain socket, for what no library would send."""

import base64
import os
import socket
import struct
import urllib.parse

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class RawSocket:
    """A connection that has been upgraded, and nothing more: no pong is sent unless a test sends it."""

    def __init__(self, url, token=None, path="/ws", receive_buffer=None):
        """Connects and upgrades; with a small receive buffer, the peer feels early that nobody reads."""
        self.host = urllib.parse.urlsplit(url).netloc
        address, port = self.host.split(":")
        self.socket = socket.socket()
        self.socket.settimeout(10)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect((address, int(port)))
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {self.host}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
        ]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._buffer = b""
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])

    def _fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("the server closed the socket")
        self._buffer += data

    def _take(self, length):
        while len(self._buffer) < length:
            self._fill()
        taken, self._buffer = self._buffer[:length], self._buffer[length:]
        return taken

    def send(self, opcode, payload, *, masked=True, fin=True, reserved=0):
        """Sends one frame."""
        first = (0x80 if fin else 0) | reserved << 4 | opcode
        length = len(payload)
        if length < 126:
            head = struct.pack("!BB", first, length | (0x80 if masked else 0))
        elif length < 65536:
            head = struct.pack("!BBH", first, 126 | (0x80 if masked else 0), length)
        else:
            head = struct.pack("!BBQ", first, 127 | (0x80 if masked else 0), length)
        if masked:
            mask = os.urandom(4)
            payload = mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self.socket.sendall(head + payload)

    def receive(self):
        """The next frame: opcode and payload."""
        first, length = self._take(2)
        if length & 0x80:
            raise AssertionError("a server does not mask its frames")
        if length == 126:
            (length,) = struct.unpack("!H", self._take(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._take(8))
        return first & 0x0F, self._take(length)

    def until(self, opcode):
        """The payload of the next frame of this kind."""
        while True:
            got, payload = self.receive()
            if got == opcode:
                return payload

    def close_code(self):
        """Waits for the close frame; returns its code."""
        return struct.unpack("!H", self.until(CLOSE)[:2])[0]

    def close(self):
        """Closes the socket without a word."""
        self.socket.close()
