//! What a channel keeps for those who come back: bounded in number, in bytes and in time, the oldest first to go.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use serde_json::Value;
use tutti_protocol::Timestamp;
use tutti_protocol::channels::Publication;

/// What is kept: always the newest, without a gap.
#[derive(Debug, Default)]
pub(crate) struct History {
    kept: VecDeque<Kept>,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    publication: Publication,
    bytes: usize,
}

impl History {
    /// Keeps a publication, and of the others as many as there is room for; none of them, and not itself, when it is
    /// too large to be kept.
    pub(crate) fn add(&mut self, max: usize, max_bytes: usize, publication: &Publication) {
        if max == 0 {
            return;
        }
        let bytes = json_bytes(&publication.data);
        self.bytes += bytes;
        self.kept.push_back(Kept { publication: publication.clone(), bytes });
        while self.kept.len() > max || self.bytes > max_bytes {
            self.forget_oldest();
        }
    }

    /// Lets go of what was kept so long.
    pub(crate) fn expire(&mut self, keep: Duration, now: Timestamp) {
        while self.kept.front().is_some_and(|kept| now.since(kept.publication.sent_at) >= keep) {
            self.forget_oldest();
        }
    }

    /// What is kept, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Publication> {
        self.kept.iter().map(|kept| &kept.publication)
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.kept.pop_front() {
            self.bytes -= oldest.bytes;
        }
    }
}

/// How long a value is as JSON.
fn json_bytes(value: &Value) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // A value can be written, and counting does not fail.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many_bytes() {
        let (mut history, mut offset) = (History::default(), 0);
        let mut add = |text: String| {
            offset += 1;
            let publication = Publication { offset, from: None, data: Value::String(text), sent_at: at(0) };
            history.add(10, 20, &publication);
            history.iter().map(|kept| kept.offset).collect::<Vec<_>>()
        };
        assert_eq!(add("x".repeat(8)), [1], "ten bytes as JSON");
        assert_eq!(add("\n".repeat(4)), [1, 2], "ten more as JSON");
        assert_eq!(add(String::new()), [2, 3]);
        assert!(add("x".repeat(19)).is_empty(), "one that is too large leaves no gap behind");
        assert_eq!(add("x".repeat(18)), [5]);
        assert_eq!(history.bytes, 20);
        history.expire(Duration::from_secs(60), at(60));
        assert_eq!((history.len(), history.bytes), (0, 0));
    }
}
