//! HTTP as a client sees it: status, headers, JSON; and the stream of Server-Sent Events.

use std::net::SocketAddr;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::patience::within;

/// HTTP as one user, or as nobody.
#[derive(Clone)]
pub struct Http {
    client: Client,
    base: String,
    token: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null when there is none, a string when it is no JSON.
    pub body: Value,
}

impl Answer {
    /// The body of an answer that must have this status.
    ///
    /// # Panics
    /// When it has another.
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The code of the documented error; empty when the body is not one.
    #[must_use]
    pub fn error(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

impl Http {
    /// With this token.
    ///
    /// # Panics
    /// When no HTTP client can be made.
    #[must_use]
    pub fn new(address: SocketAddr, token: Option<String>) -> Self {
        let client = Client::builder().no_proxy().build().expect("an HTTP client can be made");
        Self { client, base: format!("http://{address}"), token }
    }

    /// A request, to be changed before it is sent with [`Http::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and takes the whole answer.
    ///
    /// # Panics
    /// When there is none.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let exchange = async {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok::<_, reqwest::Error>((status, headers, response.text().await?))
        };
        let (status, headers, text) = within("an HTTP answer", exchange).await.expect("the server answers");
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())),
        };
        Answer { status, headers, body }
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST`
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `PATCH`
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    /// `PUT`
    pub async fn put(&self, path: &str) -> Answer {
        self.send(self.request(Method::PUT, path)).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Opens the stream of events, after an event or from now on.
    ///
    /// # Panics
    /// When the server does not open it.
    pub async fn events(&self, last_event_id: Option<&str>) -> Sse {
        let mut request = self.request(Method::GET, "/api/v1/events");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        self.stream(request).await
    }

    /// Opens any stream of events.
    ///
    /// # Panics
    /// When the server does not open it.
    pub async fn stream(&self, request: RequestBuilder) -> Sse {
        let response = within("a stream of events", request.send()).await.expect("the server answers");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Sse { chunks: response.bytes_stream().boxed(), unread: Vec::new() }
    }
}

/// An open stream of Server-Sent Events.
pub struct Sse {
    chunks: BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    unread: Vec<u8>,
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct SseEvent {
    /// What `event:` says; `message` when it says nothing.
    pub name: String,
    /// What `id:` says.
    pub id: Option<String>,
    /// The data, as JSON.
    pub data: Value,
}

impl Sse {
    /// The next event, comments passed over; none at the end of the stream.
    ///
    /// # Panics
    /// When nothing comes, or data that is no JSON.
    pub async fn next(&mut self) -> Option<SseEvent> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|window| window == b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                match event(&String::from_utf8(block).expect("events are text")) {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            match within("an event", self.chunks.next()).await {
                Some(Ok(bytes)) => self.unread.extend_from_slice(&bytes),
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// The next frame, which must be of this type.
    ///
    /// # Panics
    /// When it is not.
    pub async fn expect(&mut self, kind: &str) -> SseEvent {
        let event = self.next().await.expect("the stream goes on");
        assert_eq!(event.data["type"], kind, "{event:?}");
        event
    }
}

fn event(block: &str) -> Option<SseEvent> {
    let (mut name, mut id, mut data) = ("message".to_owned(), None, String::new());
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("event", value)) => value.clone_into(&mut name),
            Some(("id", value)) => id = Some(value.to_owned()),
            Some(("data", value)) => data.push_str(value),
            _ => {}
        }
    }
    (!data.is_empty()).then(|| SseEvent { name, id, data: serde_json::from_str(&data).expect("data is JSON") })
}
