// The public surface of @tutti/client: what applications import. Everything else is the SDK's own business.

export * from "./generated/protocol";
export { createClient, devSignIn } from "./client";
export type { ClientOptions, TuttiClient } from "./client";
export type { ConnectionSnapshot } from "./connection/driver";
export type { ConnectionState } from "./connection/machine";
export { TuttiError, type TuttiErrorCode } from "./errors";
export type { Store } from "./store";
export type { LogLevel } from "./log";
export type { Clock } from "./connection/clock";
export type { NetworkEvent, NetworkStatus } from "./connection/network";
export type { Socket, SocketFactory, SocketHandlers } from "./connection/transport";
export type { ConversationHandle, ConversationSnapshot, Draft } from "./chat/conversation";
export type { ConversationList, ConversationListSnapshot } from "./chat/conversations";
export type { MessageView } from "./chat/timeline";
export type { OwnPresence, PresenceHandle } from "./presence/presence";
export type { HttpApi } from "./http/api";
