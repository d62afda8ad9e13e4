// The channels of a client: one handle for each name, and which frame belongs to which.
// Leaves everything about one channel to channel.ts.

import type { Clock } from "../connection/clock";
import type { Command, ServerFrame } from "../generated/protocol";
import { Handles } from "../handles";
import type { HttpApi } from "../http/api";
import { ChannelView } from "./channel";

export interface ChannelsOptions {
  api: HttpApi;
  clock: Clock;
  request(command: Command): Promise<ServerFrame>;
}

/** Channels that are kept, with their position and last publications, though nobody listens. */
const MOST_IDLE = 50;

export class Channels {
  readonly #handles: Handles<ChannelView>;
  #connected = false;

  constructor(options: ChannelsOptions) {
    this.#handles = new Handles(MOST_IDLE, (name, used) => new ChannelView({ ...options, name, used, connected: () => this.#connected }));
  }

  get(name: string): ChannelView {
    return this.#handles.get(name);
  }

  receive(frame: ServerFrame): void {
    if (frame.type === "publication" || frame.type === "channel_member_joined" || frame.type === "channel_member_left") {
      this.#handles.find(frame.channel)?.receive(frame);
    }
  }

  connected(): void {
    this.#connected = true;
    for (const channel of this.#handles.values()) channel.connected();
  }

  disconnected(): void {
    this.#connected = false;
    for (const channel of this.#handles.values()) channel.disconnected();
  }

  /** The end of the session. */
  clear(): void {
    const channels = this.#handles.values();
    // Before they tell that they are closed: whoever hears it may ask for new ones at once.
    this.#handles.clear();
    for (const channel of channels) channel.close();
  }
}
