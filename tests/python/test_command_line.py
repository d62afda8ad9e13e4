"""The other commands of the binary."""

import os
import re
import sqlite3
import subprocess
import tempfile

from tutti_server import BINARY, TuttiTest


class CommandLine(TuttiTest):
    """Beside a server that runs."""

    def test_config_prints_defaults_that_it_accepts_itself(self):
        default = self.server.command("config", "default")
        self.assertIn("127.0.0.1:5004", default)
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(default)
            file.flush()
            self.server.command("config", "check", "--config", file.name)

    def test_config_documents_every_setting(self):
        docs = self.server.command("config", "docs")
        settings = re.findall(r"^#? ?(\w+) = ", self.server.command("config", "default"), re.MULTILINE)
        self.assertGreater(len(settings), 40)
        for setting in settings:
            with self.subTest(setting):
                self.assertIn(setting, docs)

    def test_backup_while_the_server_runs(self):
        alice, client, bob, peer, conversation = self.pair()
        with tempfile.TemporaryDirectory() as directory:
            copy = os.path.join(directory, "copy.db")
            self.server.command("backup", copy, "--data-dir", self.server.data_dir)
            with sqlite3.connect(copy) as database:
                self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            database.close()
        client.say("still running", conversation_id=conversation)
        peer.message("still running")

    def test_a_missing_secret_is_a_clear_error(self):
        with tempfile.TemporaryDirectory() as directory:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("TUTTI_")}
            done = subprocess.run(
                [BINARY, "serve", "--data-dir", directory, "--listen", "127.0.0.1:0"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=30,
                check=False,
            )
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("secret", done.stderr)
        self.assertNotIn("panicked", done.stderr)
