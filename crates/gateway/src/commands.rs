//! Commands over HTTP: one frame or an array of them in, the replies out, through the same session as everywhere.

use std::sync::Arc;

use futures_util::stream::{FuturesOrdered, StreamExt};
use serde_json::value::RawValue;
use tutti_core::{Caller, Failure};
use tutti_protocol::{Codec, ConnectionId, ErrorCode, ServerFrame};

use crate::Gateway;
use crate::session::{Pending, Session, Step};

/// The replies to a request's frames.
#[derive(Debug)]
pub enum Replies {
    /// One frame came; its reply, if it has one.
    One(Option<Box<ServerFrame>>),
    /// An array came; the replies in its order.
    Many(Vec<ServerFrame>),
}

/// Carries out the frames in a body.
///
/// # Errors
/// A body that is no JSON object or array of them, too many frames, a stream that is not the caller's.
pub async fn run(
    gateway: &Arc<Gateway>,
    caller: Caller,
    connection: Option<ConnectionId>,
    body: &[u8],
) -> Result<Replies, Failure> {
    let session = match connection {
        Some(id) => {
            gateway.streams.of(&caller, id).ok_or_else(|| Failure::new(ErrorCode::NotFound, "no such stream"))?
        }
        None => Arc::new(Session::passing(Arc::clone(gateway), caller)),
    };
    let is_array = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if !is_array {
        let mut replies = carry_out(gateway, &session, &[body]).await;
        return Ok(Replies::One(replies.pop().map(Box::new)));
    }
    let frames: Vec<&RawValue> = serde_json::from_slice(body)
        .map_err(|error| Failure::new(ErrorCode::InvalidRequest, format!("not an array of frames: {error}")))?;
    let max = gateway.config.max_commands_per_request;
    if frames.len() > max {
        let failure = Failure::new(ErrorCode::ValidationFailed, format!("at most {max} frames in one request"));
        return Err(failure.over(u64::try_from(max).unwrap_or(u64::MAX)));
    }
    let frames: Vec<&[u8]> = frames.into_iter().map(|frame| frame.get().as_bytes()).collect();
    Ok(Replies::Many(carry_out(gateway, &session, &frames).await))
}

async fn carry_out(gateway: &Gateway, session: &Arc<Session>, frames: &[&[u8]]) -> Vec<ServerFrame> {
    let mut replies = Vec::new();
    let mut under_way: FuturesOrdered<Pending> = FuturesOrdered::new();
    for frame in frames {
        match session.step(Codec::Json, frame, gateway.clock.now()) {
            Step::Pipelined(pending) => under_way.push_back(pending),
            other => {
                finish(&mut under_way, &mut replies).await;
                match other {
                    Step::Reply(reply) => replies.extend(reply.map(|reply| *reply)),
                    Step::InTurn(pending) => replies.extend(pending.await),
                    Step::Pipelined(_) => {}
                    Step::Close(code) => {
                        session.close(code);
                        return replies;
                    }
                }
            }
        }
    }
    finish(&mut under_way, &mut replies).await;
    replies
}

async fn finish(under_way: &mut FuturesOrdered<Pending>, replies: &mut Vec<ServerFrame>) {
    while let Some(reply) = under_way.next().await {
        replies.extend(reply);
    }
}
