//! The readers: some connections that cannot write, used on tokio's blocking threads. Whatever one read asks, it sees
//! one state of the database.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connection;
use crate::fault::Fault;

/// The connections that are free, as many as the semaphore has permits.
pub(super) struct Readers {
    free: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    count: u32,
}

impl Readers {
    /// Opens the connections.
    pub(super) fn open(path: &Path, count: u32) -> rusqlite::Result<Self> {
        let count = count.max(1);
        let free = (0..count).map(|_| connection::reading(path)).collect::<Result<Vec<_>, _>>()?;
        let permits = Arc::new(Semaphore::new(free.len()));
        Ok(Self { free: Arc::new(Mutex::new(free)), permits, count })
    }

    /// Reads inside one transaction. Waits while all connections are in use.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, Fault>
    where
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
        T: Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Fault::Closed)?;
        let free = Arc::clone(&self.free);
        let read = tokio::task::spawn_blocking(move || {
            let lease = Lease::take(&free)?;
            let result = lease.snapshot(work);
            // The connection is back before somebody else is let in.
            drop(lease);
            drop(permit);
            result
        });
        read.await.unwrap_or(Err(Fault::Closed))
    }

    /// Waits for the reads under way, then closes all connections.
    pub(super) async fn close(&self) {
        // An error means that somebody else closes or has closed already.
        let all = self.permits.acquire_many(self.count).await;
        self.permits.close();
        drop(all);
        self.free.lock().clear();
    }
}

/// A connection on loan; it goes back when this is dropped, also by a panic.
struct Lease<'a> {
    connection: Option<Connection>,
    free: &'a Mutex<Vec<Connection>>,
}

impl<'a> Lease<'a> {
    fn take(free: &'a Mutex<Vec<Connection>>) -> Result<Self, Fault> {
        let connection = free.lock().pop().ok_or(Fault::Closed)?;
        Ok(Self { connection: Some(connection), free })
    }

    fn snapshot<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let connection = self.connection.as_ref().ok_or(Fault::Closed)?;
        // Ended by its drop: there is nothing to commit.
        let transaction = connection.unchecked_transaction()?;
        work(&transaction)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.free.lock().extend(self.connection.take());
    }
}
