// The test of a component that docs/testing.md shows, word for word.

import { act, cleanup, render, screen } from "@testing-library/react";
import { FakeServer } from "@tutti/testing";
import { TuttiProvider, useUnread } from "@tutti/react";
import { afterEach, expect, it } from "vitest";

afterEach(cleanup);

function Badge() {
  return <b>{useUnread()} unread</b>;
}

it("counts what came while the connection was lost", async () => {
  const server = new FakeServer();
  const client = await server.client("alice");
  render(<TuttiProvider client={client}><Badge /></TuttiProvider>);
  await act(() => server.clock.advance(0)); // what the component asked for has come
  expect(screen.getByText("0 unread")).toBeDefined();

  server.disconnect("alice");
  server.message({ from: "bob", to: "alice", message: "Hello" });
  await act(() => server.clock.advance(1000)); // the first step of the client's backoff
  expect(screen.getByText("1 unread")).toBeDefined();
});
