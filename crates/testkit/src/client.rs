//! A client on an independent WebSocket implementation: it speaks frames as plain JSON values and knows nothing of the
//! server's own types.

use std::collections::VecDeque;
use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::patience::within;

/// How the token is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `Authorization: Bearer`.
    Bearer,
    /// `Authorization: Token`.
    TokenScheme,
    /// The cookie.
    Cookie,
    /// `?token=`.
    Query,
    /// The first frame.
    FirstFrame,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Bearer, Self::TokenScheme, Self::Cookie, Self::Query, Self::FirstFrame];
}

/// A connection about to be opened.
#[derive(Debug, Clone)]
pub struct Connecting {
    address: SocketAddr,
    path: String,
    token: Option<String>,
    way: Way,
    msgpack: bool,
    since: Option<String>,
    receive_buffer: Option<u32>,
}

/// What the server said.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A frame.
    Frame(Value),
    /// A ping.
    Ping,
    /// It closed, with this code; 1006 when the connection broke without one.
    Closed(u16),
}

/// An open connection.
pub struct Client {
    socket: WebSocketStream<TcpStream>,
    msgpack: bool,
    refs: u64,
    pushes: VecDeque<Value>,
    /// The first frame.
    pub welcome: Value,
}

impl Connecting {
    /// A connection to a server, with a token or without.
    #[must_use]
    pub fn new(address: SocketAddr, token: Option<String>) -> Self {
        let (path, way) = ("/ws".to_owned(), Way::Bearer);
        Self { address, path, token, way, msgpack: false, since: None, receive_buffer: None }
    }

    /// Another endpoint than `/ws`.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Another token.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Shows the token in another way than `Authorization: Bearer`.
    #[must_use]
    pub fn way(mut self, way: Way) -> Self {
        self.way = way;
        self
    }

    /// Speaks MessagePack.
    #[must_use]
    pub fn msgpack(mut self) -> Self {
        self.msgpack = true;
        self
    }

    /// Resumes after an event.
    #[must_use]
    pub fn since(mut self, event: &str) -> Self {
        self.since = Some(event.to_owned());
        self
    }

    /// Lets the system hold only so many unread bytes, so that a reader that stops is noticed soon.
    #[must_use]
    pub fn receive_buffer(mut self, bytes: u32) -> Self {
        self.receive_buffer = Some(bytes);
        self
    }

    /// Opens the connection and takes the welcome.
    ///
    /// # Panics
    /// When the server does not welcome it.
    pub async fn open(self) -> Client {
        let mut client = self.upgrade().await.expect("the server upgrades");
        match client.said().await {
            Said::Frame(welcome) if welcome["type"] == "welcome" => client.welcome = welcome,
            other => panic!("instead of a welcome: {other:?}"),
        }
        client
    }

    /// Opens the connection and takes everything up to its close. Returns the frames and the code.
    ///
    /// # Panics
    /// When it is not even upgraded.
    pub async fn refused(self) -> (Vec<Value>, u16) {
        let mut client = self.upgrade().await.expect("the server upgrades");
        let mut frames = Vec::new();
        loop {
            match client.said().await {
                Said::Frame(frame) => frames.push(frame),
                Said::Ping => {}
                Said::Closed(code) => return (frames, code),
            }
        }
    }

    /// Upgrades and shows the token.
    ///
    /// # Errors
    /// The HTTP answer of a server that does not upgrade.
    ///
    /// # Panics
    /// When there is no such server.
    pub async fn upgrade(self) -> Result<Client, Box<Response>> {
        let socket = within("a TCP connection", self.dial()).await;
        let opened = within("the upgrade", tokio_tungstenite::client_async(self.request(), socket)).await;
        let socket = match opened {
            Ok((socket, _)) => socket,
            Err(Error::Http(response)) => return Err(response),
            Err(error) => panic!("the upgrade failed: {error}"),
        };
        let mut client =
            Client { socket, msgpack: self.msgpack, refs: 0, pushes: VecDeque::new(), welcome: Value::Null };
        if let (Way::FirstFrame, Some(token)) = (self.way, &self.token) {
            let mut auth = json!({"type": "auth", "token": token});
            if let Some(since) = &self.since {
                auth["resume"] = json!({"since": since});
            }
            client.send(&auth).await;
        }
        Ok(client)
    }

    async fn dial(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket can be made");
        if let Some(bytes) = self.receive_buffer {
            socket.set_recv_buffer_size(bytes).expect("the receive buffer can be set");
        }
        let stream = socket.connect(self.address).await.expect("the server accepts");
        stream.set_nodelay(true).expect("TCP_NODELAY can be set");
        stream
    }

    fn request(&self) -> Request {
        let token = self.token.as_deref().unwrap_or_default();
        let shown = |way| self.token.is_some() && self.way == way;
        let mut query = Vec::new();
        if shown(Way::Query) {
            query.push(format!("token={token}"));
        }
        if let Some(since) = self.since.as_ref().filter(|_| self.way != Way::FirstFrame) {
            query.push(format!("since={since}"));
        }
        let url = format!("ws://{}{}?{}", self.address, self.path, query.join("&"));
        let mut request = url.into_client_request().expect("a URL");
        let mut header = |name: &'static str, value: String| {
            request.headers_mut().insert(name, value.parse().expect("a header value"));
        };
        match self.way {
            Way::Bearer if self.token.is_some() => header("authorization", format!("Bearer {token}")),
            Way::TokenScheme if self.token.is_some() => header("authorization", format!("Token {token}")),
            Way::Cookie if self.token.is_some() => header("cookie", format!("theme=dark; tutti_token={token}")),
            _ => {}
        }
        if self.msgpack {
            header("sec-websocket-protocol", "tutti.v1.msgpack".into());
        }
        request
    }
}

impl Client {
    /// Sends a frame.
    ///
    /// # Panics
    /// When the connection is broken.
    pub async fn send(&mut self, frame: &Value) {
        self.try_send(frame).await.expect("the connection is open");
    }

    /// Sends a frame to a server that may be gone.
    ///
    /// # Errors
    /// The connection is broken.
    pub async fn try_send(&mut self, frame: &Value) -> Result<(), Box<Error>> {
        let message = if self.msgpack {
            Message::binary(rmp_serde::to_vec_named(frame).expect("JSON fits into MessagePack"))
        } else {
            Message::text(frame.to_string())
        };
        within("a frame to be sent", self.socket.send(message)).await.map_err(Box::new)
    }

    /// Sends any message.
    ///
    /// # Panics
    /// When the connection is broken.
    pub async fn send_raw(&mut self, message: Message) {
        within("a frame to be sent", self.socket.send(message)).await.expect("the connection is open");
    }

    /// The next thing the server says. Pings are answered by the library once more is read.
    ///
    /// Events up to the `since` of the welcome are passed over, as every client does: one that was committed just before
    /// the connection opened may still be on its way to it.
    ///
    /// # Panics
    /// When the server says nothing, or nothing that a client could read.
    pub async fn said(&mut self) -> Said {
        loop {
            let frame = match within("the server to say something", self.socket.next()).await {
                Some(Ok(Message::Text(text))) if !self.msgpack => {
                    serde_json::from_str(&text).expect("the server sends JSON")
                }
                Some(Ok(Message::Binary(bytes))) if self.msgpack => {
                    rmp_serde::from_slice(&bytes).expect("the server sends MessagePack")
                }
                Some(Ok(Message::Ping(_))) => return Said::Ping,
                Some(Ok(Message::Pong(_))) => continue,
                Some(Ok(Message::Close(close))) => return Said::Closed(close.map_or(1005, |frame| frame.code.into())),
                Some(Ok(other)) => panic!("the server sent {other:?}"),
                Some(Err(_)) | None => return Said::Closed(1006),
            };
            if !self.knows(&frame) {
                return Said::Frame(frame);
            }
        }
    }

    /// Whether a frame is an event from before the welcome.
    fn knows(&self, frame: &Value) -> bool {
        let number = |id: &Value| id.as_str().and_then(|id| id.parse::<u64>().ok());
        match (number(&frame["event_id"]), number(&self.welcome["since"])) {
            (Some(event), Some(since)) => event <= since,
            _ => false,
        }
    }

    async fn frame(&mut self) -> Value {
        loop {
            match self.said().await {
                Said::Frame(frame) => return frame,
                Said::Ping => {}
                Said::Closed(code) => panic!("the server closed with {code}"),
            }
        }
    }

    /// Sends a request and returns the reply to it; pushes that come before it are kept for later.
    ///
    /// # Panics
    /// When the connection ends first.
    pub async fn request(&mut self, mut frame: Value) -> Value {
        self.refs += 1;
        frame["ref"] = json!(self.refs);
        self.send(&frame).await;
        loop {
            let said = self.frame().await;
            if said["ref"] == frame["ref"] {
                return said;
            }
            self.pushes.push_back(said);
        }
    }

    /// Sends a request that is refused, and returns the error's code.
    ///
    /// # Panics
    /// When it is not refused.
    pub async fn refused(&mut self, frame: Value) -> String {
        let reply = self.request(frame).await;
        assert_eq!(reply["type"], "error", "{reply}");
        reply["code"].as_str().expect("an error has a code").to_owned()
    }

    /// Sends a message into a conversation and returns the reply.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn say(&mut self, conversation: &str, text: &str) -> Value {
        let reply = self.request(json!({"type": "message", "conversation_id": conversation, "message": text})).await;
        assert_eq!(reply["type"], "message_sent", "{reply}");
        reply
    }

    /// The next frame that is no reply to [`Client::request`].
    ///
    /// # Panics
    /// When there is none.
    pub async fn push(&mut self) -> Value {
        match self.pushes.pop_front() {
            Some(push) => push,
            None => self.frame().await,
        }
    }

    /// The next push, which must be of this type. Since pushes keep their order, this also shows that nothing else came
    /// before it.
    ///
    /// # Panics
    /// When it is of another type.
    pub async fn expect(&mut self, kind: &str) -> Value {
        let push = self.push().await;
        assert_eq!(push["type"], kind, "{push}");
        push
    }

    /// The next push, which must be a message with this text.
    ///
    /// # Panics
    /// When it is anything else.
    pub async fn hears(&mut self, text: &str) -> Value {
        let push = self.expect("message").await;
        assert_eq!(push["message"]["message"], text, "{push}");
        push
    }

    /// The next push of this type; others before it are passed over.
    ///
    /// # Panics
    /// When none comes.
    pub async fn find(&mut self, kind: &str) -> Value {
        loop {
            let push = self.push().await;
            if push["type"] == kind {
                return push;
            }
        }
    }

    /// Everything that was written to this connection before the server answered a ping.
    ///
    /// # Panics
    /// When the connection ends.
    pub async fn drain(&mut self) -> Vec<Value> {
        let pong = self.request(json!({"type": "ping"})).await;
        assert_eq!(pong["type"], "pong", "{pong}");
        self.pushes.drain(..).collect()
    }

    /// Waits for the server to close, passing over whatever it says before; returns the code. The socket is closed too.
    ///
    /// # Panics
    /// When it does not.
    pub async fn closed(mut self) -> u16 {
        loop {
            if let Said::Closed(code) = self.said().await {
                return code;
            }
        }
    }

    /// Says goodbye as RFC 6455 has it, with a close frame of code 1000, and waits for the server's.
    ///
    /// # Panics
    /// When the server does not answer it.
    pub async fn goodbye(mut self) {
        within("a close frame to be sent", self.socket.close(None)).await.expect("the connection is open");
        while !matches!(self.said().await, Said::Closed(_)) {}
    }

    /// Goes without a word, as when the network is gone.
    pub fn vanish(self) {
        drop(self);
    }
}
