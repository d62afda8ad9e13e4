//! How storage fails inside this crate, and what the domains hear of it.

use std::sync::Arc;
use std::time::Duration;

use tutti_core::Failure;

/// How long somebody who met a closed store waits before trying again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a job was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// Chat refused it.
    #[error(transparent)]
    Chat(#[from] tutti_chat::Error),
    /// The database refused or failed.
    #[error("{0}")]
    Sql(#[from] rusqlite::Error),
    /// A stored value could not be written or read as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A stored value is not what this program writes.
    #[error("the database holds a bad {0}")]
    Corrupt(&'static str),
    /// A file could not be read or written.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The transaction that the job was part of could not be committed.
    #[error("not committed: {0}")]
    Lost(Arc<rusqlite::Error>),
    /// The store is closed, or its thread is gone.
    #[error("the store is closed")]
    Closed,
}

impl Fault {
    /// Whether the same may succeed later: somebody else has the database locked, the disk is full, the store is closing.
    fn passes(&self) -> bool {
        use rusqlite::ErrorCode as Code;
        let error = match self {
            Self::Closed => return true,
            Self::Sql(error) => error,
            Self::Lost(error) => error.as_ref(),
            _ => return false,
        };
        matches!(error.sqlite_error_code(), Some(Code::DatabaseBusy | Code::DatabaseLocked | Code::DiskFull))
    }
}

/// Whether an error leaves nothing to be said for the rest of the transaction: the disk or the database is at fault,
/// not the job. SQLite may have rolled back by itself after these.
pub(crate) fn breaks_transaction(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode as Code;
    matches!(
        error.sqlite_error_code(),
        Some(
            Code::DiskFull
                | Code::SystemIoFailure
                | Code::OutOfMemory
                | Code::DatabaseCorrupt
                | Code::NotADatabase
                | Code::ReadOnly
                | Code::CannotOpen
                | Code::DatabaseBusy
                | Code::OperationInterrupted
        )
    )
}

impl From<Fault> for tutti_chat::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Chat(error) => error,
            fault if fault.passes() => Self::Busy,
            other => Self::Store(other.to_string()),
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Chat(error) => error.into(),
            fault if fault.passes() => Self::unavailable(RETRY_AFTER),
            other => Self::internal(&other),
        }
    }
}
