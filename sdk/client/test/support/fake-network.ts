// A network that tests switch on and off.

import type { NetworkEvent, NetworkStatus } from "../../src/index";

export class FakeNetwork implements NetworkStatus {
  readonly listeners = new Set<(event: NetworkEvent) => void>();
  #online = true;
  #hidden = false;

  online(): boolean {
    return this.#online;
  }

  hidden(): boolean {
    return this.#hidden;
  }

  subscribe(listener: (event: NetworkEvent) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  tell(event: NetworkEvent): void {
    if (event === "online" || event === "offline") this.#online = event === "online";
    else this.#hidden = event === "hidden";
    for (const listener of [...this.listeners]) listener(event);
  }
}
