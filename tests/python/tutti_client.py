"""An independent client of the wire, written from the protocol page alone: WebSocket, HTTP, Server-Sent Events.

It knows no more than a stranger would: frames are dictionaries, names are those of the page. What a server should do
is left to the tests; starting one is left to `tutti_server.py`.
"""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import time
import urllib.parse
from dataclasses import dataclass

import msgpack
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

JSON = "tutti.v1.json"
MSGPACK = "tutti.v1.msgpack"

PATIENCE = 5.0
"""Seconds to wait for something that should come at once."""


def sign(secret, **claims):
    """A JWT (HS256) as the application behind the server would issue it."""

    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = part(json.dumps(claims).encode())
    mark = hmac.new(secret.encode(), head + b"." + body, hashlib.sha256).digest()
    return b".".join([head, body, part(mark)]).decode()


class Closed(Exception):
    """The server closed the connection."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code} ({reason})")
        self.code = code
        self.reason = reason


class Client:
    """One WebSocket connection."""

    def __init__(self, url, *, token=None, auth=None, since=None, path="/ws", subprotocol=None, headers=None, compression=None):
        """Connects. `token` goes into the `Authorization` header, `auth` into a first frame; `welcome` is not awaited."""
        query = f"?since={since}" if since else ""
        self.msgpack = subprotocol == MSGPACK
        self.inbox = []
        self._refs = itertools.count(1)
        self.socket = connect(
            url.replace("http", "ws", 1) + path + query,
            additional_headers=({"Authorization": f"Bearer {token}"} if token else {}) | (headers or {}),
            subprotocols=[subprotocol] if subprotocol else None,
            compression=compression,
            ping_interval=None,
            close_timeout=2,
            proxy=None,
            legacy=True,
        )
        self.welcome = None
        if auth:
            self.send("auth", token=auth)

    def greet(self):
        """Waits for `welcome`, which must be the first frame, and returns the client itself."""
        self.welcome = self.receive()
        if self.welcome["type"] != "welcome":
            raise AssertionError(f"the first frame is no welcome: {self.welcome}")
        return self

    def send_raw(self, data, text=None):
        """Sends one WebSocket message as it is."""
        self.socket.send(data, text=text)

    def send(self, type_, **fields):
        """Sends one frame."""
        frame = {"type": type_} | fields
        self.send_raw(msgpack.packb(frame) if self.msgpack else json.dumps(frame))

    def receive(self, timeout=PATIENCE):
        """The next frame from the wire."""
        try:
            data = self.socket.recv(timeout=timeout)
        except ConnectionClosed as closed:
            if closed.rcvd is None:
                raise Closed(1006, "no close frame") from None
            raise Closed(closed.rcvd.code, closed.rcvd.reason) from None
        if self.msgpack:
            if not isinstance(data, bytes):
                raise AssertionError("MessagePack goes in binary frames")
            return msgpack.unpackb(data)
        if not isinstance(data, str):
            raise AssertionError("JSON goes in text frames")
        return json.loads(data)

    def until(self, wanted, timeout=PATIENCE, what="a frame"):
        """The first frame for which `wanted` is true; the others are kept in order."""
        for index, frame in enumerate(self.inbox):
            if wanted(frame):
                return self.inbox.pop(index)
        deadline = time.monotonic() + timeout
        while True:
            try:
                frame = self.receive(max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                raise AssertionError(f"{what} did not come within {timeout} s; came: {self.inbox}") from None
            if wanted(frame):
                return frame
            self.inbox.append(frame)

    def expect(self, type_, timeout=PATIENCE, **fields):
        """The next push of this type with these fields."""

        def wanted(frame):
            return (
                frame["type"] == type_
                and "ref" not in frame
                and all(frame.get(name) == value for name, value in fields.items())
            )

        return self.until(wanted, timeout, f"push `{type_}` {fields}")

    def request(self, type_, timeout=PATIENCE, **fields):
        """Sends a frame with a `ref` and returns its reply, an error included."""
        ref = fields.pop("ref", f"r{next(self._refs)}")
        self.send(type_, ref=ref, **fields)
        return self.until(lambda frame: frame.get("ref") == ref, timeout, f"the reply to `{type_}`")

    def ask(self, type_, **fields):
        """As `request`, for what must succeed."""
        reply = self.request(type_, **fields)
        if reply["type"] == "error":
            raise AssertionError(f"`{type_}` was refused: {reply}")
        return reply

    def say(self, text, **fields):
        """Sends a message and returns the message object."""
        return self.ask("message", message=text, **fields)["message"]

    def message(self, text, timeout=PATIENCE):
        """Waits for the push of a message with this text."""
        wanted = lambda frame: frame["type"] == "message" and frame["message"]["message"] == text  # noqa: E731
        return self.until(wanted, timeout, f"the message {text!r}")

    def seen(self, type_):
        """Frames of this type that came and that nobody has asked for."""
        return [frame for frame in self.inbox if frame["type"] == type_]

    def closed(self, timeout=PATIENCE):
        """Waits until the server closes; returns the exception with code and reason."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.inbox.append(self.receive(max(0.0, deadline - time.monotonic())))
            except TimeoutError:
                raise AssertionError(f"the server did not close within {timeout} s; came: {self.inbox}") from None
            except Closed as closed:
                return closed

    def close(self):
        """Closes with 1000."""
        self.socket.close()

    def drop(self):
        """Goes without a goodbye, as a phone in a tunnel does."""
        self.socket.socket.close()


@dataclass
class Reply:
    """An HTTP answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        """The body, read."""
        return json.loads(self.body)

    @property
    def error(self):
        """The error in the body."""
        return self.json["error"]


class Http:
    """The HTTP side for one user."""

    def __init__(self, url, token=None, scheme="Bearer"):
        """Calls go to this server; with this token, if one is given."""
        self.url = url
        self.token = token
        self.scheme = scheme

    def call(self, method, path, body=None, **headers):
        """One request. `body` is sent as JSON, or as it is if it is bytes; `_` in header names means `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"{self.scheme} {self.token}")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc, timeout=70)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        """`GET`."""
        return self.call("GET", path, **headers)

    def post(self, path, body=None, **headers):
        """`POST`."""
        return self.call("POST", path, body, **headers)


class Events:
    """The event stream of one user (`text/event-stream`)."""

    def __init__(self, url, token, last_event_id=None):
        """Opens the stream."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=PATIENCE)
        self._connection.request("GET", "/api/v1/events", headers=headers)
        self.answer = self._connection.getresponse()

    def next(self):
        """The next event: a dictionary of its fields, `data` read as JSON. Comments are passed over."""
        event = {}
        while line := self.answer.readline():
            line = line.decode().rstrip("\r\n")
            if not line and "data" in event:
                return event | {"data": json.loads(event["data"])}
            if not line or line.startswith(":"):
                continue
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            event[name] = event[name] + "\n" + value if name in event else value
        raise AssertionError("the stream has ended")

    def until(self, type_):
        """The next event whose frame is of this type."""
        while True:
            event = self.next()
            if event["data"].get("type") == type_:
                return event

    def close(self):
        """Goes away."""
        self.answer.close()
        self._connection.close()
