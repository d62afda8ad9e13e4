// People with the SDK in their hands: Node's sockets, real time, and every HTTP request on record.

import type WebSocket from "ws";
import { type ClientOptions, createClient, devSignIn, type Store, type TuttiClient } from "../../../src/index";
import type { RealServer } from "./server";
import { openSocket } from "./socket";

export interface Person {
  id: string;
  client: TuttiClient;
  /** The HTTP requests so far, as `GET /path`, but for those that carry frames. */
  requests: string[];
  /** Breaks the connection without a word, as a lost network would. */
  cut(): void;
}

const DEADLINE_MS = 15_000;
const TRANSPORT_PATHS = new Set(["/events", "/events/poll", "/commands"]);

/** Signs in by name and connects. */
export async function join(server: RealServer, name: string, over: Partial<ClientOptions> = {}): Promise<Person> {
  const { token, user } = await devSignIn(server.url, name);
  const person = { id: user.id, ...withToken(server, token, over) };
  person.client.connect();
  await connected(person.client);
  return person;
}

/** A client that is not connected yet. */
export function withToken(server: RealServer, token: ClientOptions["token"], over: Partial<ClientOptions> = {}): Omit<Person, "id"> {
  const requests: string[] = [];
  let last: WebSocket | null = null;
  const socket = openSocket((ws) => {
    last = ws;
  });
  const recorded: typeof fetch = (input, init) => {
    const path = new URL(String(input)).pathname.replace("/api/v1", "");
    if (!TRANSPORT_PATHS.has(path)) requests.push(`${init?.method ?? "GET"} ${path}`);
    return fetch(input, init);
  };
  const client = createClient({ url: server.url, token, socket, fetch: recorded, backoffMs: [50, 100, 200], maxAttempts: Infinity, log: "silent", ...over });
  return { client, requests, cut: () => last?.terminate() };
}

export async function connected(client: TuttiClient): Promise<void> {
  await until(client.connection, (connection) => connection.state === "connected");
}

/** A group of everybody, created by the first, with everybody's view of it loaded. */
export async function group(...people: [Person, ...Person[]]): Promise<ReturnType<TuttiClient["conversation"]>[]> {
  const [first, ...others] = people;
  const { id } = await first.client.conversations.create({ title: "room", member_ids: others.map((person) => person.id) });
  const rooms = people.map((person) => person.client.conversation(id));
  await Promise.all(rooms.map((room) => room.load()));
  for (const room of rooms) if (room.snapshot().status !== "ready") throw new Error("a room could not be loaded", { cause: room.snapshot().error });
  return rooms;
}

/** Waits until a store holds what is looked for, and gives it; fails with what it holds instead. */
export function until<T>(store: Store<T>, holds: (value: T) => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const settled = (act: () => void): void => {
      clearTimeout(timer);
      stop();
      act();
    };
    const look = (): void => {
      const value = store.snapshot();
      if (holds(value)) settled(() => resolve(value));
    };
    const timer = setTimeout(() => settled(() => reject(new Error(`it did not come about; there is ${JSON.stringify(store.snapshot(), null, 1)}`))), DEADLINE_MS);
    const stop = store.subscribe(look);
    look();
  });
}
