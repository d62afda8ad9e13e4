//! Which store is behind the domains: chosen by the configuration, the same traits in any case.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use tutti_chat::{Feed, Recorded};
use tutti_core::{Failure, Snowflake, idempotency, outbox};
use tutti_store::{Options, SqliteStore};

use crate::config::{Backend, Config};

/// The file in the data directory.
pub const FILE: &str = "tutti.db";

/// The stores of one server.
pub struct Stores {
    /// Conversations.
    pub chat: Arc<dyn tutti_chat::Store>,
    /// The log of chat events.
    pub log: Arc<dyn outbox::Log<Recorded>>,
    /// When users were last seen.
    pub presence: Arc<dyn tutti_presence::Store>,
    /// Revocations and the directory.
    pub access: Arc<dyn tutti_access::Store>,
    /// Answers to repeated requests.
    pub idempotency: Arc<dyn idempotency::Store>,
    sqlite: Option<SqliteStore>,
}

impl Stores {
    /// Opens what the configuration names.
    ///
    /// # Errors
    /// A database that cannot be opened, with why.
    pub fn open(config: &Config, ids: Arc<Snowflake>, feed: Feed) -> Result<Self> {
        match config.storage.backend {
            Backend::Memory => {
                let chat = Arc::new(tutti_chat::store::memory::MemoryStore::new(chat_config(config), ids, feed));
                Ok(Self {
                    chat: chat.clone(),
                    log: chat,
                    presence: Arc::new(tutti_presence::store::MemoryStore::default()),
                    access: Arc::new(tutti_access::store::MemoryStore::default()),
                    idempotency: Arc::new(idempotency::MemoryStore::default()),
                    sqlite: None,
                })
            }
            Backend::Sqlite => {
                let store = open_sqlite(config, ids, feed)?;
                let shared = Arc::new(store.clone());
                Ok(Self {
                    chat: shared.clone(),
                    log: shared.clone(),
                    presence: shared.clone(),
                    access: shared.clone(),
                    idempotency: shared,
                    sqlite: Some(store),
                })
            }
        }
    }

    /// Whether the store can be read and written.
    ///
    /// # Errors
    /// `unavailable`, when it cannot.
    pub async fn health(&self) -> Result<(), Failure> {
        match &self.sqlite {
            Some(store) => store.health().await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// Finishes what was begun and closes the file.
    pub async fn close(&self) {
        if let Some(store) = &self.sqlite {
            store.close().await;
        }
    }
}

/// Opens the SQLite database of a data directory, which is made when it is not there.
///
/// # Errors
/// Why it cannot be opened.
pub fn open_sqlite(config: &Config, ids: Arc<Snowflake>, feed: Feed) -> Result<SqliteStore> {
    let dir: &Path = &config.server.data_dir;
    std::fs::create_dir_all(dir).with_context(|| format!("the data directory {} cannot be made", dir.display()))?;
    let mut options = Options::new(ids, feed);
    options.readers = config.storage.readers;
    options.batch = config.storage.batch;
    options.chat = chat_config(config);
    SqliteStore::open(&dir.join(FILE), options).context("the database cannot be opened")
}

/// The bounds of chat, as configured.
#[must_use]
pub fn chat_config(config: &Config) -> tutti_chat::Config {
    let chat = &config.chat;
    tutti_chat::Config {
        max_message_chars: chat.max_message_chars,
        max_attachments: chat.max_attachments,
        max_mentions: chat.max_mentions,
        max_emoji: chat.max_emoji,
        max_members: chat.max_members,
        max_conversations: chat.max_conversations,
        max_replay_per_conversation: chat.max_replay_per_conversation,
        max_replay: chat.max_replay,
        ..tutti_chat::Config::default()
    }
}
