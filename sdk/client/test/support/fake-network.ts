// A network that tests switch on and off.

import type { NetworkEvent, NetworkStatus } from "../../src/index";

export class FakeNetwork implements NetworkStatus {
  readonly listeners = new Set<(event: NetworkEvent) => void>();
  #online = true;

  online(): boolean {
    return this.#online;
  }

  subscribe(listener: (event: NetworkEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  tell(event: NetworkEvent): void {
    if (event !== "visible") this.#online = event === "online";
    for (const listener of [...this.listeners]) listener(event);
  }
}
