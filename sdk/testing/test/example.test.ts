// The example of the README, word for word.

import { expect, it } from "vitest";
import type { TuttiClient } from "@tutti/client";
import { FakeServer } from "@tutti/testing";

// What an application might have: a title with the number of unread messages.
function watchTitle(client: TuttiClient, show: (title: string) => void): () => void {
  void client.conversations.load();
  return client.conversations.subscribe(() => {
    const { unread } = client.conversations.snapshot();
    show(unread > 0 ? `(${unread}) Chat` : "Chat");
  });
}

it("counts what came while the connection was lost", async () => {
  const server = new FakeServer();
  const alice = await server.client("alice");
  let title = "";
  const stop = watchTitle(alice, (shown) => (title = shown));

  server.message({ from: "bob", to: "alice", message: "Hello" });
  await server.clock.advance(0); // lets promises go on
  expect(title).toBe("(1) Chat");

  server.disconnect("alice"); // the network is gone
  server.message({ from: "bob", to: "alice", message: "Are you there?" });
  expect(alice.connection.snapshot().state).not.toBe("disconnected");
  await server.clock.advance(1000); // the first step of the client's backoff
  expect(title).toBe("(2) Chat");
  stop();
});
