"""The ASGI application, in the order of Django's and Channels' guides: Django first, then what needs it, then routes.

Leaves out the middleware that the guide puts around the routes, for origins and for sessions: nobody is asked who they
are in these measurements.
"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402
from rooms import RoomConsumer  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": URLRouter([path("ws", RoomConsumer.as_asgi())]),
    }
)
