"""What Django is told: the channel layer in Redis, and nothing else of Django's, since nothing else is measured.

Leaves to others: the address of Redis (REDIS_URL), how Redis is started (`../peers.toml`), the server (`server.py`).
"""

import os

DEBUG = False
# Nothing is signed here; Django only refuses to start without a key.
SECRET_KEY = "not-a-secret"
ALLOWED_HOSTS = ["127.0.0.1"]

# The guide of Channels names channels_redis as the one layer for production (the one in memory is for tests), and
# `core` as its usual form. Three of its bounds are raised, because what goes over them is lost:
# - capacity: messages that wait for one process, and for one connection; the usual 100 drops the rest of a burst.
# - max_connections: redis-py 8 allows 100 to a process and refuses what needs one more; the layer needs one for every
#   command under way. Before version 8 there was no bound. This is as many as Redis itself accepts.
# - socket_timeout: redis-py 8 gives up reading after 5 seconds, which is as long as the layer waits for a message. Who
#   is quiet for so long may be disconnected (github.com/redis/redis-py/issues/4091). Before version 8 it was None.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            "hosts": [{"address": os.environ["REDIS_URL"], "max_connections": 10_000, "socket_timeout": None}],
            "capacity": 10_000,
        },
    },
}
