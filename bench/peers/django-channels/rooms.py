"""Rooms as groups of the channel layer: the "json dialect" of `../README.md`, one consumer for each connection.

Leaves to others: who may connect (nobody is asked), history, limits, and the layer's settings (`settings.py`).
"""

import json

from channels.generic.websocket import AsyncWebsocketConsumer


def encode(**frame):
    """As compact as the other peers write it."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


class RoomConsumer(AsyncWebsocketConsumer):
    """Asynchronous, as the guide advises for what touches no database. It leaves its `groups` when it disconnects."""

    async def receive(self, text_data=None, bytes_data=None):
        """One frame of the client."""
        frame = json.loads(text_data)
        match frame["type"]:
            case "publish":
                await self.publish(frame["room"], frame["data"])
            case "echo":
                await self.send(encode(type="echo", data=frame["data"]))
            case "subscribe":
                await self.subscribe(frame["room"])

    async def publish(self, room, data):
        """Encoded here once; what travels through Redis is the finished text."""
        text = encode(type="publication", room=room, data=data)
        await self.channel_layer.group_send(room, {"type": "publication", "text": text})

    async def publication(self, event):
        """The layer calls this on every member of the group, the sender too."""
        await self.send(event["text"])

    async def subscribe(self, room):
        """Joins the group for as long as the connection lasts."""
        await self.channel_layer.group_add(room, self.channel_name)
        self.groups.append(room)
        await self.send(encode(type="subscribed", room=room))
