//! Who is asking. Made by `access` from a token; read by everybody else.

use tutti_protocol::{ConnectionId, Timestamp, UserId};

/// An authenticated user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// Display name, if the token carries one.
    pub name: Option<String>,
    /// Roles that the application gave in the token, for example `operator`.
    pub roles: Vec<String>,
    /// What the token is good for; empty means everything a user may do.
    pub scopes: Vec<String>,
    /// When the token was issued; the epoch when it does not say.
    pub issued_at: Timestamp,
    /// When the token stops being good.
    pub expires_at: Timestamp,
}

impl Caller {
    /// Whether the token has run out.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// Whether the application gave this role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }
}

/// The user behind a change and the connection it came over, which gets the reply instead of the push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// Over which connection; none for HTTP.
    pub origin: Option<ConnectionId>,
}

impl Actor {
    /// A user who acts without a connection of their own.
    #[must_use]
    pub fn of(user: UserId) -> Self {
        Self { user, origin: None }
    }
}
