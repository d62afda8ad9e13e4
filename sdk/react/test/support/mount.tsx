// Hooks under StrictMode, below a provider of a scripted world's client. The world itself is the client's own test support.

import { act, type RenderHookResult, renderHook } from "@testing-library/react";
import type { ClientOptions, Store, TuttiClient } from "@tutti/client";
import { type ReactNode, StrictMode } from "react";
import { FakeNetwork } from "../../../client/test/support/fake-network";
import { FakeServer, type FakeSocket } from "../../../client/test/support/fake-server";
import { ManualClock, settle } from "../../../testing/src/manual-clock";
import { TuttiProvider } from "../../src/index";

export { LINGER_MS } from "../../../client/src/channels/channel";
export { GATHER_MS } from "../../../client/src/presence/presence";
export { answerChannels } from "../../../client/test/support/channels";
export { refusal } from "../../../client/test/support/fake-server";
export { jwt, member, welcome } from "../../../client/test/support/fixtures";
export { chatWorld, connectedWorld, world, type World } from "../../../client/test/support/world";

/** What a provider's own client is made of, with everything around it under the test's hand. */
export interface Scripted {
  server: FakeServer;
  network: FakeNetwork;
  clock: ManualClock;
  options: Partial<ClientOptions>;
}

export function scripted(): Scripted {
  const [server, network, clock] = [new FakeServer(), new FakeNetwork(), new ManualClock()];
  return { server, network, clock, options: { clock, network, socket: server.open, transports: ["websocket"], fetch: server.fetch, random: () => 1, log: "silent" } };
}

/** Lets promises go on, and React render what comes of them. */
export function settled(): Promise<void> {
  return act(() => settle());
}

/** Renders a hook for a client and waits until nothing is under way. */
export async function mount<P, R>(client: TuttiClient, hook: (props: P) => R, initialProps: P): Promise<RenderHookResult<R, P>> {
  const mounted = renderHook(hook, { initialProps, wrapper: within(client) });
  await settled();
  return mounted;
}

/** The same for a hook without properties. */
export function mountPlain<R>(client: TuttiClient, hook: () => R): Promise<RenderHookResult<R, null>> {
  return mount<null, R>(client, () => hook(), null);
}

export function within(client: TuttiClient): (props: { children: ReactNode }) => ReactNode {
  return ({ children }) => (
    <StrictMode>
      <TuttiProvider client={client}>{children}</TuttiProvider>
    </StrictMode>
  );
}

/** The types of the frames that were sent to do something, in order: not those that keep the connection. */
export function commandsOn(socket: FakeSocket): string[] {
  return socket.sent.map(({ type }) => type).filter((type) => type !== "auth" && type !== "ping");
}

/** Counts who watches a store from now on. */
export function watchersOf(store: Store<unknown>): () => number {
  let watchers = 0;
  const subscribe = store.subscribe.bind(store);
  store.subscribe = (listener) => {
    watchers += 1;
    const stop = subscribe(listener);
    return () => {
      watchers -= 1;
      stop();
    };
  };
  return () => watchers;
}
