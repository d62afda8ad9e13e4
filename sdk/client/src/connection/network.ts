// What the device says about its network and whether the page is looked at. Leaves to the machine what follows from it.

export type NetworkEvent = "online" | "offline" | "visible";

export interface NetworkStatus {
  online(): boolean;
  /** Returns the way to stop. */
  subscribe(listener: (event: NetworkEvent) => void): () => void;
}

/** For places without such events (Node): always online. */
export const alwaysOnline: NetworkStatus = { online: () => true, subscribe: () => () => undefined };

const browser: NetworkStatus = {
  online: () => navigator.onLine,
  subscribe(listener) {
    const online = (): void => listener("online");
    const offline = (): void => listener("offline");
    const visible = (): void => {
      if (document.visibilityState === "visible") listener("visible");
    };
    window.addEventListener("online", online);
    window.addEventListener("offline", offline);
    document.addEventListener("visibilitychange", visible);
    return () => {
      window.removeEventListener("online", online);
      window.removeEventListener("offline", offline);
      document.removeEventListener("visibilitychange", visible);
    };
  },
};

export function systemNetwork(): NetworkStatus {
  return typeof window === "undefined" || typeof document === "undefined" ? alwaysOnline : browser;
}
