"""Prints the versions that a table of results names, on one line. Leaves the full list to `requirements.txt`."""

import platform
from importlib.metadata import version

NAMED = ("channels", "channels-redis", "django", "uvicorn", "redis")

print(", ".join([*(f"{name} {version(name)}" for name in NAMED), f"python {platform.python_version()}"]))
