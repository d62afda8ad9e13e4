// The wire types of Tutti, generated from crates/protocol by `cargo xtask gen`. Do not edit.

/**
 * What went wrong, as `error.code` carries it, the same over every transport.
 */
export type ErrorCode = "invalid_request" | "validation_failed" | "unauthenticated" | "forbidden" | "not_found" | "conflict" | "payload_too_large" | "rate_limited" | "unavailable" | "internal";

/**
 * What the server accepts, so that a client can check before it sends.
 */
export type Limits = { 
/**
 * Largest frame or body, in bytes.
 */
max_frame_bytes: number, 
/**
 * Longest message text, in Unicode characters.
 */
max_message_chars: number, 
/**
 * Most attachments on one message.
 */
max_attachments: number, 
/**
 * Most mentioned users on one message.
 */
max_mentions: number, 
/**
 * Most message ids in one `read_receipt`.
 */
max_receipt_ids: number, 
/**
 * Most members of one group.
 */
max_members: number, 
/**
 * Most users whose presence one connection follows.
 */
max_presence_subscriptions: number, 
/**
 * Most messages on one history page.
 */
max_page: number, };

/**
 * The user a connection belongs to.
 */
export type User = { 
/**
 * Their id.
 */
id: string, 
/**
 * Their display name, if the token carries one.
 */
name: string | null, };

/**
 * Where a client left off.
 */
export type Resume = { 
/**
 * The `event_id` of the last push it received.
 */
since: string, };

/**
 * `auth`: who the caller is. The first frame of a connection that did not say so in the upgrade, and the way to bring
 * a fresh token before the old one expires.
 */
export type Auth = { 
/**
 * A JWT that the application issued.
 */
token: string, 
/**
 * Where the client left off, to be given what it missed.
 */
resume?: Resume, };

/**
 * `welcome`: the first frame from the server.
 */
export type Welcome = { 
/**
 * Version of the wire contract.
 */
protocol: number, 
/**
 * This connection's id.
 */
connection_id: string, 
/**
 * Who the server takes the caller for.
 */
user: User, 
/**
 * The server's clock.
 */
server_time: string, 
/**
 * How often the server pings, in milliseconds.
 */
heartbeat_ms: number, 
/**
 * Whether the missed events follow.
 */
resumed: boolean, 
/**
 * Conversations of which too much was missed: load them afresh.
 */
reset: Array<string>, 
/**
 * What to hand back as `since` if the connection is lost before any push came.
 */
since: string, 
/**
 * What the server accepts.
 */
limits: Limits, };

/**
 * `auth_ok`: the fresh token counts from now on.
 */
export type AuthOk = { 
/**
 * When it expires.
 */
expires_at: string, };

/**
 * `pong`: the answer to `ping`.
 */
export type Pong = { 
/**
 * The server's clock.
 */
server_time: string, };

/**
 * More about an error, for a program.
 */
export type ErrorDetails = { 
/**
 * The field at fault.
 */
field?: string, 
/**
 * The bound that was crossed.
 */
limit?: number, };

/**
 * `error`: a request was refused, or a frame could not be read. The connection stays.
 */
export type ErrorBody = { 
/**
 * What went wrong.
 */
code: ErrorCode, 
/**
 * The same for a person.
 */
message: string, 
/**
 * Whether the same request may succeed later.
 */
retryable: boolean, 
/**
 * With `rate_limited` and `unavailable`: how long to wait, in milliseconds.
 */
retry_after_ms?: number, 
/**
 * More, for a program.
 */
details?: ErrorDetails, 
/**
 * On HTTP, and with `internal`: what the server's log calls this request.
 */
request_id?: string, };

/**
 * What kind of conversation it is.
 */
export type ConversationKind = "direct" | "group";

/**
 * What a member may do: an owner everything, an admin all but unmake owners, a member take part.
 */
export type Role = "member" | "admin" | "owner";

/**
 * One user's place in a conversation.
 */
export type Member = { 
/**
 * Who.
 */
user_id: string, 
/**
 * The display name the user's latest token carried, if any.
 */
name: string | null, 
/**
 * What this member may do.
 */
role: Role, 
/**
 * Since when.
 */
joined_at: string, 
/**
 * Position of the last message this member has read; 0 before the first.
 */
last_read_seq: number, };

/**
 * A file or link that a message carries: its description and where it lies, never its bytes.
 */
export type Attachment = { 
/**
 * Where it can be fetched: an `https`, `http` or site-relative address, at most 2048 bytes.
 */
url: string, 
/**
 * File name or title, at most 255 characters.
 */
name?: string, 
/**
 * Media type (RFC 6838), at most 127 characters.
 */
mime_type?: string, 
/**
 * Size in bytes.
 */
size?: number, 
/**
 * Width in pixels, for a picture or video.
 */
width?: number, 
/**
 * Height in pixels, for a picture or video.
 */
height?: number, };

/**
 * All reactions with one emoji on one message.
 */
export type Reaction = { 
/**
 * The emoji, or any short text the application uses as one.
 */
emoji: string, 
/**
 * How many users reacted with it.
 */
count: number, 
/**
 * Who did: at most 100 of them, the reader of the page first when among them.
 */
user_ids: Array<string>, };

/**
 * What a thread's first message says of the replies under it.
 */
export type ThreadSummary = { 
/**
 * How many messages the thread has, its first not counted.
 */
reply_count: number, 
/**
 * When the latest of them was sent.
 */
last_reply_at: string, };

/**
 * A message.
 */
export type Message = { 
/**
 * Its id, unique on the server.
 */
id: string, 
/**
 * Where it was sent.
 */
conversation_id: string, 
/**
 * Its position among the conversation's messages: 1, 2, 3, without gaps.
 */
seq: number, 
/**
 * Who sent it.
 */
sender_id: string, 
/**
 * The text as it was sent. Never HTML: show it as text. Empty once deleted.
 */
message: string, 
/**
 * The sender's own id for it, if one was given.
 */
client_id: string | null, 
/**
 * When the server took it.
 */
created_at: string, 
/**
 * When it was last edited.
 */
edited_at: string | null, 
/**
 * Whether it was deleted; it keeps its place without its content.
 */
deleted: boolean, 
/**
 * The message this one answers.
 */
reply_to: string | null, 
/**
 * The first message of the thread this one belongs to.
 */
thread_id: string | null, 
/**
 * On the first message of a thread: what lies under it.
 */
thread: ThreadSummary | null, 
/**
 * Users whom the message mentions.
 */
mentions: Array<string>, 
/**
 * Reactions in the order in which their emoji first appeared.
 */
reactions: Array<Reaction>, 
/**
 * Files and links.
 */
attachments: Array<Attachment>, 
/**
 * The application's own data.
 */
metadata: Record<string, unknown>, };

/**
 * A conversation as one of its members sees it.
 */
export type Conversation = { 
/**
 * Its id.
 */
id: string, 
/**
 * Direct or group.
 */
kind: ConversationKind, 
/**
 * The name of a group; none for a direct conversation.
 */
title: string | null, 
/**
 * Who created it.
 */
created_by: string, 
/**
 * When.
 */
created_at: string, 
/**
 * Time of the latest event in it.
 */
updated_at: string, 
/**
 * Position of the newest message; 0 when there is none.
 */
last_seq: number, 
/**
 * Position of the newest event; pushes continue after it.
 */
offset: number, 
/**
 * The newest message, for a preview.
 */
last_message: Message | null, 
/**
 * How many members there are.
 */
member_count: number, 
/**
 * The longest-standing members, at most 20; `GET .../members` pages through all.
 */
members: Array<Member>, 
/**
 * The caller's own role.
 */
role: Role, 
/**
 * Position up to which the caller has read.
 */
last_read_seq: number, 
/**
 * Messages of others after that position, deleted ones left out.
 */
unread: number, 
/**
 * How many of the unread ones mention the caller.
 */
unread_mentions: number, 
/**
 * The application's own data.
 */
metadata: Record<string, unknown>, };

/**
 * `message`: send one. Exactly one of `receiver_id` and `conversation_id` says where.
 */
export type SendMessage = { 
/**
 * The other user of a direct conversation, which is created if there is none yet.
 */
receiver_id?: string, 
/**
 * An existing conversation.
 */
conversation_id?: string, 
/**
 * The text, 1 to 5000 characters; may be empty only beside an attachment.
 */
message: string, 
/**
 * The sender's own id for it, at most 128 bytes: sent twice with the same one, it is stored once.
 */
client_id?: string, 
/**
 * The message it answers.
 */
reply_to?: string, 
/**
 * The first message of the thread it belongs to.
 */
thread_id?: string, 
/**
 * Members whom it mentions, at most 100.
 */
mentions?: Array<string>, 
/**
 * Files and links, at most 30.
 */
attachments?: Array<Attachment>, 
/**
 * The application's own data, at most 4096 bytes as JSON.
 */
metadata?: Record<string, unknown>, };

/**
 * `message_edit`: replace the text of an own message.
 */
export type EditMessage = { 
/**
 * Which message.
 */
message_id: string, 
/**
 * The new text, 1 to 5000 characters.
 */
message: string, };

/**
 * `message_delete`: empty a message; its place stays.
 */
export type DeleteMessage = { 
/**
 * Which message.
 */
message_id: string, };

/**
 * `reaction_add` and `reaction_remove`.
 */
export type SetReaction = { 
/**
 * Which message.
 */
message_id: string, 
/**
 * The emoji, 1 to 64 bytes.
 */
emoji: string, };

/**
 * `read_receipt`: the caller has read up to these messages. Either many ids (of any conversations), or one
 * conversation and one message.
 */
export type ReadReceipt = { 
/**
 * Messages that were read, at most 200; ones the caller cannot see are passed over.
 */
message_ids?: Array<string>, 
/**
 * With `message_id`: the conversation.
 */
conversation_id?: string, 
/**
 * The last message that was read there.
 */
message_id?: string, };

/**
 * `typing`: the caller writes, or stopped. Never stored; ends by itself after 6 s.
 */
export type SetTyping = { 
/**
 * The other user of an existing direct conversation.
 */
receiver_id?: string, 
/**
 * A conversation.
 */
conversation_id?: string, 
/**
 * Whether the caller is writing now.
 */
is_typing: boolean, };

/**
 * `history`: a page of messages. At most one of the three anchors; none asks for the newest.
 */
export type GetHistory = { 
/**
 * Which conversation.
 */
conversation_id: string, 
/**
 * Only messages of this thread, its first included.
 */
thread_id?: string, 
/**
 * Messages older than this one.
 */
before_id?: string, 
/**
 * Messages newer than this one.
 */
after_id?: string, 
/**
 * This message and those around it.
 */
around_id?: string, 
/**
 * How many, 1 to 100; 20 when left out.
 */
limit?: number, };

/**
 * `history`, the reply: a page of messages.
 */
export type MessagePage = { 
/**
 * Newest first.
 */
messages: Array<Message>, 
/**
 * Whether more lie beyond the page: older ones, or newer ones when `after_id` was asked for.
 */
has_more: boolean, };

/**
 * `message_sent`: the message is stored.
 */
export type MessageSent = { 
/**
 * The message as it is stored.
 */
message: Message, 
/**
 * Whether this is the answer to a repeat, and the message was stored before.
 */
duplicate: boolean, };

/**
 * `message` as a push, and `message_edited`.
 */
export type MessageChanged = { 
/**
 * The message as it is now.
 */
message: Message, };

/**
 * `message_deleted`.
 */
export type MessageDeleted = { 
/**
 * Which message.
 */
message_id: string, 
/**
 * Where.
 */
conversation_id: string, };

/**
 * `reaction_added` and `reaction_removed`.
 */
export type ReactionChanged = { 
/**
 * Where.
 */
conversation_id: string, 
/**
 * Which message.
 */
message_id: string, 
/**
 * Who reacted.
 */
user_id: string, 
/**
 * With what.
 */
emoji: string, 
/**
 * How many have that reaction now.
 */
count: number, };

/**
 * `read_receipt` as a push: a member has read up to here.
 */
export type ReadPosition = { 
/**
 * Where.
 */
conversation_id: string, 
/**
 * Who.
 */
user_id: string, 
/**
 * The last message read.
 */
last_read_id: string, 
/**
 * Its position.
 */
last_read_seq: number, };

/**
 * `read_receipt_ok`: the positions as they stand now, one per conversation that the receipt touched.
 */
export type ReadReceiptOk = { 
/**
 * The caller's positions.
 */
conversations: Array<ReadPosition>, };

/**
 * `typing` as a push.
 */
export type Typing = { 
/**
 * Where.
 */
conversation_id: string, 
/**
 * Who.
 */
user_id: string, 
/**
 * Whether they are writing now.
 */
is_typing: boolean, };

/**
 * What every member knows of a conversation, as the conversation events carry it.
 */
export type ConversationInfo = { 
/**
 * Its id.
 */
id: string, 
/**
 * Direct or group.
 */
kind: ConversationKind, 
/**
 * The name of a group.
 */
title: string | null, 
/**
 * The application's own data.
 */
metadata: Record<string, unknown>, };

/**
 * `conversation_created` and `conversation_updated`.
 */
export type ConversationChanged = { 
/**
 * The conversation as it is now; `GET /conversations/{id}` has the caller's own view of it.
 */
conversation: ConversationInfo, };

/**
 * `conversation_deleted`.
 */
export type ConversationDeleted = { 
/**
 * Which one.
 */
conversation_id: string, };

/**
 * `member_added` and `member_updated`.
 */
export type MemberChanged = { 
/**
 * Where.
 */
conversation_id: string, 
/**
 * The member as it is now.
 */
member: Member, };

/**
 * `member_removed`: somebody left or was removed.
 */
export type MemberRemoved = { 
/**
 * Where.
 */
conversation_id: string, 
/**
 * Who.
 */
user_id: string, };

/**
 * What a user says of themselves.
 */
export type Availability = "online" | "away" | "busy" | "invisible";

/**
 * What others see of a user.
 */
export type Status = "online" | "away" | "busy" | "offline";

/**
 * `presence_set`: say how one is.
 */
export type SetPresence = { 
/**
 * The new status.
 */
status: Availability, 
/**
 * A short text beside it, at most 140 characters; left out, there is none.
 */
text?: string, };

/**
 * `presence_set_ok`: the status as the server holds it.
 */
export type PresenceSetOk = { 
/**
 * The status.
 */
status: Availability, 
/**
 * The text beside it.
 */
text: string | null, };

/**
 * `presence_subscribe` and `presence_unsubscribe`: follow users by id, or the members of a conversation page by page.
 * Only users who share a conversation with the caller can be followed; others are left out.
 */
export type PresenceFollow = { 
/**
 * These users, at most 100 in one frame.
 */
user_ids?: Array<string>, 
/**
 * The members of this conversation.
 */
conversation_id?: string, 
/**
 * With `conversation_id`: where the page starts, from the `next_cursor` of the page before.
 */
cursor?: string, 
/**
 * With `conversation_id`: members on the page, 1 to 100; 20 when left out.
 */
limit?: number, };

/**
 * What others see of one user; also the push `presence`.
 */
export type Presence = { 
/**
 * Who.
 */
user_id: string, 
/**
 * How they are.
 */
status: Status, 
/**
 * The short text beside it.
 */
text: string | null, 
/**
 * When they were last here; none if never, or if they are here now.
 */
last_seen_at: string | null, };

/**
 * `presence_state`: the users now followed, and how they are.
 */
export type PresenceState = { 
/**
 * One entry per user.
 */
users: Array<Presence>, 
/**
 * Where the next page starts, if there is one.
 */
next_cursor: string | null, };

/**
 * A place in a channel. The epoch changes when the server had to begin counting anew; positions of different epochs
 * cannot be compared.
 */
export type ChannelPosition = { 
/**
 * Which count.
 */
epoch: string, 
/**
 * The last publication that the client has; 0 for none.
 */
offset: number, };

/**
 * `subscribe`: listen to a channel from now on, and be given what was missed since a position.
 */
export type Subscribe = { 
/**
 * The channel, `namespace:rest`.
 */
channel: string, 
/**
 * Where the client left off.
 */
position?: ChannelPosition, };

/**
 * `subscribed`: the connection listens. The frame's `offset` is the channel's newest.
 */
export type Subscribed = { 
/**
 * The channel.
 */
channel: string, 
/**
 * Which count `offset` belongs to.
 */
epoch: string, 
/**
 * Whether `publications` is everything that followed the position that was asked for. If not, load afresh.
 */
recovered: boolean, 
/**
 * What was missed, oldest first.
 */
publications: Array<Publication>, };

/**
 * `unsubscribe` and its reply `unsubscribed`: stop listening.
 */
export type Unsubscribe = { 
/**
 * The channel.
 */
channel: string, };

/**
 * `publish`: tell everybody who listens.
 */
export type Publish = { 
/**
 * The channel.
 */
channel: string, 
/**
 * Any JSON value.
 */
data: unknown, 
/**
 * The client's own id for it, 1 to 128 bytes: published once, however often it is sent.
 */
client_id?: string, 
/**
 * What it is the newest state of, at most 64 bytes. Where the namespace keeps only the latest for a slow reader, a
 * publication replaces an unsent one of the same key; the whole channel is one key when it is left out.
 */
key?: string, 
/**
 * Whether the connection that publishes does without the push.
 */
exclude_sender?: boolean, };

/**
 * `published`: it was given its place, the frame's `offset`.
 */
export type Published = { 
/**
 * The channel.
 */
channel: string, 
/**
 * Whether it had been published before, under the same `client_id`.
 */
duplicate: boolean, };

/**
 * The push `publication`. Its place is the frame's `offset`.
 */
export type PublicationPushed = { 
/**
 * The channel.
 */
channel: string, 
/**
 * Who published it; none for a server.
 */
from: string | null, 
/**
 * What was published.
 */
data: unknown, 
/**
 * When.
 */
sent_at: string, };

/**
 * A publication in a list.
 */
export type Publication = { 
/**
 * Its place in the channel: 1, 2, 3, without gaps.
 */
offset: number, 
/**
 * Who published it; none for a server.
 */
from: string | null, 
/**
 * What was published.
 */
data: unknown, 
/**
 * When.
 */
sent_at: string, };

/**
 * The pushes `channel_member_joined` and `channel_member_left`: a user's first connection came, or the last one went.
 */
export type ChannelMember = { 
/**
 * The channel.
 */
channel: string, 
/**
 * Who.
 */
user_id: string, };

/**
 * `POST /channels/{channel}/publish`.
 */
export type NewPublication = { 
/**
 * Any JSON value.
 */
data: unknown, 
/**
 * As in `publish`.
 */
client_id?: string, 
/**
 * As in `publish`.
 */
key?: string, };

/**
 * Where a publication stands; the reply to one published over HTTP.
 */
export type PublishedAt = { 
/**
 * The channel.
 */
channel: string, 
/**
 * Which count `offset` belongs to.
 */
epoch: string, 
/**
 * Its place.
 */
offset: number, 
/**
 * Whether it had been published before, under the same `client_id`.
 */
duplicate: boolean, };

/**
 * `POST /channels/broadcast`: the same publication in many channels.
 */
export type Broadcast = { 
/**
 * The channels, 1 to 100.
 */
channels: Array<string>, 
/**
 * Any JSON value.
 */
data: unknown, 
/**
 * As in `publish`.
 */
client_id?: string, 
/**
 * As in `publish`.
 */
key?: string, };

/**
 * What became of a broadcast in one channel: its place, or the error.
 */
export type BroadcastResult = PublishedAt | { 
/**
 * The channel.
 */
channel: string, 
/**
 * Why.
 */
error: ErrorBody, };

/**
 * `POST /channels/broadcast`, the reply: one entry for each channel, in the order of the request.
 */
export type BroadcastReply = { 
/**
 * What became of each.
 */
results: Array<BroadcastResult>, };

/**
 * `GET /channels/{channel}/history`.
 */
export type ChannelHistoryQuery = { 
/**
 * Only what follows this offset; left out, from the oldest that is kept.
 */
after?: number, 
/**
 * How many, 1 to 100; 20 when left out.
 */
limit?: number, };

/**
 * `GET /channels/{channel}/history`, the reply.
 */
export type ChannelHistory = { 
/**
 * The channel.
 */
channel: string, 
/**
 * Which count the offsets belong to.
 */
epoch: string, 
/**
 * The newest offset of the channel.
 */
offset: number, 
/**
 * What is kept, oldest first.
 */
publications: Array<Publication>, 
/**
 * Whether more follows.
 */
has_more: boolean, };

/**
 * Somebody who listens.
 */
export type ChannelPresent = { 
/**
 * Who.
 */
user_id: string, 
/**
 * Over how many connections.
 */
connections: number, };

/**
 * `GET /channels/{channel}/presence`, the reply: who listens.
 */
export type ChannelPresence = { 
/**
 * The channel.
 */
channel: string, 
/**
 * One page of those who listen, by user id.
 */
members: Array<ChannelPresent>, 
/**
 * How many users listen in all.
 */
total: number, 
/**
 * Where the next page starts, if there is one.
 */
next_cursor: string | null, };

/**
 * What a client puts on a request to know its reply: a string of at most 64 bytes, or a whole number.
 */
export type Ref = number | string;

/**
 * What a client asks.
 */
export type Command = { "type": "auth" } & Auth | { "type": "ping" } | { "type": "logout" } | { "type": "message" } & SendMessage | { "type": "message_edit" } & EditMessage | { "type": "message_delete" } & DeleteMessage | { "type": "reaction_add" } & SetReaction | { "type": "reaction_remove" } & SetReaction | { "type": "read_receipt" } & ReadReceipt | { "type": "typing" } & SetTyping | { "type": "history" } & GetHistory | { "type": "presence_set" } & SetPresence | { "type": "presence_subscribe" } & PresenceFollow | { "type": "presence_unsubscribe" } & PresenceFollow | { "type": "subscribe" } & Subscribe | { "type": "unsubscribe" } & Unsubscribe | { "type": "publish" } & Publish;

/**
 * What the server says.
 */
export type ServerBody = { "type": "welcome" } & Welcome | { "type": "auth_ok" } & AuthOk | { "type": "pong" } & Pong | { "type": "error" } & ErrorBody | { "type": "message_sent" } & MessageSent | { "type": "message" } & MessageChanged | { "type": "message_edited" } & MessageChanged | { "type": "message_deleted" } & MessageDeleted | { "type": "reaction_added" } & ReactionChanged | { "type": "reaction_removed" } & ReactionChanged | { "type": "read_receipt_ok" } & ReadReceiptOk | { "type": "read_receipt" } & ReadPosition | { "type": "typing" } & Typing | { "type": "history" } & MessagePage | { "type": "conversation_created" } & ConversationChanged | { "type": "conversation_updated" } & ConversationChanged | { "type": "conversation_deleted" } & ConversationDeleted | { "type": "member_added" } & MemberChanged | { "type": "member_updated" } & MemberChanged | { "type": "member_removed" } & MemberRemoved | { "type": "presence_set_ok" } & PresenceSetOk | { "type": "presence_state" } & PresenceState | { "type": "presence" } & Presence | { "type": "subscribed" } & Subscribed | { "type": "unsubscribed" } & Unsubscribe | { "type": "published" } & Published | { "type": "publication" } & PublicationPushed | { "type": "channel_member_joined" } & ChannelMember | { "type": "channel_member_left" } & ChannelMember;

/**
 * What the server sends: a body, with `ref` on a reply, and with `event_id` and `offset` on a durable push.
 *
 * A reply to a change carries the change's `offset` but no `event_id`: it may overtake pushes of other conversations,
 * so a client must not resume from it.
 */
export type ServerFrame = { 
/**
 * On a durable push: what to hand back to resume after it.
 */
event_id?: string, 
/**
 * Position in its conversation or channel: 1, 2, 3, without gaps.
 */
offset?: number, 
/**
 * On a reply: the request's `ref`.
 */
ref?: Ref, } & ({ "type": "welcome" } & Welcome | { "type": "auth_ok" } & AuthOk | { "type": "pong" } & Pong | { "type": "error" } & ErrorBody | { "type": "message_sent" } & MessageSent | { "type": "message" } & MessageChanged | { "type": "message_edited" } & MessageChanged | { "type": "message_deleted" } & MessageDeleted | { "type": "reaction_added" } & ReactionChanged | { "type": "reaction_removed" } & ReactionChanged | { "type": "read_receipt_ok" } & ReadReceiptOk | { "type": "read_receipt" } & ReadPosition | { "type": "typing" } & Typing | { "type": "history" } & MessagePage | { "type": "conversation_created" } & ConversationChanged | { "type": "conversation_updated" } & ConversationChanged | { "type": "conversation_deleted" } & ConversationDeleted | { "type": "member_added" } & MemberChanged | { "type": "member_updated" } & MemberChanged | { "type": "member_removed" } & MemberRemoved | { "type": "presence_set_ok" } & PresenceSetOk | { "type": "presence_state" } & PresenceState | { "type": "presence" } & Presence | { "type": "subscribed" } & Subscribed | { "type": "unsubscribed" } & Unsubscribe | { "type": "published" } & Published | { "type": "publication" } & PublicationPushed | { "type": "channel_member_joined" } & ChannelMember | { "type": "channel_member_left" } & ChannelMember);

/**
 * The body of every HTTP error.
 */
export type ErrorReply = { 
/**
 * What went wrong.
 */
error: ErrorBody, };

/**
 * `POST /conversations`.
 */
export type NewConversation = { 
/**
 * `group` unless said otherwise; a direct conversation that exists already is returned as it is.
 */
kind?: ConversationKind, 
/**
 * The name of a group, 1 to 200 characters.
 */
title?: string, 
/**
 * The others. The caller becomes the owner of a group.
 */
member_ids: Array<string>, 
/**
 * The application's own data, at most 4096 bytes as JSON.
 */
metadata?: Record<string, unknown>, };

/**
 * `PATCH /conversations/{id}`: what is left out stays.
 */
export type ConversationPatch = { 
/**
 * The new name.
 */
title?: string, 
/**
 * The new data, replacing the old as a whole.
 */
metadata?: Record<string, unknown>, };

/**
 * A page of the caller's conversations, the most recently active first.
 */
export type ConversationPage = { 
/**
 * The conversations.
 */
conversations: Array<Conversation>, 
/**
 * Where the next page starts, if there is one.
 */
next_cursor: string | null, };

/**
 * A page of members, the longest-standing first.
 */
export type MemberPage = { 
/**
 * The members.
 */
members: Array<Member>, 
/**
 * Where the next page starts, if there is one.
 */
next_cursor: string | null, };

/**
 * Where a page starts and how long it is.
 */
export type PageQuery = { 
/**
 * The `next_cursor` of the page before.
 */
cursor?: string, 
/**
 * How many, 1 to 100; 20 when left out.
 */
limit?: number, };

/**
 * `POST /conversations/{id}/members`.
 */
export type NewMember = { 
/**
 * Who joins.
 */
user_id: string, 
/**
 * As what; `member` when left out. For one who is a member already: the new role.
 */
role?: Role, };

/**
 * `POST /conversations/{id}/messages`: as the `message` frame, the conversation being in the path.
 */
export type NewMessage = { 
/**
 * The text, 1 to 5000 characters; may be empty only beside an attachment.
 */
message: string, 
/**
 * The sender's own id for it; the `Idempotency-Key` stands in when it is left out.
 */
client_id?: string, 
/**
 * The message it answers.
 */
reply_to?: string, 
/**
 * The first message of the thread it belongs to.
 */
thread_id?: string, 
/**
 * Members whom it mentions, at most 100.
 */
mentions?: Array<string>, 
/**
 * Files and links, at most 30.
 */
attachments?: Array<Attachment>, 
/**
 * The application's own data, at most 4096 bytes as JSON.
 */
metadata?: Record<string, unknown>, };

/**
 * `PATCH /messages/{id}`.
 */
export type MessagePatch = { 
/**
 * The new text, 1 to 5000 characters.
 */
message: string, };

/**
 * `GET /conversations/{id}/messages`: at most one anchor; none asks for the newest.
 */
export type HistoryQuery = { 
/**
 * Only messages of this thread, its first included.
 */
thread_id?: string, 
/**
 * Messages older than this one.
 */
before_id?: string, 
/**
 * Messages newer than this one.
 */
after_id?: string, 
/**
 * This message and those around it.
 */
around_id?: string, 
/**
 * How many, 1 to 100; 20 when left out.
 */
limit?: number, };

/**
 * `POST /conversations/{id}/read`: everything up to this message; left out, everything.
 */
export type MarkRead = { 
/**
 * The last message read.
 */
message_id?: string, };

/**
 * Unread messages of one conversation.
 */
export type ConversationUnread = { 
/**
 * Which conversation.
 */
conversation_id: string, 
/**
 * Messages of others after the read position, deleted ones left out.
 */
unread: number, 
/**
 * How many of those mention the caller.
 */
mentions: number, 
/**
 * The caller's read position.
 */
last_read_seq: number, };

/**
 * `GET /unread`.
 */
export type Unread = { 
/**
 * All unread messages.
 */
total: number, 
/**
 * All unread mentions.
 */
mentions: number, 
/**
 * Conversations with at least one unread message, the most recently active first.
 */
conversations: Array<ConversationUnread>, };

/**
 * `GET /events` and `GET /events/poll`.
 */
export type EventsQuery = { 
/**
 * The last event the client has.
 */
since?: string, 
/**
 * Long poll only: how many seconds to wait for something, 0 to 60; 25 when left out.
 */
timeout?: number, };

/**
 * `GET /events/poll`: what happened, oldest first.
 */
export type PolledEvents = { 
/**
 * The frames, as a WebSocket would have carried them.
 */
events: Array<ServerFrame>, 
/**
 * What to hand back as `since` in the next poll.
 */
since: string, 
/**
 * Whether the events continue from the `since` that was asked for; if not, load everything afresh.
 */
resumed: boolean, 
/**
 * Conversations of which too much was missed: load them afresh.
 */
reset: Array<string>, };

/**
 * `POST /dev/token`, only with `--dev`: sign in by name.
 */
export type DevSignIn = { 
/**
 * The display name; the user id is made from it.
 */
name: string, 
/**
 * Roles that the token shall carry, `operator` for one; at most 16.
 */
roles?: Array<string>, };

/**
 * A token and whose it is.
 */
export type IssuedToken = { 
/**
 * The token.
 */
token: string, 
/**
 * Whose it is.
 */
user: User, 
/**
 * When it expires.
 */
expires_at: string, };

/**
 * `GET /info`: what a client may know before it signs in.
 */
export type ServerInfo = { 
/**
 * The server's version.
 */
version: string, 
/**
 * Version of the wire contract.
 */
protocol: number, 
/**
 * Whether `POST /dev/token` signs anyone in by name.
 */
dev: boolean, };

/**
 * `GET /users`: people who have signed in, by the start of their name or id.
 */
export type UserQuery = { 
/**
 * How the name or id starts; left out, everybody.
 */
query?: string, 
/**
 * How many, 1 to 100; 20 when left out.
 */
limit?: number, };

/**
 * `GET /users`, the reply.
 */
export type UserList = { 
/**
 * The users, by name.
 */
users: Array<User>, };

/**
 * What carries a connection.
 */
export type TransportKind = "websocket" | "sse" | "poll";

/**
 * One server process.
 */
export type NodeInfo = { 
/**
 * The server's version.
 */
version: string, 
/**
 * When it was started.
 */
started_at: string, 
/**
 * What time it is there.
 */
now: string, 
/**
 * How many fan-out tasks there are.
 */
shards: number, 
/**
 * What clients may connect over.
 */
transports: Array<TransportKind>, };

/**
 * Open connections by what carries them.
 */
export type ConnectionCounts = { 
/**
 * All of them.
 */
total: number, 
/**
 * WebSockets.
 */
websocket: number, 
/**
 * Streams of Server-Sent Events.
 */
sse: number, 
/**
 * Long polls that wait.
 */
poll: number, };

/**
 * How often the server closed a connection with one code.
 */
export type ClosedCount = { 
/**
 * The close code.
 */
code: number, 
/**
 * How often.
 */
count: number, };

/**
 * Totals since the server was started: the difference of two of them, over the time between, is a rate.
 */
export type Counters = { 
/**
 * Frames that clients sent.
 */
frames_received: number, 
/**
 * Pushes delivered, counted once for each connection.
 */
frames_delivered: number, 
/**
 * Frames dropped for connections that read too slowly.
 */
frames_dropped: number, 
/**
 * Commands answered with an error.
 */
errors: number, 
/**
 * Publications in channels.
 */
publications: number, 
/**
 * Connections opened.
 */
opened: number, 
/**
 * Connections given up because they read too slowly; also in `closed`, under 4100.
 */
slow_consumers: number, 
/**
 * Connections that the server closed, by close code. Codes that did not occur are left out.
 */
closed: Array<ClosedCount>, };

/**
 * `GET /operator/overview`: the server as a whole.
 */
export type Overview = { 
/**
 * The process.
 */
node: NodeInfo, 
/**
 * Open connections.
 */
connections: ConnectionCounts, 
/**
 * How many different users are connected.
 */
users: number, 
/**
 * How many channels there are.
 */
channels: number, 
/**
 * What was counted since the start.
 */
counters: Counters, };

/**
 * `GET /operator/connections`
 */
export type ConnectionsQuery = { 
/**
 * Only those of this user.
 */
user?: string, 
/**
 * Whether only those are listed that have bytes waiting.
 */
slow?: boolean, 
/**
 * The `next_cursor` of the page before.
 */
cursor?: string, 
/**
 * How many, 1 to 100; 20 when left out.
 */
limit?: number, };

/**
 * One open connection.
 */
export type ConnectionInfo = { 
/**
 * Its id.
 */
id: string, 
/**
 * Whose it is.
 */
user_id: string, 
/**
 * What carries it.
 */
transport: TransportKind, 
/**
 * How its frames are written.
 */
codec: "json" | "msgpack", 
/**
 * Whether long frames are compressed.
 */
compressed: boolean, 
/**
 * When it was opened.
 */
opened_at: string, 
/**
 * When the last sign of life came: a frame, or the answer to a ping. Streams and polls give none after they open.
 */
heard_at: string, 
/**
 * Bytes that wait in the server for it to read on.
 */
queued_bytes: number, 
/**
 * How many channels it listens to.
 */
channels: number, };

/**
 * `GET /operator/connections`, the reply: a page of open connections, the longest open first.
 */
export type ConnectionPage = { 
/**
 * The connections.
 */
connections: Array<ConnectionInfo>, 
/**
 * Where the next page starts, if there is one.
 */
next_cursor: string | null, };

/**
 * A user who is connected.
 */
export type ConnectedUser = { 
/**
 * Who.
 */
user_id: string, 
/**
 * What they are called, if that is known.
 */
name: string | null, 
/**
 * Over how many connections.
 */
connections: number, };

/**
 * `GET /operator/users`, the reply: a page of users who are connected, by id.
 */
export type ConnectedUserPage = { 
/**
 * The users.
 */
users: Array<ConnectedUser>, 
/**
 * Where the next page starts, if there is one.
 */
next_cursor: string | null, };

/**
 * `GET /operator/users/{user}`: what the server knows of a user, connected or not.
 */
export type OperatorUser = { 
/**
 * Who.
 */
user_id: string, 
/**
 * What they are called, if that is known.
 */
name: string | null, 
/**
 * How others see them, and when they were last here.
 */
presence: Presence, 
/**
 * Their open connections, the longest open first.
 */
connections: Array<ConnectionInfo>, 
/**
 * Tokens issued up to this time are refused; none if they were not revoked.
 */
revoked_at: string | null, };

/**
 * `GET /operator/channels`
 */
export type ChannelsQuery = { 
/**
 * How the name starts; left out, every channel.
 */
prefix?: string, 
/**
 * The `next_cursor` of the page before.
 */
cursor?: string, 
/**
 * How many, 1 to 100; 20 when left out.
 */
limit?: number, };

/**
 * One channel.
 */
export type ChannelInfo = { 
/**
 * Its name.
 */
channel: string, 
/**
 * How many connections listen.
 */
connections: number, 
/**
 * How many users listen.
 */
users: number, 
/**
 * The newest offset.
 */
offset: number, 
/**
 * Which count `offset` belongs to.
 */
epoch: string, 
/**
 * How many publications are kept.
 */
kept: number, 
/**
 * Publications in a second, about the mean of the last ten seconds.
 */
per_second: number, };

/**
 * `GET /operator/channels`, the reply: a page of channels, by name.
 */
export type ChannelPage = { 
/**
 * The channels. A page may be shorter than asked for although more follow: `next_cursor` says so.
 */
channels: Array<ChannelInfo>, 
/**
 * Where the next page starts, if there is one.
 */
next_cursor: string | null, };

/**
 * What happened.
 */
export type OperatorEventKind = "connection_opened" | "connection_closed" | "slow_consumer" | "command_failed" | "channel_created" | "channel_forgotten" | "subscribed" | "unsubscribed" | "published" | "conversation_created" | "conversation_deleted" | "member_added" | "member_removed" | "message_posted" | "message_edited" | "message_deleted" | "missed";

/**
 * Something that happened; `data:` of one event in the stream of `GET /operator/events`.
 */
export type OperatorEvent = { 
/**
 * When.
 */
at: string, 
/**
 * What.
 */
kind: OperatorEventKind, 
/**
 * Who did it, or to whom it happened.
 */
user_id?: string, 
/**
 * Over which connection.
 */
connection_id?: string, 
/**
 * In which channel.
 */
channel?: string, 
/**
 * In which conversation.
 */
conversation_id?: string, 
/**
 * The close code or error code that goes with it.
 */
code?: string, 
/**
 * What else the kind says of it.
 */
detail?: string, 
/**
 * How many, where the kind counts.
 */
count?: number, };

/** What each close code means and whether to reconnect. */
export const CLOSE_CODES = {
  1000: { reason: "goodbye", reconnect: false, meaning: "The connection was closed." },
  1001: { reason: "going away", reconnect: true, meaning: "The server ended the connection. Reconnecting." },
  1002: { reason: "protocol error", reconnect: false, meaning: "The client broke the WebSocket protocol." },
  1007: { reason: "text is not UTF-8", reconnect: false, meaning: "The client sent text that is not UTF-8." },
  1009: { reason: "frame too big", reconnect: false, meaning: "The client sent a frame over the limit." },
  4001: { reason: "authentication failed", reconnect: false, meaning: "Authentication failed. Please sign in again." },
  4003: { reason: "token expired", reconnect: false, meaning: "Your session has expired. Please sign in again." },
  4004: { reason: "revoked", reconnect: false, meaning: "Your access was revoked." },
  4029: { reason: "too many connections", reconnect: false, meaning: "Too many connections. Close another window and try again." },
  4100: { reason: "slow consumer", reconnect: true, meaning: "The connection could not keep up. Reconnecting." },
  4101: { reason: "heartbeat missed", reconnect: true, meaning: "The connection was lost. Reconnecting." },
  4102: { reason: "server draining", reconnect: true, meaning: "The server is moving. Reconnecting." },
} as const;

/** One sentence for each error code, for a person who meets it. */
export const ERROR_MEANINGS: Record<ErrorCode, string> = {
  invalid_request: "The request could not be understood.",
  validation_failed: "A value is out of bounds.",
  unauthenticated: "Please sign in again.",
  forbidden: "You are not allowed to do this.",
  not_found: "There is no such thing, or you cannot see it.",
  conflict: "This is not possible in the present state.",
  payload_too_large: "This is too large to send.",
  rate_limited: "Too many requests. Please slow down.",
  unavailable: "The service is busy. Please try again in a moment.",
  internal: "Something went wrong on the server.",
};

/** Version of the wire contract. */
export const PROTOCOL_VERSION = 1;
