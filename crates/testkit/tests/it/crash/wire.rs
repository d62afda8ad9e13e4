//! What both kinds of clients need of the wire: a connection that resumes, and the history over HTTP.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Packet;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tutti_protocol::chat::{Conversation, MessagePage};
use tutti_protocol::session::{Auth, Resume, Welcome};
use tutti_protocol::{Command, ConversationId, EventId, Request, ServerBody, ServerFrame};
use tutti_testkit::process::token;

use super::Phases;
use super::checker::Stored;

/// A connection over which one user speaks.
pub(super) struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Link {
    /// Connects and says who is calling, and where they left off.
    pub(super) async fn open(user: &str, address: SocketAddr, since: Option<EventId>) -> Result<(Self, Welcome)> {
        let (socket, _) = connect_async(format!("ws://{address}/ws")).await?;
        let mut link = Self { socket };
        let auth = Auth { token: token(user)?, resume: since.map(|since| Resume { since }) };
        link.send(&Request { command: Command::Auth(auth), reference: None }).await?;
        match link.next().await?.body {
            ServerBody::Welcome(welcome) => Ok((link, welcome)),
            other => bail!("the first frame was {other:?}"),
        }
    }

    /// Puts a frame behind those that are not sent yet.
    pub(super) async fn queue(&mut self, request: &Request) -> Result<()> {
        Ok(self.socket.feed(Packet::text(serde_json::to_string(request)?)).await?)
    }

    /// Sends what is queued.
    pub(super) async fn flush(&mut self) -> Result<()> {
        Ok(self.socket.flush().await?)
    }

    async fn send(&mut self, request: &Request) -> Result<()> {
        self.queue(request).await?;
        self.flush().await
    }

    /// The next frame; an error when the connection is at its end. Dropped before it is ready, it loses nothing.
    pub(super) async fn next(&mut self) -> Result<ServerFrame> {
        loop {
            match self.socket.next().await.context("the connection ended")?? {
                Packet::Text(text) => return serde_json::from_str(&text).with_context(|| format!("frame {text}")),
                Packet::Close(frame) => bail!("the server closed: {frame:?}"),
                _ => {}
            }
        }
    }
}

/// Waits until the server was started again after this start of it.
pub(super) async fn started_after(phases: &mut Phases, generation: u64) {
    phases.wait_for(|phase| phase.generation > generation).await.expect("the scenario goes on");
}

/// One user's requests.
pub(super) struct Http {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Http {
    pub(super) fn of(user: &str, address: SocketAddr) -> Self {
        Self { client: reqwest::Client::new(), base: format!("http://{address}/api/v1"), token: token(user).unwrap() }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let request = self.client.get(format!("{}/{path}", self.base)).bearer_auth(&self.token);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> T {
        let request = self.client.post(format!("{}/{path}", self.base)).bearer_auth(&self.token).json(body);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// A conversation's offset, and then its whole history, oldest first: whatever is pushed with a higher offset is
    /// news to whoever has loaded this.
    pub(super) async fn load(&self, id: ConversationId) -> Result<(u64, Vec<Stored>)> {
        let conversation: Conversation = self.get(&format!("conversations/{id}")).await?;
        let mut newest_first = Vec::new();
        let mut before = String::new();
        loop {
            let page: MessagePage = self.get(&format!("conversations/{id}/messages?limit=100{before}")).await?;
            newest_first.extend(page.messages.iter().map(Stored::from));
            match page.messages.last() {
                Some(oldest) if page.has_more => before = format!("&before_id={}", oldest.id),
                _ => break,
            }
        }
        newest_first.reverse();
        Ok((conversation.offset, newest_first))
    }
}
