//! What must hold after the crashes, on what the clients saw. Pure, and itself tested: a check that cannot fail shows
//! nothing.

use std::collections::{BTreeMap, HashMap, HashSet};

use tutti_protocol::ConversationId;
use tutti_protocol::chat::Message;

use super::reader::Reader;
use super::sender::Sender;

/// A message as somebody saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) seq: u64,
    pub(super) sender: String,
    pub(super) client_id: String,
    pub(super) text: String,
}

impl From<&Message> for Stored {
    fn from(message: &Message) -> Self {
        Self {
            seq: message.seq,
            sender: message.sender_id.as_str().to_owned(),
            client_id: message.client_id.clone().unwrap_or_default(),
            text: message.message.clone(),
        }
    }
}

/// The client id of a sender's message with this number.
pub(super) fn client_id(sender: &str, number: u64) -> String {
    format!("{sender}-{number}")
}

/// The text that goes with a client id: long enough now and then for a message to lie on several pages of the database.
pub(super) fn text_of(client_id: &str) -> String {
    let long = client_id.ends_with('7');
    format!("I am {client_id}{}", " and on".repeat(if long { 600 } else { 3 }))
}

/// A sender's number of a message; none for what no sender wrote.
fn number(stored: &Stored) -> Option<u64> {
    stored.client_id.strip_prefix(&stored.sender)?.strip_prefix('-')?.parse().ok()
}

/// What the clients saw.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// How many messages each sender has sent, or tried to.
    pub(super) sent: HashMap<String, u64>,
    /// What the server said was stored.
    pub(super) acknowledged: Vec<(ConversationId, Stored)>,
    /// What is stored, oldest first as it was served.
    pub(super) histories: BTreeMap<ConversationId, Vec<Stored>>,
    /// What each reader ends with.
    pub(super) readers: Vec<Read>,
    pub(super) resent: u64,
    pub(super) duplicates: u64,
    pub(super) events: u64,
    pub(super) repeats: u64,
    pub(super) resets: u64,
}

/// What one reader ends with.
#[derive(Debug, Clone, Default)]
pub(super) struct Read {
    pub(super) name: String,
    pub(super) conversations: BTreeMap<ConversationId, Vec<Stored>>,
    pub(super) faults: Vec<String>,
}

/// Something that must not be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Acknowledged, and not stored, or not at the place that was acknowledged.
    Lost { conversation: ConversationId, acknowledged: Stored, there: Option<Stored> },
    /// Stored more than once.
    Doubled(String),
    /// The history's positions are not 1, 2, 3.
    NotDense { conversation: ConversationId, place: usize, seq: u64 },
    /// A sender's message stands before one that the sender sent earlier.
    Overtaken { conversation: ConversationId, client_id: String },
    /// Stored, but never sent, or not like this.
    Invented(Stored),
    /// A reader ends with something else than what is stored.
    Differs { reader: String, conversation: ConversationId, stored: usize, seen: usize },
    /// A reader saw something that it should not have seen.
    Reader { reader: String, fault: String },
}

impl Evidence {
    pub(super) fn of(
        senders: Vec<Sender>,
        readers: Vec<Reader>,
        histories: BTreeMap<ConversationId, Vec<Stored>>,
    ) -> Self {
        let mut evidence = Self { histories, ..Self::default() };
        for sender in senders {
            evidence.sent.insert(sender.user.to_owned(), sender.sent);
            evidence.resent += sender.resent;
            evidence.duplicates += sender.duplicates;
            evidence.acknowledged.extend(sender.acknowledged);
        }
        for reader in readers {
            let name = reader.name();
            evidence.events += reader.view.events;
            evidence.repeats += reader.view.repeats;
            evidence.resets += reader.view.resets;
            let places = reader.view.places.into_iter();
            let conversations = places.map(|(id, place)| (id, place.messages.into_values().collect())).collect();
            evidence.readers.push(Read { name, conversations, faults: reader.view.faults });
        }
        evidence
    }

    /// The counts.
    pub(super) fn summary(&self) -> String {
        format!(
            "{} sent, {} acknowledged, {} sent again, {} of them answered as duplicates, {} stored in {} conversations; \
             {} readers got {} events, dropped {} repeats and loaded {} conversations afresh",
            self.sent.values().sum::<u64>(),
            self.acknowledged.len(),
            self.resent,
            self.duplicates,
            self.histories.values().map(Vec::len).sum::<usize>(),
            self.histories.len(),
            self.readers.len(),
            self.events,
            self.repeats,
            self.resets,
        )
    }

    /// Everything that is wrong.
    pub(super) fn check(&self) -> Vec<Problem> {
        let mut problems = self.not_where_acknowledged();
        problems.extend(self.doubled());
        for (id, history) in &self.histories {
            problems.extend(not_dense(*id, history));
            problems.extend(overtaken(*id, history));
            problems.extend(history.iter().filter(|stored| !self.was_sent(stored)).cloned().map(Problem::Invented));
        }
        problems.extend(self.readers.iter().flat_map(|reader| self.misread(reader)));
        problems
    }

    fn not_where_acknowledged(&self) -> Vec<Problem> {
        let lost = self.acknowledged.iter().filter_map(|(conversation, acknowledged)| {
            let history = self.histories.get(conversation);
            let there = history.and_then(|history| history.iter().find(|stored| stored.seq == acknowledged.seq));
            (there != Some(acknowledged)).then(|| Problem::Lost {
                conversation: *conversation,
                acknowledged: acknowledged.clone(),
                there: there.cloned(),
            })
        });
        lost.collect()
    }

    fn doubled(&self) -> Vec<Problem> {
        let mut seen = HashSet::new();
        let all = self.histories.values().flatten();
        let again = all.filter(|stored| !seen.insert(&stored.client_id));
        again.map(|stored| Problem::Doubled(stored.client_id.clone())).collect()
    }

    fn was_sent(&self, stored: &Stored) -> bool {
        let sent = self.sent.get(&stored.sender).copied().unwrap_or(0);
        number(stored).is_some_and(|number| (1..=sent).contains(&number)) && stored.text == text_of(&stored.client_id)
    }

    fn misread(&self, reader: &Read) -> Vec<Problem> {
        let name = &reader.name;
        let faults = reader.faults.iter().cloned().map(|fault| Problem::Reader { reader: name.clone(), fault });
        let nothing = Vec::new();
        let differs = reader.conversations.iter().filter_map(|(id, seen)| {
            let stored = self.histories.get(id).unwrap_or(&nothing);
            let (stored_count, seen_count) = (stored.len(), seen.len());
            (stored != seen).then(|| Problem::Differs {
                reader: name.clone(),
                conversation: *id,
                stored: stored_count,
                seen: seen_count,
            })
        });
        faults.chain(differs).collect()
    }
}

fn not_dense(conversation: ConversationId, history: &[Stored]) -> Option<Problem> {
    let seqs = history.iter().map(|stored| stored.seq).enumerate();
    let wrong = seqs.into_iter().find(|(place, seq)| u64::try_from(place + 1) != Ok(*seq));
    wrong.map(|(place, seq)| Problem::NotDense { conversation, place, seq })
}

fn overtaken(conversation: ConversationId, history: &[Stored]) -> Vec<Problem> {
    let mut newest: HashMap<&str, u64> = HashMap::new();
    let mut problems = Vec::new();
    for stored in history {
        let number = number(stored).unwrap_or(0);
        let newest = newest.entry(&stored.sender).or_default();
        if number < *newest {
            problems.push(Problem::Overtaken { conversation, client_id: stored.client_id.clone() });
        }
        *newest = number.max(*newest);
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: ConversationId = ConversationId(7);

    fn stored(seq: u64, number: u64) -> Stored {
        let client_id = client_id("alice", number);
        Stored { seq, sender: "alice".into(), text: text_of(&client_id), client_id }
    }

    /// Three messages, all acknowledged, all stored, all read; then something is done to them.
    fn problems(spoil: impl FnOnce(&mut Evidence)) -> Vec<Problem> {
        let history: Vec<Stored> = (1..=3).map(|n| stored(n, n)).collect();
        let mut evidence = Evidence {
            sent: HashMap::from([("alice".to_owned(), 4)]),
            acknowledged: history.iter().cloned().map(|stored| (ROOM, stored)).collect(),
            histories: BTreeMap::from([(ROOM, history.clone())]),
            readers: vec![Read {
                name: "bob".into(),
                conversations: BTreeMap::from([(ROOM, history)]),
                faults: vec![],
            }],
            ..Evidence::default()
        };
        spoil(&mut evidence);
        evidence.check()
    }

    fn history(evidence: &mut Evidence) -> &mut Vec<Stored> {
        evidence.histories.get_mut(&ROOM).unwrap()
    }

    fn everywhere(evidence: &mut Evidence, change: impl Fn(&mut Vec<Stored>)) {
        change(history(evidence));
        change(evidence.readers[0].conversations.get_mut(&ROOM).unwrap());
    }

    #[test]
    fn what_is_in_order_passes_also_with_a_message_whose_acknowledgement_was_lost() {
        assert_eq!(problems(|_| {}), []);
        assert_eq!(problems(|evidence| everywhere(evidence, |history| history.push(stored(4, 4)))), []);
    }

    #[test]
    fn a_lost_message_is_found_at_the_end_and_in_the_middle() {
        let at_the_end = problems(|evidence| everywhere(evidence, |history| drop(history.pop())));
        assert!(matches!(&at_the_end[..], [Problem::Lost { .. }]), "{at_the_end:?}");
        let in_the_middle = problems(|evidence| everywhere(evidence, |history| drop(history.remove(1))));
        assert!(in_the_middle.iter().any(|problem| matches!(problem, Problem::Lost { there: None, .. })));
        assert!(in_the_middle.iter().any(|problem| matches!(problem, Problem::NotDense { place: 1, .. })));
    }

    #[test]
    fn a_lost_message_whose_place_was_given_to_another_is_found() {
        let found = problems(|evidence| everywhere(evidence, |history| history[2] = stored(3, 4)));
        assert!(matches!(&found[..], [Problem::Lost { there: Some(_), .. }]), "{found:?}");
    }

    #[test]
    fn a_doubled_message_is_found_also_in_another_conversation() {
        let same = problems(|evidence| everywhere(evidence, |history| history.push(stored(4, 3))));
        assert_eq!(same, [Problem::Doubled("alice-3".into())]);
        let other = problems(|evidence| drop(evidence.histories.insert(ConversationId(8), vec![stored(1, 2)])));
        assert_eq!(other, [Problem::Doubled("alice-2".into())]);
    }

    #[test]
    fn a_reordered_message_is_found() {
        let found = problems(|evidence| {
            everywhere(evidence, |history| {
                history[1] = stored(2, 3);
                history[2] = stored(3, 2);
            });
        });
        assert!(found.iter().any(|problem| matches!(problem, Problem::Lost { there: Some(_), .. })));
        assert!(found.contains(&Problem::Overtaken { conversation: ROOM, client_id: "alice-2".into() }));
    }

    #[test]
    fn a_message_that_nobody_sent_or_not_like_this_is_found() {
        let found = problems(|evidence| everywhere(evidence, |history| history.push(stored(4, 5))));
        assert_eq!(found, [Problem::Invented(stored(4, 5))]);
        let found = problems(|evidence| {
            everywhere(evidence, |history| history[0].text.push('!'));
            evidence.acknowledged[0].1.text.push('!');
        });
        assert!(matches!(&found[..], [Problem::Invented(_)]), "{found:?}");
    }

    #[test]
    fn a_reader_who_misses_one_or_has_one_too_many_is_found() {
        type Change = fn(&mut Vec<Stored>);
        let changes: [Change; 3] = [|seen| drop(seen.pop()), |seen| seen.push(stored(4, 4)), |seen| seen.swap(0, 1)];
        for change in changes {
            let found = problems(|evidence| change(evidence.readers[0].conversations.get_mut(&ROOM).unwrap()));
            assert!(matches!(&found[..], [Problem::Differs { .. }]), "{found:?}");
        }
        let found = problems(|evidence| evidence.readers[0].faults.push("a gap".into()));
        assert!(matches!(&found[..], [Problem::Reader { .. }]), "{found:?}");
    }
}
