"""The real binary as a child process, and the base of all test cases: one server for each class, users made at need."""

import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from tutti_client import PATIENCE, Client, Events, Http, sign

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TUTTI_BIN") or str(ROOT / "target" / "debug" / "tutti")
SECRET = "a secret that only the tests and their servers know"
READY = re.compile(r"Tutti is ready: (http://\S+?)/?(?:\s|$)")

_names = itertools.count(1)


class Server:
    """One server with a data directory of its own."""

    def __init__(self, **settings):
        """`settings` are `SECTION__KEY` without the prefix."""
        self.data_dir = tempfile.mkdtemp(prefix="tutti-test-")
        self.settings = {"AUTH__SECRETS": SECRET} | settings
        self.process = None
        self.url = None
        self.port = 0

    def environment(self):
        """The child's environment: nothing of ours that begins with TUTTI_ leaks into it."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TUTTI_")}
        return inherited | {f"TUTTI_{name}": str(value) for name, value in self.settings.items()}

    def start(self):
        """Starts, and waits until it listens; on the same port as before, if it ran before."""
        self._log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [BINARY, "serve", "--dev", "--data-dir", self.data_dir, "--listen", f"127.0.0.1:{self.port}"],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        watchdog = threading.Timer(30, self.process.kill)
        watchdog.start()
        try:
            for line in self.process.stdout:
                if found := READY.search(line):
                    self.url = found[1]
                    self.port = int(self.url.rsplit(":", 1)[1])
                    return self
        finally:
            watchdog.cancel()
        raise AssertionError(f"the server did not start: {self.log()}")

    def log(self):
        """What the server wrote to standard error."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def command(self, *arguments):
        """Runs another command of the binary with the same settings; returns what it prints."""
        done = subprocess.run(
            [BINARY, *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return done.stdout

    def terminate(self):
        """SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def kill(self):
        """SIGKILL: no goodbye, nothing flushed."""
        self.process.kill()
        self.wait()

    def wait(self, timeout=30):
        """Waits for the end; returns the exit status."""
        status = self.process.wait(timeout)
        self.process.stdout.close()
        self._log.close()
        return status

    def stop(self):
        """Ends the server, if it runs, and removes its data."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.data_dir, ignore_errors=True)


class User:
    """Somebody with a token."""

    def __init__(self, case, name, roles=()):
        """A name that nobody else in this run has."""
        self.case = case
        self.id = f"{name}-{next(_names)}"
        self.name = name.capitalize()
        self.roles = list(roles)
        self.token = self.fresh_token()
        self.http = Http(case.server.url, self.token)

    def fresh_token(self, ttl=3600):
        """A token that is good for so many seconds."""
        return self.case.token(self.id, name=self.name, roles=self.roles, ttl=ttl)

    def connect(self, **options):
        """A connection of this user, greeted."""
        return self.case.connect(token=self.token, **options)

    def events(self, last_event_id=None):
        """The event stream of this user."""
        events = Events(self.case.server.url, self.token, last_event_id)
        self.case.addCleanup(events.close)
        return events


class TuttiTest(unittest.TestCase):
    """A server for the class; users and connections for each test, so that no test sees another's."""

    settings = {}

    @classmethod
    def setUpClass(cls):
        """Starts the server."""
        cls.server = Server(**cls.settings)
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()

    @staticmethod
    def token(user, *, ttl=3600, secret=SECRET, **claims):
        """A token for any user id."""
        now = int(time.time())
        return sign(secret, sub=user, iat=now, exp=now + ttl, **claims)

    def user(self, name="user", roles=()):
        """Somebody new."""
        return User(self, name, roles)

    def open(self, **options):
        """A connection that nobody has greeted yet."""
        client = Client(self.server.url, **options)
        self.addCleanup(client.close)
        return client

    def connect(self, **options):
        """A connection that has had its welcome."""
        return self.open(**options).greet()

    def pair(self, first="alice", second="bob"):
        """Two people who have written to each other: users, connections, and the id of their conversation."""
        one, other = self.user(first), self.user(second)
        client, peer = one.connect(), other.connect()
        conversation = client.say("first words", receiver_id=other.id)["conversation_id"]
        peer.message("first words")
        return one, client, other, peer, conversation

    def group(self, owner, *others, title="A group"):
        """A group; returns its id."""
        body = {"title": title, "member_ids": [user.id for user in others]}
        reply = owner.http.post("/api/v1/conversations", body)
        self.assertEqual(reply.status, 201, reply.body)
        return reply.json["id"]

    def assert_error(self, frame, code, field=None):
        """The frame is an error as the page describes it."""
        self.assertEqual(frame["type"], "error", frame)
        self.assertEqual(frame["code"], code, frame)
        self.assertIsInstance(frame["message"], str)
        self.assertIn(frame["retryable"], (True, False))
        if field is not None:
            self.assertEqual(frame.get("details", {}).get("field"), field, frame)

    def assert_http_error(self, reply, status, code):
        """The answer is an HTTP error as the page describes it."""
        self.assertEqual(reply.status, status, reply.body)
        error = reply.error
        self.assertEqual(error["code"], code)
        self.assertIsInstance(error["message"], str)
        self.assertIn(error["retryable"], (True, False))

    def eventually(self, question, timeout=PATIENCE, what="it"):
        """Asks until the answer is yes, and returns the answer."""
        deadline = time.monotonic() + timeout
        while True:
            if answer := question():
                return answer
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} did not happen within {timeout} s")
            time.sleep(0.05)
