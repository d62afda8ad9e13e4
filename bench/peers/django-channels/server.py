"""The peer "django-channels": Django Channels on uvicorn, one process; its rooms are in `rooms.py`.

Uvicorn and not daphne, which Channels' guide names first, because it was the faster of the two when both were measured
(see `../README.md`). What uvicorn's guide advises, and what is done with it here:
- The event loop and the HTTP parser are uvloop and httptools, which it picks by itself when they are installed, and
  `auto` is its newer WebSocket implementation.
- No reload and no access log in production. Its heartbeat (a ping every 20 seconds) stays on.
- Compression, which uvicorn offers by default, is off: no other peer compresses.

Leaves to others: a process manager and more than one worker, which the guide advises for more than one core.
"""

import os

import uvicorn


class Server(uvicorn.Server):
    """Says when it accepts."""

    async def startup(self, sockets=None):
        """The sockets listen once this has returned."""
        await super().startup(sockets)
        print("ready", flush=True)


def main():
    """Serves until it is told to stop."""
    config = uvicorn.Config(
        "asgi:application",
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        lifespan="off",
        access_log=False,
        log_level="warning",
        ws_per_message_deflate=False,
    )
    Server(config).run()


main()
