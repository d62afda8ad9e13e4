//! Who may do what in a namespace. Pure.

use tutti_core::Caller;
use tutti_protocol::UserId;

use crate::config::{Namespace, Right};
use crate::error::Error;

/// Who publishes.
#[derive(Debug, Clone, Copy)]
pub enum Author<'a> {
    /// A user.
    User(&'a Caller),
    /// A server of the application, with a key.
    Server,
}

impl Author<'_> {
    /// The user, if it is one.
    #[must_use]
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Self::User(caller) => Some(&caller.user),
            Self::Server => None,
        }
    }
}

fn holds(right: &Right, caller: &Caller) -> bool {
    match right {
        Right::Anyone => true,
        Right::Role(role) => caller.has_role(role),
        Right::Nobody => false,
    }
}

/// Whether a user may listen and read the history.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn may_subscribe(namespace: &Namespace, caller: &Caller) -> Result<(), Error> {
    holds(&namespace.subscribe, caller).then_some(()).ok_or(Error::Forbidden("you may not listen to this channel"))
}

/// Whether somebody may publish.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn may_publish(namespace: &Namespace, author: Author<'_>) -> Result<(), Error> {
    match author {
        Author::Server => Ok(()),
        Author::User(caller) if holds(&namespace.publish, caller) => Ok(()),
        Author::User(_) => Err(Error::Forbidden("you may not publish in this channel")),
    }
}
