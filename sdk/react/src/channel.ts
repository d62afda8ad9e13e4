// One channel as a component uses it. Subscribing, order and recovery are the client's.

import type { ChannelEvents, ChannelHandle, ChannelSnapshot, TuttiClient } from "@tutti/client";
import { useEffect, useMemo, useRef } from "react";
import { nothing, refused } from "./absent";
import { useTutti } from "./provider";
import { useSnapshot } from "./store";

/** Called for each event of a channel, as it happens. They may change with every render: the latest are called. */
export type ChannelListeners = { readonly [K in keyof ChannelEvents]?: (event: ChannelEvents[K]) => void };

/** What can be done with a channel. The functions stay the same for the same channel. */
export type ChannelActions = Pick<ChannelHandle, "publish" | "history" | "presence" | "loadMembers">;

/** A channel and what can be done with it. */
export interface UseChannelResult extends ChannelSnapshot, ChannelActions {}

const NOT_SUBSCRIBED: ChannelSnapshot = { status: "idle", error: null, epoch: null, offset: 0, recovered: null, publications: [], members: null };

const EVENTS: Readonly<Record<keyof ChannelEvents, true>> = { publication: true, subscribed: true, gap: true, member_joined: true, member_left: true };

/**
 * A channel by its name (`namespace:rest`), subscribed while a component shows it; with null there is none. Renders for
 * every publication: for what is busier than a screen, use `useChannelEvents` and draw it yourself.
 */
export function useChannel(name: string | null, listeners: ChannelListeners = {}): UseChannelResult {
  const channel = channelOf(useTutti(), name);
  useListeners(channel, listeners);
  const snapshot = useSnapshot(channel, NOT_SUBSCRIBED);
  const actions = useMemo(() => (channel === null ? NO_ACTIONS : actionsOf(channel)), [channel]);
  return useMemo(() => ({ ...snapshot, ...actions }), [snapshot, actions]);
}

/** Calls listeners for what happens in a channel, subscribed while a component is there; with null there is none. Renders nothing by itself. */
export function useChannelEvents(name: string | null, listeners: ChannelListeners): void {
  useListeners(channelOf(useTutti(), name), listeners);
}

function useListeners(channel: ChannelHandle | null, listeners: ChannelListeners): void {
  const latest = useRef(listeners);
  useEffect(() => {
    latest.current = listeners;
  });
  useEffect(() => {
    if (channel === null) return;
    const listen = <K extends keyof ChannelEvents>(type: K): (() => void) => channel.on(type, (event) => latest.current[type]?.(event));
    const stops = (Object.keys(EVENTS) as (keyof ChannelEvents)[]).map((type) => listen(type));
    return () => stops.forEach((stop) => stop());
  }, [channel]);
}

function channelOf(client: TuttiClient, name: string | null): ChannelHandle | null {
  return name === null ? null : client.channel(name);
}

function actionsOf(channel: ChannelHandle): ChannelActions {
  return {
    publish: (data, options) => channel.publish(data, options),
    history: (query) => channel.history(query),
    presence: (page) => channel.presence(page),
    loadMembers: () => channel.loadMembers(),
  };
}

const NO_ACTIONS: ChannelActions = { publish: refused, history: refused, presence: refused, loadMembers: nothing };
