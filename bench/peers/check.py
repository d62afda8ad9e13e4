"""Does a peer speak the wire of `README.md`? Three clients, two rooms: replies, who hears what, order, no compression.

    python check.py ws://127.0.0.1:9001/ws json
    python check.py "ws://127.0.0.1:9002/socket.io/?EIO=4&transport=websocket" socketio

Every reading is of the very next message, so one that reaches somebody it is not for fails the next reading of theirs.
Needs the package `websockets`. Leaves to others: starting the peer, and measuring it.
"""

import argparse
import asyncio
import json

from websockets.asyncio.client import connect

PATIENCE = 10
PIPELINED = 100
TEXTS = ["x" * 128, 'quote " backslash \\ slash / tab \t line \n', "grüße 你好 🎺", "", '{"type":"echo"}']


class Wrong(Exception):
    """The peer does something else than the wire says."""


def need(fulfilled, otherwise):
    """Ends the check when something is not so."""
    if not fulfilled:
        raise Wrong(otherwise)


class JsonClient:
    """One JSON object per text message. A message is handed out as (type, room, data), as far as it has them."""

    def __init__(self, socket):
        self.socket = socket

    async def open(self):
        """Nothing is said before the first command."""

    async def command(self, name, *values):
        """`values` are the room and the data, as far as the command has them."""
        keys = ["data"] if name == "echo" else ["room", "data"]
        await self.socket.send(json.dumps({"type": name, **dict(zip(keys, values))}))

    async def next(self):
        """The next message, whatever it is."""
        frame = json.loads(await self.socket.recv())
        unknown = set(frame) - {"type", "room", "data"}
        need(not unknown, f"unexpected fields {unknown}")
        return tuple(frame[key] for key in ("type", "room", "data") if key in frame)


class SocketIoClient:
    """Socket.IO 4 by hand. Engine.IO: open `0`, ping `2`, pong `3`, message `4`; in it: connect `0`, event `2`."""

    def __init__(self, socket):
        self.socket = socket

    async def open(self):
        """The server opens the transport, the client asks for the main namespace and is let in."""
        need((await self.socket.recv()).startswith("0{"), "no open packet")
        await self.socket.send("40")
        need((await self.socket.recv()).startswith("40{"), "not let in")

    async def command(self, name, *values):
        """An event without an acknowledgement."""
        await self.socket.send("42" + json.dumps([name, *values]))

    async def next(self):
        """The next event; pings are answered on the way."""
        while (packet := await self.socket.recv()) == "2":
            await self.socket.send("3")
        need(packet.startswith("42"), f"not an event: {packet}")
        return tuple(json.loads(packet[2:]))


DIALECTS = {"json": JsonClient, "socketio": SocketIoClient}


async def join(url, dialect, room):
    """A client that has offered compression, was not given it, and is in the room."""
    socket = await connect(url, ping_interval=None)
    need("Sec-WebSocket-Extensions" not in socket.response.headers, "compression was accepted")
    client = DIALECTS[dialect](socket)
    await asyncio.wait_for(client.open(), PATIENCE)
    await client.command("subscribe", room)
    await hears(client, "subscribed", room)
    return client


async def hears(client, *expected):
    """The next message is this one."""
    try:
        got = await asyncio.wait_for(client.next(), PATIENCE)
    except TimeoutError:
        raise Wrong(f"expected {expected}, heard nothing for {PATIENCE} s") from None
    need(got == expected, f"expected {expected}, got {got}")


async def echoes(client):
    """What is echoed is what was sent."""
    for text in TEXTS:
        await client.command("echo", text)
        await hears(client, "echo", text)


async def publishes(sender, room, members):
    """Every member hears every text unchanged, the sender too."""
    for text in TEXTS:
        await sender.command("publish", room, text)
        for member in members:
            await hears(member, "publication", room, text)


async def keeps_order(sender, room, members):
    """Many publications are sent without waiting, and arrive whole and in order."""
    texts = [f"number {number}" for number in range(PIPELINED)]
    for text in texts:
        await sender.command("publish", room, text)
    for member in members:
        for text in texts:
            await hears(member, "publication", room, text)


async def check(url, dialect):
    """All of it, and at the end one more round in each room, so that nothing can have been left unread."""
    one, two, other = [await join(url, dialect, room) for room in ("r7", "r7", "r8")]
    print("subscribe: 3 clients in 2 rooms are told so, none is given compression")
    await echoes(one)
    print(f"echo: {len(TEXTS)} texts come back unchanged")
    await publishes(one, "r7", [one, two])
    await publishes(other, "r8", [other])
    await publishes(two, "r7", [one, two])
    print("publish: both members hear it, the sender too; the other room hears nothing")
    await keeps_order(one, "r7", [one, two])
    await publishes(other, "r8", [other])
    await publishes(two, "r7", [one, two])
    print(f"order: {PIPELINED} pipelined publications arrive whole and in order")
    for client in (one, two, other):
        await client.socket.close()


def main():
    """Ends with an error at the first thing that is not as the wire has it."""
    parser = argparse.ArgumentParser(description="Checks that a peer speaks the wire of README.md.")
    parser.add_argument("url")
    parser.add_argument("dialect", choices=sorted(DIALECTS))
    arguments = parser.parse_args()
    asyncio.run(check(arguments.url, arguments.dialect))
    print(f"{arguments.url} speaks {arguments.dialect}")


main()
