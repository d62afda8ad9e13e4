// Who the hooks below speak through: a client that is handed in, or one that the provider makes, connects and disconnects.
// Leaves everything that happens on the connection to the client.

import { type ClientOptions, createClient, type TuttiClient } from "@tutti/client";
import { createContext, type ReactElement, type ReactNode, useContext, useEffect, useMemo, useRef } from "react";

/** A client that somebody else connects and disconnects. @inline */
interface GivenClient {
  client: TuttiClient;
  url?: undefined;
  token?: undefined;
  options?: undefined;
}

/** What the provider's own client is made of. It connects when the provider mounts and disconnects when it unmounts. @inline */
interface OwnClient {
  client?: undefined;
  /** Another address makes another client. */
  url: string;
  /** Another string makes another client, for it may be another user's. A function may change freely: the latest is asked. */
  token: ClientOptions["token"];
  /** Read when the client is made. */
  options?: Omit<ClientOptions, "url" | "token"> | undefined;
}

/** Either a `client`, or what one is made of. */
export type TuttiProviderProps = (GivenClient | OwnClient) & { children?: ReactNode };

const ClientContext = createContext<TuttiClient | null>(null);

/** Lets the components below use the hooks. Either with a `client`, or with `url` and `token`. */
export function TuttiProvider(props: TuttiProviderProps): ReactElement {
  if (props.client === undefined) return <Owner {...props} />;
  return <ClientContext.Provider value={props.client}>{props.children}</ClientContext.Provider>;
}

/** The client of the nearest provider, for whatever has no hook of its own. Throws outside of a provider. */
export function useTutti(): TuttiClient {
  const client = useContext(ClientContext);
  if (client === null) throw new Error("Hooks of @tutti/react are for components inside a <TuttiProvider>.");
  return client;
}

function Owner({ url, token, options, children }: OwnClient & { children?: ReactNode }): ReactElement {
  const latest = useRef(token);
  const fixed = typeof token === "string" ? token : null;
  // Before the effect that connects, so that a new client never asks an old function.
  useEffect(() => {
    latest.current = token;
  });
  const client = useMemo(() => {
    const ask = (): Promise<string> | string => (typeof latest.current === "string" ? latest.current : latest.current());
    return createClient({ ...options, url, token: fixed ?? ask });
  }, [url, fixed]);
  useEffect(() => {
    client.connect();
    return () => client.disconnect();
  }, [client]);
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>;
}
