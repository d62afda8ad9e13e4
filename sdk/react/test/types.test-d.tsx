// What the compiler allows and what it does not: checked by `npm run check`, for a type has nothing to run.

import type { ConnectionState, Conversation, Draft, Message, Presence, Publication, TuttiClient, TuttiError } from "@tutti/client";
import type { ReactElement } from "react";
import { describe, expectTypeOf, it } from "vitest";
import { type PresenceMap, TuttiProvider, useChannel, useConnection, useConversation, useConversations, usePresence, useStore, useTutti, useTyping, useUnread } from "../src/index";

declare const client: TuttiClient;
declare const info: Conversation | null;
/** What an application that has options of its own hands on. */
declare const forwarded: { maxAttempts: number | undefined; storage: null | undefined } | undefined;

describe("TuttiProvider", () => {
  it("takes a client, or what its own is made of, and not both", () => {
    const allowed = (): ReactElement[] => [
      <TuttiProvider client={client}>text</TuttiProvider>,
      <TuttiProvider url="" token="">text</TuttiProvider>,
      <TuttiProvider url="" token={async () => ""} options={{ maxAttempts: Infinity }} />,
      <TuttiProvider url="" token="" options={forwarded} />,
    ];
    const refused = (): ReactElement[] => [
      // @ts-expect-error: neither
      <TuttiProvider>text</TuttiProvider>,
      // @ts-expect-error: both
      <TuttiProvider client={client} url="" token="" />,
      // @ts-expect-error: no token
      <TuttiProvider url="" />,
      // @ts-expect-error: the options of a given client are its maker's
      <TuttiProvider client={client} options={{}} />,
      // @ts-expect-error: the address is not an option
      <TuttiProvider url="" token="" options={{ url: "" }} />,
      // @ts-expect-error: no token in the end
      <TuttiProvider url="" token={() => 1} />,
    ];
    expectTypeOf(allowed).toEqualTypeOf(refused);
  });
});

describe("the hooks", () => {
  it("give what they say", () => {
    expectTypeOf(useTutti).toEqualTypeOf<() => TuttiClient>();
    expectTypeOf(useConnection).returns.toHaveProperty("state").toEqualTypeOf<ConnectionState>();
    expectTypeOf(useConnection).returns.toHaveProperty("reconnect").toEqualTypeOf<() => void>();
    expectTypeOf(useConversations).returns.toHaveProperty("conversations").toEqualTypeOf<readonly Conversation[]>();
    expectTypeOf(useUnread).toEqualTypeOf<(conversationId?: string | null) => number>();
    expectTypeOf(useStore(client.presence.own).status).toEqualTypeOf<"online" | "away" | "busy" | "invisible">();
  });

  it("take an id or null for a conversation", () => {
    expectTypeOf(useConversation).parameters.toEqualTypeOf<[string | null]>();
    expectTypeOf(useTyping).parameters.toEqualTypeOf<[string | null]>();
    // @ts-expect-error: an id that was forgotten
    expectTypeOf(useConversation).toBeCallableWith();
    // @ts-expect-error: undefined is not "none"
    expectTypeOf(useConversation).toBeCallableWith(undefined);
  });

  it("name what is in a conversation as the list does, and not as the client's handle", () => {
    type Room = ReturnType<typeof useConversation>;
    expectTypeOf<Room["send"]>().toEqualTypeOf<(draft: Draft | string) => Promise<Message>>();
    expectTypeOf<Room["error"]>().toEqualTypeOf<TuttiError | null>();
    expectTypeOf<Room["hasMore"]>().toEqualTypeOf<boolean>();
    expectTypeOf<Room["readers"]>().toEqualTypeOf<Readonly<Record<string, number>>>();
    expectTypeOf<Room>().not.toHaveProperty("hasOlder");
    // @ts-expect-error: a snapshot is not to be changed
    const change = (room: Room): void => void room.messages.push();
    expectTypeOf(change).returns.toEqualTypeOf<void>();
  });

  it("take a name or null for a channel, and listeners that know their events", () => {
    expectTypeOf(useChannel).parameter(0).toEqualTypeOf<string | null>();
    expectTypeOf(useChannel).toBeCallableWith("public:game", { gap: ({ from, to }) => void (from + to) });
    // @ts-expect-error: there is no such event
    expectTypeOf(useChannel).toBeCallableWith("public:game", { message: () => undefined });
    expectTypeOf(useChannel).returns.toHaveProperty("publications").toEqualTypeOf<readonly Publication[]>();
    // What was published is whatever somebody published.
    expectTypeOf<Publication["data"]>().toBeUnknown();
  });

  it("give one presence for one user, and a map for several", () => {
    expectTypeOf(usePresence("bob")).toEqualTypeOf<Presence | null>();
    expectTypeOf(usePresence(null)).toEqualTypeOf<Presence | null>();
    expectTypeOf(usePresence(["bob"])).toEqualTypeOf<PresenceMap>();
    expectTypeOf(usePresence(info ?? [])).toEqualTypeOf<PresenceMap>();
    // @ts-expect-error: null stands for no user, so it cannot stand for no conversation
    expectTypeOf(usePresence).toBeCallableWith(info);
  });
});
