//! Any valid value of the wire, for property tests: every variant, text in any script, numbers up to their ends, JSON
//! that nests.

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::{Number, Value};
use tutti_protocol::channels::*;
use tutti_protocol::chat::*;
use tutti_protocol::code::ErrorCode;
use tutti_protocol::frame::{Ref, Request, ServerFrame};
use tutti_protocol::ids::{ChannelName, ConnectionId, ConversationId, EventId, MessageId, UserId};
use tutti_protocol::limits::Limits;
use tutti_protocol::presence::*;
use tutti_protocol::session::*;
use tutti_protocol::time::Timestamp;
use tutti_protocol::{Command, ServerBody};

/// A request of any kind.
pub(crate) fn requests() -> impl Strategy<Value = Request> {
    (commands(), of(refs())).prop_map(|(command, reference)| Request { command, reference })
}

/// A frame of any kind.
pub(crate) fn server_frames() -> impl Strategy<Value = ServerFrame> {
    (server_bodies(), of(event_ids()), of(any::<u64>()), of(refs()))
        .prop_map(|(body, event_id, offset, reference)| ServerFrame { body, event_id, offset, reference })
}

/// A command of any kind.
pub(crate) fn commands() -> impl Strategy<Value = Command> {
    Union::new([
        (text(), of(event_ids().prop_map(|since| Resume { since })))
            .prop_map(|(token, resume)| Command::Auth(Auth { token, resume }))
            .boxed(),
        Just(Command::Ping).boxed(),
        Just(Command::Logout).boxed(),
        send_messages().prop_map(Command::Message).boxed(),
        (message_ids(), text())
            .prop_map(|(message_id, message)| Command::MessageEdit(EditMessage { message_id, message }))
            .boxed(),
        message_ids().prop_map(|message_id| Command::MessageDelete(DeleteMessage { message_id })).boxed(),
        reacts().prop_map(Command::ReactionAdd).boxed(),
        reacts().prop_map(Command::ReactionRemove).boxed(),
        (vec(message_ids(), 0..4), of(conversation_ids()), of(message_ids()))
            .prop_map(|(message_ids, conversation_id, message_id)| {
                Command::ReadReceipt(ReadReceipt { message_ids, conversation_id, message_id })
            })
            .boxed(),
        (of(user_ids()), of(conversation_ids()), any::<bool>())
            .prop_map(|(receiver_id, conversation_id, is_typing)| {
                Command::Typing(SetTyping { receiver_id, conversation_id, is_typing })
            })
            .boxed(),
        histories().prop_map(Command::History).boxed(),
        (availabilities(), of(text()))
            .prop_map(|(status, text)| Command::PresenceSet(SetPresence { status, text }))
            .boxed(),
        follows().prop_map(Command::PresenceSubscribe).boxed(),
        follows().prop_map(Command::PresenceUnsubscribe).boxed(),
        (channel_names(), of(positions()))
            .prop_map(|(channel, position)| Command::Subscribe(Subscribe { channel, position }))
            .boxed(),
        channel_names().prop_map(|channel| Command::Unsubscribe(Unsubscribe { channel })).boxed(),
        publishes().prop_map(Command::Publish).boxed(),
    ])
}

/// What the server says, of any kind.
pub(crate) fn server_bodies() -> impl Strategy<Value = ServerBody> {
    Union::new(
        session_bodies()
            .into_iter()
            .chain(chat_bodies())
            .chain(conversation_bodies())
            .chain(presence_bodies())
            .chain(channel_bodies()),
    )
}

fn session_bodies() -> [BoxedStrategy<ServerBody>; 4] {
    [
        welcomes().prop_map(ServerBody::Welcome).boxed(),
        times().prop_map(|expires_at| ServerBody::AuthOk(AuthOk { expires_at })).boxed(),
        times().prop_map(|server_time| ServerBody::Pong(Pong { server_time })).boxed(),
        errors().prop_map(ServerBody::Error).boxed(),
    ]
}

fn chat_bodies() -> [BoxedStrategy<ServerBody>; 10] {
    let changed = || messages().prop_map(|message| MessageChanged { message });
    [
        (messages(), any::<bool>())
            .prop_map(|(message, duplicate)| ServerBody::MessageSent(MessageSent { message, duplicate }))
            .boxed(),
        changed().prop_map(ServerBody::Message).boxed(),
        changed().prop_map(ServerBody::MessageEdited).boxed(),
        (message_ids(), conversation_ids())
            .prop_map(|(message_id, conversation_id)| {
                ServerBody::MessageDeleted(MessageDeleted { message_id, conversation_id })
            })
            .boxed(),
        reaction_changes().prop_map(ServerBody::ReactionAdded).boxed(),
        reaction_changes().prop_map(ServerBody::ReactionRemoved).boxed(),
        vec(read_positions(), 0..4)
            .prop_map(|conversations| ServerBody::ReadReceiptOk(ReadReceiptOk { conversations }))
            .boxed(),
        read_positions().prop_map(ServerBody::ReadReceipt).boxed(),
        (conversation_ids(), user_ids(), any::<bool>())
            .prop_map(|(conversation_id, user_id, is_typing)| {
                ServerBody::Typing(Typing { conversation_id, user_id, is_typing })
            })
            .boxed(),
        (vec(messages(), 0..4), any::<bool>())
            .prop_map(|(messages, has_more)| ServerBody::History(MessagePage { messages, has_more }))
            .boxed(),
    ]
}

fn conversation_bodies() -> [BoxedStrategy<ServerBody>; 6] {
    let changed = || infos().prop_map(|conversation| ConversationChanged { conversation });
    let member = || {
        (conversation_ids(), members()).prop_map(|(conversation_id, member)| MemberChanged { conversation_id, member })
    };
    [
        changed().prop_map(ServerBody::ConversationCreated).boxed(),
        changed().prop_map(ServerBody::ConversationUpdated).boxed(),
        conversation_ids()
            .prop_map(|conversation_id| ServerBody::ConversationDeleted(ConversationDeleted { conversation_id }))
            .boxed(),
        member().prop_map(ServerBody::MemberAdded).boxed(),
        member().prop_map(ServerBody::MemberUpdated).boxed(),
        (conversation_ids(), user_ids())
            .prop_map(|(conversation_id, user_id)| {
                ServerBody::MemberRemoved(MemberRemoved { conversation_id, user_id })
            })
            .boxed(),
    ]
}

fn presence_bodies() -> [BoxedStrategy<ServerBody>; 3] {
    [
        (availabilities(), of(text()))
            .prop_map(|(status, text)| ServerBody::PresenceSetOk(PresenceSetOk { status, text }))
            .boxed(),
        (vec(presences(), 0..4), of(text()))
            .prop_map(|(users, next_cursor)| ServerBody::PresenceState(PresenceState { users, next_cursor }))
            .boxed(),
        presences().prop_map(ServerBody::Presence).boxed(),
    ]
}

fn channel_bodies() -> [BoxedStrategy<ServerBody>; 6] {
    let member = || (channel_names(), user_ids()).prop_map(|(channel, user_id)| ChannelMember { channel, user_id });
    [
        (channel_names(), text(), any::<bool>(), vec(publications(), 0..4))
            .prop_map(|(channel, epoch, recovered, publications)| {
                ServerBody::Subscribed(Subscribed { channel, epoch, recovered, publications })
            })
            .boxed(),
        channel_names().prop_map(|channel| ServerBody::Unsubscribed(Unsubscribe { channel })).boxed(),
        (channel_names(), any::<bool>())
            .prop_map(|(channel, duplicate)| ServerBody::Published(Published { channel, duplicate }))
            .boxed(),
        (channel_names(), of(user_ids()), json(), times())
            .prop_map(|(channel, from, data, sent_at)| {
                ServerBody::Publication(PublicationPushed { channel, from, data, sent_at })
            })
            .boxed(),
        member().prop_map(ServerBody::ChannelMemberJoined).boxed(),
        member().prop_map(ServerBody::ChannelMemberLeft).boxed(),
    ]
}

fn channel_names() -> impl Strategy<Value = ChannelName> {
    "[a-z0-9_-]{1,12}:\\PC{1,32}".prop_map(|text| ChannelName::new(text).expect("short and printable"))
}

fn positions() -> impl Strategy<Value = ChannelPosition> {
    (text(), any::<u64>()).prop_map(|(epoch, offset)| ChannelPosition { epoch, offset })
}

fn publishes() -> impl Strategy<Value = Publish> {
    (channel_names(), json(), of(text()), of(text()), any::<bool>()).prop_map(
        |(channel, data, client_id, key, exclude_sender)| Publish { channel, data, client_id, key, exclude_sender },
    )
}

fn publications() -> impl Strategy<Value = Publication> {
    (any::<u64>(), of(user_ids()), json(), times()).prop_map(|(offset, from, data, sent_at)| Publication {
        offset,
        from,
        data,
        sent_at,
    })
}

fn text() -> impl Strategy<Value = String> {
    any::<String>()
}

fn refs() -> impl Strategy<Value = Ref> {
    prop_oneof![any::<i64>().prop_map(Ref::Number), "[ -~]{0,64}|.{0,16}".prop_map(Ref::Text)]
}

/// Issued ids stay under 2^63.
fn numbers() -> impl Strategy<Value = u64> {
    prop_oneof![0..=u64::from(u32::MAX), (1_u64 << 53)..=i64::MAX.unsigned_abs()]
}

fn message_ids() -> impl Strategy<Value = MessageId> {
    numbers().prop_map(MessageId)
}

fn conversation_ids() -> impl Strategy<Value = ConversationId> {
    numbers().prop_map(ConversationId)
}

fn event_ids() -> impl Strategy<Value = EventId> {
    numbers().prop_map(EventId)
}

fn user_ids() -> impl Strategy<Value = UserId> {
    "\\PC{1,32}".prop_map(|text| UserId::new(text).expect("short and printable"))
}

fn times() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

fn metadata() -> impl Strategy<Value = Metadata> {
    btree_map(text(), json(), 0..4).prop_map(|map| map.into_iter().collect())
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        floats().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 32, 4, |inner| {
        let map = btree_map(text(), inner.clone(), 0..4).prop_map(|map| Value::Object(map.into_iter().collect()));
        prop_oneof![vec(inner, 0..4).prop_map(Value::from), map]
    })
}

/// Every number that JSON can write, subnormal ones and whole ones included.
fn floats() -> impl Strategy<Value = Number> {
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    let bits = POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO;
    prop_oneof![bits, any::<i32>().prop_map(f64::from)]
        .prop_map(|float| Number::from_f64(float).expect("neither infinite nor NaN"))
}

fn attachments() -> impl Strategy<Value = Attachment> {
    (text(), of(text()), of(text()), of(any::<u64>()), of(any::<u32>()), of(any::<u32>())).prop_map(
        |(url, name, mime_type, size, width, height)| Attachment { url, name, mime_type, size, width, height },
    )
}

fn send_messages() -> impl Strategy<Value = SendMessage> {
    let place = (of(user_ids()), of(conversation_ids()), of(message_ids()), of(message_ids()));
    let content = (text(), of(text()), vec(user_ids(), 0..4), vec(attachments(), 0..3), metadata());
    (place, content).prop_map(|(place, content)| {
        let (receiver_id, conversation_id, reply_to, thread_id) = place;
        let (message, client_id, mentions, attachments, metadata) = content;
        SendMessage {
            receiver_id,
            conversation_id,
            message,
            client_id,
            reply_to,
            thread_id,
            mentions,
            attachments,
            metadata,
        }
    })
}

fn reacts() -> impl Strategy<Value = SetReaction> {
    (message_ids(), text()).prop_map(|(message_id, emoji)| SetReaction { message_id, emoji })
}

fn histories() -> impl Strategy<Value = GetHistory> {
    (conversation_ids(), of(message_ids()), of(message_ids()), of(message_ids()), of(message_ids()), of(any::<u32>()))
        .prop_map(|(conversation_id, thread_id, before_id, after_id, around_id, limit)| GetHistory {
            conversation_id,
            thread_id,
            before_id,
            after_id,
            around_id,
            limit,
        })
}

fn availabilities() -> impl Strategy<Value = Availability> {
    use Availability::{Away, Busy, Invisible, Online};
    proptest::sample::select(vec![Online, Away, Busy, Invisible])
}

fn follows() -> impl Strategy<Value = PresenceFollow> {
    (vec(user_ids(), 0..4), of(conversation_ids()), of(text()), of(any::<u32>())).prop_map(
        |(user_ids, conversation_id, cursor, limit)| PresenceFollow { user_ids, conversation_id, cursor, limit },
    )
}

fn welcomes() -> impl Strategy<Value = Welcome> {
    let user = (user_ids(), of(text())).prop_map(|(id, name)| User { id, name });
    let resume = (any::<bool>(), vec(conversation_ids(), 0..4), event_ids());
    (any::<u32>(), numbers(), user, times(), any::<u64>(), resume, limits()).prop_map(
        |(protocol, connection, user, server_time, heartbeat_ms, (resumed, reset, since), limits)| Welcome {
            protocol,
            connection_id: ConnectionId(connection),
            user,
            server_time,
            heartbeat_ms,
            resumed,
            reset,
            since,
            limits,
        },
    )
}

fn limits() -> impl Strategy<Value = Limits> {
    any::<[u64; 8]>().prop_map(|[a, b, c, d, e, f, g, h]| Limits {
        max_frame_bytes: a,
        max_message_chars: b,
        max_attachments: c,
        max_mentions: d,
        max_receipt_ids: e,
        max_members: f,
        max_presence_subscriptions: g,
        max_page: h,
    })
}

fn errors() -> impl Strategy<Value = ErrorBody> {
    let details = (of(text()), of(any::<u64>())).prop_map(|(field, limit)| ErrorDetails { field, limit });
    let code = proptest::sample::select(ErrorCode::ALL.to_vec());
    (code, text(), any::<bool>(), of(any::<u64>()), of(details), of(text())).prop_map(
        |(code, message, retryable, retry_after_ms, details, request_id)| ErrorBody {
            code,
            message,
            retryable,
            retry_after_ms,
            details,
            request_id,
        },
    )
}

fn messages() -> impl Strategy<Value = Message> {
    let ids = (message_ids(), conversation_ids(), any::<u64>(), user_ids(), of(text()));
    let times = (times(), of(times()), any::<bool>());
    let links = (of(message_ids()), of(message_ids()), of(threads()));
    let content = (text(), vec(user_ids(), 0..3), vec(reactions(), 0..3), vec(attachments(), 0..3), metadata());
    (ids, times, links, content).prop_map(|(ids, times, links, content)| {
        let (id, conversation_id, seq, sender_id, client_id) = ids;
        let (created_at, edited_at, deleted) = times;
        let (reply_to, thread_id, thread) = links;
        let (message, mentions, reactions, attachments, metadata) = content;
        Message {
            id,
            conversation_id,
            seq,
            sender_id,
            message,
            client_id,
            created_at,
            edited_at,
            deleted,
            reply_to,
            thread_id,
            thread,
            mentions,
            reactions,
            attachments,
            metadata,
        }
    })
}

fn threads() -> impl Strategy<Value = ThreadSummary> {
    (any::<u64>(), times()).prop_map(|(reply_count, last_reply_at)| ThreadSummary { reply_count, last_reply_at })
}

fn reactions() -> impl Strategy<Value = Reaction> {
    (text(), any::<u64>(), vec(user_ids(), 0..3)).prop_map(|(emoji, count, user_ids)| Reaction {
        emoji,
        count,
        user_ids,
    })
}

fn reaction_changes() -> impl Strategy<Value = ReactionChanged> {
    (conversation_ids(), message_ids(), user_ids(), text(), any::<u64>()).prop_map(
        |(conversation_id, message_id, user_id, emoji, count)| ReactionChanged {
            conversation_id,
            message_id,
            user_id,
            emoji,
            count,
        },
    )
}

fn read_positions() -> impl Strategy<Value = ReadPosition> {
    (conversation_ids(), user_ids(), message_ids(), any::<u64>()).prop_map(
        |(conversation_id, user_id, last_read_id, last_read_seq)| ReadPosition {
            conversation_id,
            user_id,
            last_read_id,
            last_read_seq,
        },
    )
}

fn infos() -> impl Strategy<Value = ConversationInfo> {
    let kind = prop_oneof![Just(ConversationKind::Direct), Just(ConversationKind::Group)];
    (conversation_ids(), kind, of(text()), metadata()).prop_map(|(id, kind, title, metadata)| ConversationInfo {
        id,
        kind,
        title,
        metadata,
    })
}

fn members() -> impl Strategy<Value = Member> {
    let role = prop_oneof![Just(Role::Member), Just(Role::Admin), Just(Role::Owner)];
    (user_ids(), of(text()), role, times(), any::<u64>()).prop_map(|(user_id, name, role, joined_at, last_read_seq)| {
        Member { user_id, name, role, joined_at, last_read_seq }
    })
}

fn presences() -> impl Strategy<Value = Presence> {
    use Status::{Away, Busy, Offline, Online};
    let status = proptest::sample::select(vec![Online, Away, Busy, Offline]);
    (user_ids(), status, of(text()), of(times())).prop_map(|(user_id, status, text, last_seen_at)| Presence {
        user_id,
        status,
        text,
        last_seen_at,
    })
}
