//! A sender: keeps a window of messages under way, and after a crash sends again what was not acknowledged, under the
//! same client ids and in the same order.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::Result;
use tokio::sync::watch;
use tutti_protocol::chat::{MessageSent, SendMessage};
use tutti_protocol::{Command, ConversationId, Ref, Request, ServerBody, ServerFrame, UserId};

use super::checker::{Stored, client_id, text_of};
use super::wire::{Link, started_after};
use super::{Phase, Phases};

/// Most messages under way.
const WINDOW: usize = 16;

/// Where messages go.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    Conversation(ConversationId),
    Direct(&'static str),
}

/// One user who sends.
pub(super) struct Sender {
    pub(super) user: &'static str,
    /// Its messages go there in turn.
    targets: [Target; 2],
    /// How many there are so far.
    pub(super) sent: u64,
    /// Their numbers, as long as they are not acknowledged.
    under_way: VecDeque<u64>,
    /// What the server said was stored, and where.
    pub(super) acknowledged: Vec<(ConversationId, Stored)>,
    pub(super) resent: u64,
    pub(super) duplicates: u64,
    acks: Arc<watch::Sender<u64>>,
}

impl Sender {
    pub(super) fn new(user: &'static str, targets: [Target; 2], acks: Arc<watch::Sender<u64>>) -> Self {
        Self {
            user,
            targets,
            sent: 0,
            under_way: VecDeque::new(),
            acknowledged: Vec::new(),
            resent: 0,
            duplicates: 0,
            acks,
        }
    }

    /// Sends until it is told to stop and everything is acknowledged.
    pub(super) async fn run(mut self, mut phases: Phases) -> Self {
        loop {
            let phase = phases.borrow_and_update().clone();
            match self.connected(&phase, &mut phases).await {
                Ok(()) => return self,
                Err(_) => started_after(&mut phases, phase.generation).await,
            }
        }
    }

    async fn connected(&mut self, phase: &Phase, phases: &mut Phases) -> Result<()> {
        let (mut link, _) = Link::open(self.user, phase.address, None).await?;
        for number in &self.under_way {
            link.queue(&self.request(*number)).await?;
            self.resent += 1;
        }
        loop {
            let sending = phases.borrow_and_update().sending;
            while sending && self.under_way.len() < WINDOW {
                self.sent += 1;
                self.under_way.push_back(self.sent);
                link.queue(&self.request(self.sent)).await?;
            }
            link.flush().await?;
            if self.under_way.is_empty() {
                return Ok(());
            }
            // Every change of the phase but a crash, which ends the connection, is seen with the next frame.
            self.take(link.next().await?);
        }
    }

    fn request(&self, number: u64) -> Request {
        let target = self.targets[usize::try_from(number % 2).unwrap()];
        let (receiver_id, conversation_id) = match target {
            Target::Direct(user) => (Some(UserId::new(user).unwrap()), None),
            Target::Conversation(id) => (None, Some(id)),
        };
        let client_id = client_id(self.user, number);
        let message = SendMessage {
            receiver_id,
            conversation_id,
            message: text_of(&client_id),
            client_id: Some(client_id),
            ..SendMessage::default()
        };
        Request { command: Command::Message(message), reference: i64::try_from(number).ok().map(Ref::Number) }
    }

    fn take(&mut self, frame: ServerFrame) {
        match (frame.body, frame.reference) {
            (ServerBody::MessageSent(sent), Some(Ref::Number(number))) => self.acknowledge(number, &sent),
            (ServerBody::Error(error), _) => panic!("{} was refused: {error:?}", self.user),
            _ => {}
        }
    }

    fn acknowledge(&mut self, number: i64, sent: &MessageSent) {
        let number = u64::try_from(number).expect("a number that was sent");
        assert_eq!(self.under_way.pop_front(), Some(number), "{}: replies come in the order of requests", self.user);
        self.duplicates += u64::from(sent.duplicate);
        self.acknowledged.push((sent.message.conversation_id, Stored::from(&sent.message)));
        self.acks.send_modify(|acks| *acks += 1);
    }
}
