//! Who is here: the state machine behind presence. Pure: time is passed in, and every step returns what others see
//! change, which is at most one change per user and never a state they already see.
//!
//! How it decides: a step notes how the user looked before, changes the state, and compares with how they look now.
//! Invisible, a second connection or a reconnect within the grace need no rule of their own, because they look the same.
//!
//! - A user is here while a connection is open, and for the grace after the last one was lost. A goodbye has no grace,
//!   unless another connection is still open.
//! - A connection that is not heard of for the lease counts as lost at the moment the lease ran out. One that is heard
//!   of again after that counts as opened again, so a stalled server heals by itself.
//! - What a user chose (availability and text) lives as long as they are here in this sense; after that they start as
//!   online. In particular `invisible` survives a reconnect within the grace, and is forgotten after it.
//! - Deadlines take effect in [`Engine::expire`] and nowhere else: until it is called, somebody who is overdue may
//!   still come back unseen.
//!
//! Nothing is kept of users who are offline; when they were last seen is the store's to remember.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tutti_protocol::presence::{Availability, Presence, Status};
use tutti_protocol::{ConnectionId, Timestamp, UserId};

use crate::config::Config;
use crate::model::{Departure, offline, visible_status};

/// Everybody who is here.
#[derive(Debug)]
pub struct Engine {
    grace: Duration,
    lease: Duration,
    users: HashMap<UserId, Here>,
    /// The next deadline of each user in `users`, one entry each.
    deadlines: BTreeSet<(Timestamp, UserId)>,
}

/// What is known of somebody who is here.
#[derive(Debug, Default)]
struct Here {
    /// Open connections, each with the time its lease runs out. Few: the gateway bounds them per user.
    connections: Vec<(ConnectionId, Timestamp)>,
    chosen: Availability,
    text: Option<String>,
    /// When the last connection went; of meaning only while there is none.
    gone_at: Timestamp,
}

/// The user is not here, so there is nothing to set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotHere;

impl Engine {
    /// Nobody is here yet.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { grace: config.grace, lease: config.lease, users: HashMap::new(), deadlines: BTreeSet::new() }
    }

    /// A connection was opened.
    pub fn connect(&mut self, user: &UserId, connection: ConnectionId, now: Timestamp) -> Option<Presence> {
        let lease_ends = now + self.lease;
        self.step(user, now, |here| {
            match here.connections.iter_mut().find(|(open, _)| *open == connection) {
                Some((_, ends)) => *ends = lease_ends,
                None => here.connections.push((connection, lease_ends)),
            }
            Fate::Stays
        })
    }

    /// A connection was heard of: its lease starts anew. One that counted as lost is open again.
    pub fn heartbeat(&mut self, user: &UserId, connection: ConnectionId, now: Timestamp) -> Option<Presence> {
        self.connect(user, connection, now)
    }

    /// A connection ended. One that is not known, because its lease ran out before, changes nothing.
    pub fn disconnect(
        &mut self,
        user: &UserId,
        connection: ConnectionId,
        departure: Departure,
        now: Timestamp,
    ) -> Option<Presence> {
        let here = self.users.get(user)?;
        if !here.connections.iter().any(|(open, _)| *open == connection) {
            return None;
        }
        self.step(user, now, |here| {
            here.connections.retain(|(open, _)| *open != connection);
            if !here.connections.is_empty() {
                return Fate::Stays;
            }
            here.gone_at = now;
            match departure {
                Departure::Goodbye => Fate::Ends,
                Departure::Lost => Fate::Stays,
            }
        })
    }

    /// A user says how they are.
    ///
    /// # Errors
    /// [`NotHere`] when they have neither a connection nor a grace.
    pub fn set(
        &mut self,
        user: &UserId,
        chosen: Availability,
        text: Option<String>,
        now: Timestamp,
    ) -> Result<Option<Presence>, NotHere> {
        if !self.users.contains_key(user) {
            return Err(NotHere);
        }
        Ok(self.step(user, now, |here| {
            here.chosen = chosen;
            here.text = text;
            Fate::Stays
        }))
    }

    /// Carries out every deadline that has passed: leases run out, graces end.
    pub fn expire(&mut self, now: Timestamp) -> Vec<Presence> {
        let grace = self.grace;
        let mut changes = Vec::new();
        while let Some((_, user)) = self.deadlines.first().filter(|(due, _)| *due <= now).cloned() {
            changes.extend(self.step(&user, now, |here| {
                here.end_leases(now);
                let over = here.connections.is_empty() && here.gone_at + grace <= now;
                if over { Fate::Ends } else { Fate::Stays }
            }));
        }
        changes
    }

    /// When [`Engine::expire`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(due, _)| *due)
    }

    /// How a user looks to others. When somebody offline was last seen is not known here.
    #[must_use]
    pub fn of(&self, user: &UserId) -> Presence {
        self.users.get(user).map_or_else(|| offline(user.clone()), |here| here.looks(user))
    }

    /// Whether a user has an open connection; a grace is none.
    #[must_use]
    pub fn is_connected(&self, user: &UserId) -> bool {
        self.users.get(user).is_some_and(|here| !here.connections.is_empty())
    }

    /// Whether nothing is kept at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.deadlines.is_empty()
    }

    /// When each user who looks to be here would have been last seen if everything ended now.
    #[must_use]
    pub fn last_seen_if_ended(&self, now: Timestamp) -> Vec<(UserId, Timestamp)> {
        let visible = self.users.iter().filter(|(_, here)| here.chosen != Availability::Invisible);
        visible.map(|(user, here)| (user.clone(), here.last_seen(now))).collect()
    }

    /// Changes one user's state, keeps the deadlines in step, and says what others see of it.
    fn step(&mut self, user: &UserId, now: Timestamp, change: impl FnOnce(&mut Here) -> Fate) -> Option<Presence> {
        let (mut here, before) = match self.users.remove(user) {
            Some(here) => {
                self.deadlines.remove(&(here.due(self.grace), user.clone()));
                let before = here.looks(user);
                (here, before)
            }
            None => (Here::default(), offline(user.clone())),
        };
        let fate = change(&mut here);
        let last_seen = here.last_seen(now);
        let after = match fate {
            Fate::Ends => offline(user.clone()),
            Fate::Stays => {
                let looks = here.looks(user);
                self.deadlines.insert((here.due(self.grace), user.clone()));
                self.users.insert(user.clone(), here);
                looks
            }
        };
        (before != after).then(|| seen(after, last_seen))
    }
}

/// Whether a user is still here after a step.
enum Fate {
    Stays,
    Ends,
}

impl Here {
    /// How the user looks to others; never with a time, so that looks can be compared.
    fn looks(&self, user: &UserId) -> Presence {
        match visible_status(self.chosen) {
            Status::Offline => offline(user.clone()),
            status => Presence { user_id: user.clone(), status, text: self.text.clone(), last_seen_at: None },
        }
    }

    /// When there is something to do about the user: a lease runs out, or the grace ends.
    fn due(&self, grace: Duration) -> Timestamp {
        let first_lease = self.connections.iter().map(|(_, ends)| *ends).min();
        first_lease.unwrap_or_else(|| self.gone_at + grace)
    }

    /// Drops connections whose lease has run out. The user went when the last of them did.
    fn end_leases(&mut self, now: Timestamp) {
        let last = self.connections.iter().map(|(_, ends)| *ends).max();
        self.connections.retain(|(_, ends)| *ends > now);
        if let (true, Some(last)) = (self.connections.is_empty(), last) {
            self.gone_at = last;
        }
    }

    /// When the user was here last.
    fn last_seen(&self, now: Timestamp) -> Timestamp {
        if self.connections.is_empty() { self.gone_at } else { now }
    }
}

/// Adds to a change to offline when the user was last seen.
fn seen(mut change: Presence, last_seen: Timestamp) -> Presence {
    if change.status == Status::Offline {
        change.last_seen_at = Some(last_seen);
    }
    change
}

#[cfg(test)]
mod tests;
