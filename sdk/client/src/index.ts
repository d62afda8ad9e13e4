// The public surface of @tutti/client: what applications import. Everything else is the SDK's own business.

export * from "./generated/protocol";
export { createClient, devSignIn } from "./client";
export type { TuttiClient } from "./client";
export type { ClientOptions } from "./options";
export { type ConnectionSnapshot, NOT_CONNECTED } from "./connection/driver";
export type { ConnectionState } from "./connection/machine";
export type { MetricErrorCode, MetricEvent, MetricsSnapshot, Quality } from "./connection/metrics";
export type { CodecName } from "./connection/codec";
export { sharedClient } from "./shared";
export type { SharedClient, SharedOptions } from "./shared";
export { ERROR_TEXTS, TuttiError, type TuttiErrorCode } from "./errors";
export type { Store } from "./store";
export type { LogLevel, LogSink } from "./log";
export type { Clock } from "./connection/clock";
export type { NetworkEvent, NetworkStatus } from "./connection/network";
export type { FrameData, Link, Socket, SocketFactory, SocketHandlers, Transport } from "./connection/transport";
export type { ChannelEvents, ChannelHandle, ChannelSnapshot, PublishOptions } from "./channels/channel";
export type { ConversationHandle, ConversationSnapshot } from "./chat/conversation";
export type { ConversationList, ConversationListSnapshot } from "./chat/conversations";
export type { Draft } from "./chat/pending";
export type { MessageView } from "./chat/timeline";
export type { OwnPresence, PresenceHandle } from "./presence/presence";
export type { HttpApi } from "./http/api";
export { indexedDbOutbox } from "./storage/indexed-db";
export { memoryOutbox, type OutboxEntry, type OutboxStorage } from "./storage/storage";
export type { SharingOptions } from "./connection/sharing/shared-socket";
export type { WorkerHandle } from "./connection/sharing/worker-socket";
