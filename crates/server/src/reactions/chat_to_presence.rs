//! Who no longer shares a conversation with somebody no longer follows their presence.

use std::sync::Arc;

use async_trait::async_trait;
use tutti_chat::{Event, Recorded};
use tutti_core::outbox::Consumer;
use tutti_core::{Bus, Failure, Signal, Topic};
use tutti_protocol::UserId;

/// Ends the following of presence between those whom no conversation joins any more.
pub struct ChatToPresence {
    /// Knows who shares a conversation with whom.
    pub chat: Arc<tutti_chat::Service>,
    /// Reaches every hub.
    pub bus: Arc<dyn Bus>,
}

impl ChatToPresence {
    /// Ends the following, both ways, between a user and those of `others` who are strangers to them now.
    async fn part(&self, user: &UserId, others: &[UserId]) -> Result<(), Failure> {
        let known = self.chat.acquainted(user, others).await?;
        for other in others.iter().filter(|other| *other != user && !known.contains(other)) {
            for (follower, followed) in [(user, other), (other, user)] {
                let (user, topic) = (follower.clone(), Topic::Presence(followed.clone()));
                self.bus.send(Signal::Leave { user, topic }).await;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Consumer<Recorded> for ChatToPresence {
    fn name(&self) -> &'static str {
        "chat_to_presence"
    }

    async fn consume(&self, events: &[Recorded]) -> Result<(), Failure> {
        for recorded in events {
            match &recorded.event {
                Event::MemberRemoved(user) => {
                    let members = self.chat.member_ids(recorded.conversation).await?;
                    self.part(user, &members).await?;
                }
                Event::Deleted => {
                    let members = self.chat.member_ids(recorded.conversation).await?;
                    for user in &members {
                        self.part(user, &members).await?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
