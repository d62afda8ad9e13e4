//! The plain values of presence that are not on the wire, and the rules for the text beside a status. The wire's own
//! values ([`Presence`], [`Availability`], [`Status`]) are used as they are.

use tutti_protocol::UserId;
use tutti_protocol::presence::{Availability, Presence, Status};

use crate::error::Error;

/// Longest text beside a status, in Unicode characters.
pub const MAX_TEXT_CHARS: usize = 140;

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Departure {
    /// The client said that it leaves: `logout`, or a close frame of its own.
    Goodbye,
    /// It broke off, or the server closed it; the client may be on its way back.
    Lost,
}

/// What others see of somebody who is here and chose this.
pub(crate) fn visible_status(chosen: Availability) -> Status {
    match chosen {
        Availability::Online => Status::Online,
        Availability::Away => Status::Away,
        Availability::Busy => Status::Busy,
        Availability::Invisible => Status::Offline,
    }
}

/// A user who looks offline, last seen at a time that is not known here.
pub(crate) fn offline(user: UserId) -> Presence {
    Presence { user_id: user, status: Status::Offline, text: None, last_seen_at: None }
}

/// Checks the text beside a status; an empty one is none.
///
/// # Errors
/// More than [`MAX_TEXT_CHARS`] characters, or control characters.
pub fn check_text(text: Option<String>) -> Result<Option<String>, Error> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(Error::TextTooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(Error::TextHasControls);
    }
    Ok(Some(text))
}
