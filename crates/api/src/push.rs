//! Events as frames: the one mapping from what happened in a domain to what connections are told.

use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

use tutti_channels::{Delivery, SlowReader};
use tutti_chat::{Event, Recorded};
use tutti_core::bus::WhenSlow;
use tutti_core::{Bus, Push, Signal, Topic};
use tutti_gateway::ReplayedFrame;
use tutti_protocol::channels::{ChannelMember, Publication, PublicationPushed};
use tutti_protocol::chat::{
    ConversationChanged, ConversationDeleted, MemberChanged, MemberRemoved, MessageChanged, MessageDeleted, Typing,
};
use tutti_protocol::presence::Presence;
use tutti_protocol::{Codec, ConnectionId, ConversationId, ServerBody, ServerFrame};

/// What a chat event means for the hubs: who joins or leaves the conversation's topic, and the frame, in the order that
/// lets those who join see it and those who leave see it too.
#[must_use]
pub fn signals(recorded: Recorded) -> Vec<Signal> {
    let topic = Topic::Conversation(recorded.conversation);
    let (before, after) = match &recorded.event {
        Event::Created { members, .. } => {
            let joins = members.iter().map(|user| Signal::Join { user: user.clone(), topic: topic.clone() });
            (joins.collect(), None)
        }
        Event::MemberAdded(member) => (vec![Signal::Join { user: member.user_id.clone(), topic: topic.clone() }], None),
        Event::MemberRemoved(user) => (Vec::new(), Some(Signal::Leave { user: user.clone(), topic: topic.clone() })),
        Event::Deleted => (Vec::new(), Some(Signal::Retire { topic: topic.clone() })),
        _ => (Vec::new(), None),
    };
    // The reply to a read receipt may speak of many conversations and carries no offsets, so the reader's own
    // connection gets the pushes too: everybody sees every offset of a conversation once.
    let except = recorded.origin.filter(|_| !matches!(recorded.event, Event::Read(_)));
    let push = Push {
        topic,
        except,
        event: Some(recorded.id),
        frame: frame(recorded),
        when_slow: WhenSlow::Disconnect,
        gather: Duration::ZERO,
    };
    let mut signals = before;
    signals.push(Signal::Push(push));
    signals.extend(after);
    signals
}

/// A chat event that a client missed.
#[must_use]
pub fn replayed(recorded: Recorded) -> ReplayedFrame {
    ReplayedFrame { event: recorded.id, frame: frame(recorded) }
}

fn frame(recorded: Recorded) -> Bytes {
    let frame = ServerFrame {
        body: body(recorded.conversation, recorded.event),
        event_id: Some(recorded.id),
        offset: Some(recorded.offset),
        reference: None,
    };
    Codec::Json.encode(&frame).into()
}

fn body(conversation_id: ConversationId, event: Event) -> ServerBody {
    match event {
        Event::Created { info, .. } => ServerBody::ConversationCreated(ConversationChanged { conversation: info }),
        Event::Updated(info) => ServerBody::ConversationUpdated(ConversationChanged { conversation: info }),
        Event::Deleted => ServerBody::ConversationDeleted(ConversationDeleted { conversation_id }),
        Event::MemberAdded(member) => ServerBody::MemberAdded(MemberChanged { conversation_id, member }),
        Event::MemberUpdated(member) => ServerBody::MemberUpdated(MemberChanged { conversation_id, member }),
        Event::MemberRemoved(user_id) => ServerBody::MemberRemoved(MemberRemoved { conversation_id, user_id }),
        Event::Posted(message) => ServerBody::Message(MessageChanged { message }),
        Event::Edited(message) => ServerBody::MessageEdited(MessageChanged { message }),
        Event::MessageDeleted(message_id) => ServerBody::MessageDeleted(MessageDeleted { message_id, conversation_id }),
        Event::ReactionAdded(reaction) => ServerBody::ReactionAdded(reaction),
        Event::ReactionRemoved(reaction) => ServerBody::ReactionRemoved(reaction),
        Event::Read(position) => ServerBody::ReadReceipt(position),
    }
}

/// A push of something that is true only now: not in the log, and dropped for whoever reads too slowly.
fn ephemeral(topic: Topic, body: ServerBody, except: Option<ConnectionId>) -> Signal {
    let frame = Codec::Json.encode(&ServerFrame::from(body)).into();
    Signal::Push(Push { topic, frame, except, event: None, when_slow: WhenSlow::Drop, gather: Duration::ZERO })
}

/// Puts presence and typing on the bus.
pub struct PresenceFeed {
    /// The bus.
    pub bus: Arc<dyn Bus>,
}

#[async_trait]
impl tutti_presence::Feed for PresenceFeed {
    async fn presence(&self, change: Presence) {
        let topic = Topic::Presence(change.user_id.clone());
        self.bus.send(ephemeral(topic, ServerBody::Presence(change), None)).await;
    }

    async fn typing(&self, change: Typing, except: Option<ConnectionId>) {
        let topic = Topic::Conversation(change.conversation_id);
        self.bus.send(ephemeral(topic, ServerBody::Typing(change), except)).await;
    }
}

/// Puts on the bus what happens in channels.
pub struct ChannelFeed {
    /// The bus.
    pub bus: Arc<dyn Bus>,
}

#[async_trait]
impl tutti_channels::Feed for ChannelFeed {
    async fn published(&self, delivery: Delivery) {
        let Delivery { channel, publication, except, slow_reader, key, gather } = delivery;
        let Publication { offset, from, data, sent_at } = publication;
        let body = ServerBody::Publication(PublicationPushed { channel: channel.clone(), from, data, sent_at });
        let frame = ServerFrame { body, event_id: None, offset: Some(offset), reference: None };
        let when_slow = match slow_reader {
            SlowReader::Disconnect => WhenSlow::Disconnect,
            SlowReader::DropOldest => WhenSlow::Drop,
            SlowReader::Latest => WhenSlow::Latest(key),
        };
        let frame = Codec::Json.encode(&frame).into();
        let topic = Topic::Channel(channel);
        self.bus.send(Signal::Push(Push { topic, frame, except, event: None, when_slow, gather })).await;
    }

    async fn joined(&self, member: ChannelMember, except: Option<ConnectionId>) {
        let topic = Topic::Channel(member.channel.clone());
        self.bus.send(ephemeral(topic, ServerBody::ChannelMemberJoined(member), except)).await;
    }

    async fn left(&self, member: ChannelMember) {
        let topic = Topic::Channel(member.channel.clone());
        self.bus.send(ephemeral(topic, ServerBody::ChannelMemberLeft(member), None)).await;
    }
}
