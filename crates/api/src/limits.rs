//! How often a user may do what: one rate per operation, the same over every transport.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tutti_core::limits::{Limiter, Rate};
use tutti_core::{Clock, Failure};
use tutti_protocol::{Command, ErrorCode, UserId};

/// Something that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Any frame over a connection, whatever it asks.
    Frame,
    /// Sending a message.
    Message,
    /// Editing one.
    Edit,
    /// Deleting one.
    Delete,
    /// Adding or removing a reaction.
    Reaction,
    /// Saying what was read.
    Read,
    /// Saying that one is writing.
    Typing,
    /// Reading messages.
    History,
    /// Setting or following presence.
    Presence,
    /// Creating or changing a conversation or its members.
    Conversation,
    /// Subscribing to a channel, or no longer.
    Subscribe,
    /// Any other question.
    Query,
}

impl Operation {
    /// Every operation, in the order of the variants.
    pub const ALL: [Self; 12] = [
        Self::Frame,
        Self::Message,
        Self::Edit,
        Self::Delete,
        Self::Reaction,
        Self::Read,
        Self::Typing,
        Self::History,
        Self::Presence,
        Self::Conversation,
        Self::Subscribe,
        Self::Query,
    ];

    /// What it is, for the reference of the settings.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Frame => "Frames of any kind over a user's connections.",
            Self::Message => "Messages sent.",
            Self::Edit => "Messages edited.",
            Self::Delete => "Messages deleted.",
            Self::Reaction => "Reactions added or removed.",
            Self::Read => "Read receipts.",
            Self::Typing => "Typing.",
            Self::History => "Pages of messages read.",
            Self::Presence => "Presence set or followed.",
            Self::Conversation => "Conversations created or changed.",
            Self::Subscribe => {
                "Channels subscribed to, or no longer. Publishing has a rate of its own in each namespace."
            }
            Self::Query => "Any other question.",
        }
    }

    /// The rate where none is configured, per minute.
    #[must_use]
    pub fn default_rate(self) -> Rate {
        let count = match self {
            Self::Frame => 3000,
            Self::Message => 100,
            Self::Edit | Self::Delete | Self::Conversation => 60,
            Self::Reaction | Self::Typing | Self::Presence => 120,
            Self::Read | Self::History => 300,
            Self::Subscribe | Self::Query => 600,
        };
        Rate { count: NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN), per: Duration::from_secs(60) }
    }

    /// What a command counts as; none for what is counted elsewhere or not at all.
    #[must_use]
    pub fn of(command: &Command) -> Option<Self> {
        match command {
            // Channels count publications themselves, by namespace.
            Command::Auth(_) | Command::Ping | Command::Logout | Command::Publish(_) => None,
            Command::Subscribe(_) | Command::Unsubscribe(_) => Some(Self::Subscribe),
            Command::Message(_) => Some(Self::Message),
            Command::MessageEdit(_) => Some(Self::Edit),
            Command::MessageDelete(_) => Some(Self::Delete),
            Command::ReactionAdd(_) | Command::ReactionRemove(_) => Some(Self::Reaction),
            Command::ReadReceipt(_) => Some(Self::Read),
            Command::Typing(_) => Some(Self::Typing),
            Command::History(_) => Some(Self::History),
            Command::PresenceSet(_) | Command::PresenceSubscribe(_) | Command::PresenceUnsubscribe(_) => {
                Some(Self::Presence)
            }
        }
    }
}

/// The rates that are configured; for the other operations their own defaults count.
pub type Rates = BTreeMap<Operation, Rate>;

/// Counts operations by user.
pub struct RateLimits {
    /// In the order of [`Operation::ALL`].
    limiters: Vec<Limiter<UserId>>,
}

impl RateLimits {
    /// Limits with nothing used up.
    #[must_use]
    pub fn new(rates: &Rates, clock: &Arc<dyn Clock>) -> Self {
        let rate = |operation: Operation| rates.get(&operation).copied().unwrap_or(operation.default_rate());
        Self {
            limiters: Operation::ALL
                .into_iter()
                .map(|operation| Limiter::new(rate(operation), Arc::clone(clock)))
                .collect(),
        }
    }

    /// Counts one.
    ///
    /// # Errors
    /// `rate_limited`, with the time to wait.
    pub fn check(&self, operation: Operation, user: &UserId) -> Result<(), Failure> {
        self.limiters[operation as usize]
            .check(user)
            .map_err(|wait| Failure::new(ErrorCode::RateLimited, ErrorCode::RateLimited.meaning()).retry_after(wait))
    }

    /// Forgets users who have their whole allowance again.
    pub fn forget_idle(&self) {
        self.limiters.iter().for_each(Limiter::forget_idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_stand_at_their_own_place() {
        for (place, operation) in Operation::ALL.into_iter().enumerate() {
            assert_eq!(operation as usize, place);
        }
    }
}
