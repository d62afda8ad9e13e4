//! What a connection has under way, and the answers that come of it, in the order of the questions.
//!
//! Sending them is the connection's.

use std::task::{Context, Poll};

use bytes::BytesMut;
use futures_util::stream::{FuturesOrdered, StreamExt};
use tutti_protocol::ServerFrame;

use crate::session::Pending;
use crate::wire::{Encoding, append_frame};

/// Replies, one behind the other as they are to be written.
pub(super) struct Answers {
    encoding: Encoding,
    pub(super) bytes: BytesMut,
    /// Whether one of them is worth keeping for a push that comes in the same moment.
    pub(super) come_with_a_push: bool,
}

impl Answers {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self { encoding, bytes: BytesMut::new(), come_with_a_push: false }
    }

    pub(super) fn add(&mut self, reply: Option<&ServerFrame>) {
        let Some(reply) = reply else { return };
        append_frame(&mut self.bytes, reply, self.encoding);
        self.come_with_a_push |= reply.body.comes_with_a_push();
    }
}

/// Commands under way.
#[derive(Default)]
pub(super) struct Work {
    /// Answered in order; made only when there is one, for most connections have none most of the time.
    pipeline: Option<Box<FuturesOrdered<Pending>>>,
    /// Waits for the pipeline to be empty, and keeps everything else waiting.
    pub(super) turn: Option<Pending>,
}

impl Work {
    pub(super) fn is_idle(&self) -> bool {
        self.pipeline.is_none() && self.turn.is_none()
    }

    pub(super) fn takes_more(&self, max_in_flight: usize) -> bool {
        self.turn.is_none() && self.pipeline.as_ref().is_none_or(|pipeline| pipeline.len() < max_in_flight)
    }

    pub(super) fn pipeline(&mut self, pending: Pending) {
        self.pipeline.get_or_insert_default().push_back(pending);
    }

    /// The next replies, as many as are there at once.
    pub(super) fn poll_answers(&mut self, encoding: Encoding, context: &mut Context<'_>) -> Poll<Answers> {
        let mut answers = Answers::new(encoding);
        if let Some(pipeline) = &mut self.pipeline {
            let mut came = false;
            while let Poll::Ready(Some(reply)) = pipeline.poll_next_unpin(context) {
                came = true;
                answers.add(reply.as_ref());
            }
            if pipeline.is_empty() {
                self.pipeline = None;
            }
            return if came { Poll::Ready(answers) } else { Poll::Pending };
        }
        let Some(turn) = &mut self.turn else { return Poll::Pending };
        turn.as_mut().poll(context).map(|reply| {
            self.turn = None;
            answers.add(reply.as_ref());
            answers
        })
    }
}
