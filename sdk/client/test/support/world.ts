// A client with everything around it under the test's hand.

import { type ClientOptions, createClient, type TuttiClient, type Welcome } from "../../src/index";
import { FakeNetwork } from "./fake-network";
import { FakeServer } from "./fake-server";
import { welcome } from "./fixtures";
import { ManualClock, settle } from "../../../testing/src/manual-clock";

export interface World {
  clock: ManualClock;
  server: FakeServer;
  network: FakeNetwork;
  client: TuttiClient;
}

export function world(over: Partial<ClientOptions> = {}): World {
  const [clock, server, network] = [new ManualClock(), new FakeServer(), new FakeNetwork()];
  const client = createClient({
    url: "http://tutti.test", token: "token", clock, network, socket: server.open, transports: ["websocket"], fetch: server.fetch, random: () => 1, log: "silent", ...over,
  });
  return { clock, server, network, client };
}

export async function connectedWorld(over: Partial<ClientOptions> = {}): Promise<World> {
  const made = world(over);
  made.client.connect();
  await settle();
  return made;
}

/** A connected world with a loaded conversation of so many messages of Bob's. */
export async function chatWorld(messages = 0, over: Partial<ClientOptions> = {}): Promise<World & { room: ReturnType<TuttiClient["conversation"]> }> {
  const made = await connectedWorld(over);
  made.server.room("room");
  for (let seq = 1; seq <= messages; seq++) made.server.add("room");
  const room = made.client.conversation("room");
  await room.load();
  return { ...made, room };
}

/** Loses the connection and gets it back; `resumed` is what the server says then. */
export async function reconnect(made: World, said: Partial<Welcome>): Promise<void> {
  made.server.welcome = () => welcome(said);
  made.server.socket.handlers.closed(1006, "");
  const dueAt = made.client.connection.snapshot().nextAttemptAt ?? made.clock.now();
  await made.clock.advance(dueAt - made.clock.now());
}
