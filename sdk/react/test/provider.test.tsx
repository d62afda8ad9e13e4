// The provider's own client: one connection, whatever React does to its components; and a client that is handed in.

import { act, render, renderHook } from "@testing-library/react";
import type { ClientOptions } from "@tutti/client";
import { StrictMode } from "react";
import { expect, it, vi } from "vitest";
import { TuttiProvider, useConnection, useTutti } from "../src/index";
import { connectedWorld, jwt, scripted, settled, within, world } from "./support/mount";

function State() {
  const { state, user } = useConnection();
  return <p>{`${state} ${user?.id ?? "nobody"}`}</p>;
}

it("connects its own client once under StrictMode, and disconnects it on unmount", async () => {
  const { server, network, clock, options } = scripted();
  const token = vi.fn(() => "token");
  const view = render(
    <StrictMode>
      <TuttiProvider url="http://tutti.test" token={token} options={options}>
        <State />
      </TuttiProvider>
    </StrictMode>,
  );
  expect(view.container.textContent).toBe("connecting nobody");
  await settled();
  expect(view.container.textContent).toBe("connected alice");
  expect(server.sockets).toHaveLength(1);
  expect(token).toHaveBeenCalledOnce();
  view.unmount();
  expect(server.socket.closedWith).not.toBeNull();
  expect(network.listeners.size).toBe(0);
  expect(clock.waiting).toBe(0);
});

it("keeps its client when the token function changes, and asks the latest one", async () => {
  const { server, options } = scripted();
  const first = vi.fn(() => "first");
  const second = vi.fn(() => "second");
  const wrapped = (token: () => string) => <StrictMode><TuttiProvider url="http://tutti.test" token={token} options={options}><Again /></TuttiProvider></StrictMode>;
  const view = render(wrapped(first));
  await settled();
  view.rerender(wrapped(second));
  await settled();
  expect(server.sockets).toHaveLength(1);
  act(() => view.getByRole("button").click());
  await settled();
  expect(server.sockets).toHaveLength(2);
  expect(server.socket.of("auth")[0]?.token).toBe("second");
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
});

function Again() {
  const { reconnect } = useConnection();
  return <button type="button" onClick={reconnect}>again</button>;
}

it.each([
  { what: "token", next: { url: "http://tutti.test", token: jwt({ sub: "bob" }) } },
  { what: "address", next: { url: "http://other.test", token: jwt({ sub: "alice" }) } },
])("makes another client for another $what, with the options of that render", async ({ next }) => {
  const [before, after] = [scripted(), scripted()];
  const wrapped = (props: { url: string; token: string }, options: Partial<ClientOptions>) => (
    <StrictMode><TuttiProvider {...props} options={options}><State /></TuttiProvider></StrictMode>
  );
  const view = render(wrapped({ url: "http://tutti.test", token: jwt({ sub: "alice" }) }, before.options));
  await settled();
  view.rerender(wrapped(next, after.options));
  await settled();
  expect(before.server.socket.closedWith).not.toBeNull();
  expect(before.server.sockets).toHaveLength(1);
  expect(after.server.sockets).toHaveLength(1);
  expect(after.server.socket.of("auth")[0]?.token).toBe(next.token);
  expect(view.container.textContent).toBe("connected alice");
});

it("leaves a client that is handed in to whoever made it", async () => {
  const idle = world();
  renderHook(useTutti, { wrapper: within(idle.client) });
  await settled();
  expect(idle.server.sockets).toHaveLength(0);
  const { client, server } = await connectedWorld();
  const { result, unmount } = renderHook(useTutti, { wrapper: within(client) });
  expect(result.current).toBe(client);
  unmount();
  expect(server.socket.closedWith).toBeNull();
});

it("says what is missing when there is no provider", () => {
  const quiet = vi.spyOn(console, "error").mockImplementation(() => undefined);
  expect(() => renderHook(useTutti)).toThrow("<TuttiProvider>");
  quiet.mockRestore();
});
