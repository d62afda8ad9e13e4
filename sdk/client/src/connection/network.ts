// What the device says about its network and whether the page is looked at. Leaves to the machine what follows from it.

/** The network came or went, or somebody looks at the page or nobody does. */
export type NetworkEvent = "online" | "offline" | "visible" | "hidden";

/** What the device says of its network, and whether the page is looked at. */
export interface NetworkStatus {
  /** Whether there may be a network. */
  online(): boolean;
  /** Whether nobody looks at the page; never, where this is left out. */
  hidden?(): boolean;
  /** Returns the way to stop. */
  subscribe(listener: (event: NetworkEvent) => void): () => void;
}

/** For places without such events (Node): always online. */
export const alwaysOnline: NetworkStatus = { online: () => true, subscribe: () => () => undefined };

const browser: NetworkStatus = {
  online: () => navigator.onLine,
  hidden: () => document.visibilityState === "hidden",
  subscribe(listener) {
    const online = (): void => listener("online");
    const offline = (): void => listener("offline");
    const visibility = (): void => listener(document.visibilityState === "hidden" ? "hidden" : "visible");
    window.addEventListener("online", online);
    window.addEventListener("offline", offline);
    document.addEventListener("visibilitychange", visibility);
    return () => {
      window.removeEventListener("online", online);
      window.removeEventListener("offline", offline);
      document.removeEventListener("visibilitychange", visibility);
    };
  },
};

export function systemNetwork(): NetworkStatus {
  return typeof window === "undefined" || typeof document === "undefined" ? alwaysOnline : browser;
}
