// Channels for the fake server: what is published, who comes back where, by the rules of the real one.

import type { ChannelPosition, Publication } from "../../src/index";
import type { FakeServer, FakeSocket } from "./fake-server";

interface FakeChannel {
  epoch: string;
  offset: number;
  /** Kept for those who come back. */
  history: Publication[];
}

export class FakeChannels {
  readonly #channels = new Map<string, FakeChannel>();
  readonly #listening = new WeakMap<FakeSocket, Set<string>>();

  constructor(private readonly server: FakeServer) {}

  of(name: string): FakeChannel {
    const channel = this.#channels.get(name) ?? { epoch: "e1", offset: 0, history: [] };
    this.#channels.set(name, channel);
    return channel;
  }

  /** What a connection listens to. */
  listening(socket: FakeSocket): Set<string> {
    const names = this.#listening.get(socket) ?? new Set();
    this.#listening.set(socket, names);
    return names;
  }

  /** Gives a publication its place, without anybody being told. */
  add(name: string, data: unknown): Publication {
    const channel = this.of(name);
    channel.offset += 1;
    const publication = { offset: channel.offset, from: "bob", data, sent_at: "2026-01-01T00:00:00.000Z" };
    channel.history.push(publication);
    return publication;
  }

  /** Publishes to whoever listens over the newest socket. */
  publish(name: string, data: unknown): void {
    this.server.socket.push({ type: "publication", channel: name, ...this.add(name, data) });
  }

  recover(name: string, position: ChannelPosition | undefined): { recovered: boolean; publications: Publication[] } {
    const { epoch, offset, history } = this.of(name);
    if (position?.epoch !== epoch || offset - position.offset > history.length) return { recovered: false, publications: [] };
    return { recovered: true, publications: history.filter((kept) => kept.offset > position.offset) };
  }
}

const CONFLICT = { type: "error", code: "conflict", message: "conflict", retryable: false } as const;

/** Lets the fake server answer what concerns channels. */
export function answerChannels(server: FakeServer): FakeChannels {
  const channels = new FakeChannels(server);
  server.answers.set("subscribe", (frame, socket) => {
    if (frame.type !== "subscribe") return;
    const listening = channels.listening(socket);
    if (listening.has(frame.channel)) return socket.push({ ...CONFLICT, ref: frame.ref ?? "" });
    listening.add(frame.channel);
    const { epoch, offset } = channels.of(frame.channel);
    socket.push({ type: "subscribed", channel: frame.channel, epoch, offset, ...channels.recover(frame.channel, frame.position), ref: frame.ref ?? "" });
  });
  server.answers.set("unsubscribe", (frame, socket) => {
    if (frame.type !== "unsubscribe") return;
    const ended = channels.listening(socket).delete(frame.channel);
    socket.push({ ...(ended ? { type: "unsubscribed", channel: frame.channel } : CONFLICT), ref: frame.ref ?? "" });
  });
  server.answers.set("publish", (frame, socket) => {
    if (frame.type !== "publish") return;
    const { offset } = channels.add(frame.channel, frame.data);
    socket.push({ type: "published", channel: frame.channel, offset, duplicate: false, ref: frame.ref ?? "" });
  });
  return channels;
}
