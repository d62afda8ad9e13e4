//! A reader: follows the pushes as a client should. It resumes from the greatest event id it has, drops repeats by
//! (conversation, offset), and loads afresh what the server says was missed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;
use tutti_protocol::chat::Message;
use tutti_protocol::{ConversationId, EventId, ServerBody, ServerFrame};

use super::checker::Stored;
use super::wire::{Http, Link, started_after};
use super::{Phase, Phases};

/// How a reader behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Is there all the time.
    Steady,
    /// The same, but comes back with the position that it had when it connected the last time, so that events repeat.
    Forgetful,
    /// Looks in at every so many starts of the server, and stays until the next crash.
    Seldom(u64),
}

/// One user who reads.
pub(super) struct Reader {
    user: &'static str,
    habit: Habit,
    link: Option<Link>,
    /// What it knew when it connected the last time.
    remembered: Option<EventId>,
    pub(super) view: View,
}

/// What a reader knows.
#[derive(Debug, Default)]
pub(super) struct View {
    since: Option<EventId>,
    pub(super) places: HashMap<ConversationId, Place>,
    /// Conversations that are to be loaded afresh.
    to_load: BTreeSet<ConversationId>,
    pub(super) events: u64,
    pub(super) repeats: u64,
    pub(super) resets: u64,
    /// What should not have happened.
    pub(super) faults: Vec<String>,
}

/// What a reader knows of one conversation.
#[derive(Debug, Default)]
pub(super) struct Place {
    offset: u64,
    pub(super) messages: BTreeMap<u64, Stored>,
}

impl Reader {
    pub(super) fn new(user: &'static str, habit: Habit) -> Self {
        Self { user, habit, link: None, remembered: None, view: View::default() }
    }

    /// A name for reports.
    pub(super) fn name(&self) -> String {
        format!("{} ({:?})", self.user, self.habit)
    }

    /// Connects for the first time, before there is anything to read.
    pub(super) async fn connect_first(&mut self, phase: &Phase) {
        self.connect(phase).await.unwrap();
    }

    /// Reads until it has everything.
    pub(super) async fn run(mut self, mut phases: Phases) -> Self {
        loop {
            let phase = phases.borrow_and_update().clone();
            match self.follow(&phase, &mut phases).await {
                Ok(()) => return self,
                Err(_) => self.wait(&mut phases, phase.generation).await,
            }
        }
    }

    /// Waits for the next start at which it looks in, or for the end.
    async fn wait(&mut self, phases: &mut Phases, generation: u64) {
        self.link = None;
        started_after(phases, generation).await;
        let next = match self.habit {
            Habit::Seldom(every) => (generation / every + 1) * every,
            Habit::Steady | Habit::Forgetful => generation + 1,
        };
        let back = phases.wait_for(|phase| phase.generation >= next || phase.heads.is_some()).await;
        back.expect("the scenario goes on");
    }

    async fn follow(&mut self, phase: &Phase, phases: &mut Phases) -> Result<()> {
        if self.link.is_none() {
            self.connect(phase).await?;
        }
        let mut link = self.link.take().expect("it has just connected");
        loop {
            if self.is_done(&phases.borrow()) {
                return Ok(());
            }
            tokio::select! {
                frame = link.next() => self.view.take(frame?),
                changed = phases.changed() => changed?,
            }
        }
    }

    /// Whether there is nothing more to read.
    fn is_done(&self, phase: &Phase) -> bool {
        phase.over || phase.heads.as_ref().is_some_and(|heads| self.view.has_reached(heads, self.user))
    }

    async fn connect(&mut self, phase: &Phase) -> Result<()> {
        let since = if self.habit == Habit::Forgetful { self.remembered } else { self.view.since };
        let (link, welcome) = Link::open(self.user, phase.address, since).await?;
        self.remembered = self.view.since.or(Some(welcome.since));
        if since.is_some() && !welcome.resumed {
            self.view.faults.push("a connection with `since` was not resumed".into());
        }
        self.view.since.get_or_insert(welcome.since);
        self.view.resets += u64::try_from(welcome.reset.len())?;
        self.view.to_load.extend(welcome.reset);
        let http = Http::of(self.user, phase.address);
        while let Some(id) = self.view.to_load.first().copied() {
            let (offset, history) = http.load(id).await?;
            self.view.load(id, offset, history);
        }
        self.link = Some(link);
        Ok(())
    }
}

impl View {
    /// Takes over a conversation as it was loaded.
    pub(super) fn load(&mut self, id: ConversationId, offset: u64, history: Vec<Stored>) {
        self.to_load.remove(&id);
        let place = self.places.entry(id).or_default();
        let messages = history.into_iter().map(|stored| (stored.seq, stored)).collect();
        *place = Place { offset, messages };
    }

    /// Takes a push; anything else is none of its business.
    pub(super) fn take(&mut self, frame: ServerFrame) {
        let (Some(event), Some(offset)) = (frame.event_id, frame.offset) else { return };
        let (id, message) = match frame.body {
            ServerBody::Message(changed) => (changed.message.conversation_id, Some(changed.message)),
            ServerBody::ConversationCreated(created) => (created.conversation.id, None),
            other => return self.faults.push(format!("nobody did anything to cause {other:?}")),
        };
        self.events += 1;
        self.since = self.since.max(Some(event));
        self.place(id, offset, message.as_ref());
    }

    fn place(&mut self, id: ConversationId, offset: u64, message: Option<&Message>) {
        let place = self.places.entry(id).or_default();
        if offset <= place.offset {
            self.repeats += 1;
            let changed =
                message.is_some_and(|message| place.messages.get(&message.seq) != Some(&Stored::from(message)));
            if changed {
                self.faults.push(format!("{id}: offset {offset} came again with another message"));
            }
            return;
        }
        if offset > place.offset + 1 {
            self.faults.push(format!("{id}: offset {offset} came after {}", place.offset));
        }
        place.offset = offset;
        let Some(message) = message else { return };
        if let Some(before) = place.messages.insert(message.seq, Stored::from(message)) {
            self.faults.push(format!("{id}: seq {} came at two offsets, before as {before:?}", message.seq));
        }
    }

    /// Whether it is at the end of every conversation that the user is in.
    fn has_reached(&self, heads: &BTreeMap<ConversationId, u64>, user: &str) -> bool {
        let own = self.places.keys().filter(|id| heads.contains_key(id)).count();
        // The group and one direct conversation.
        assert!(own <= 2, "{user} sees conversations of others");
        own == 2 && self.places.iter().all(|(id, place)| heads.get(id).is_none_or(|head| place.offset >= *head))
    }
}

#[cfg(test)]
mod tests {
    use super::super::checker::{client_id, text_of};
    use super::*;

    fn push(offset: u64, seq: u64) -> ServerFrame {
        let client_id = client_id("alice", seq);
        serde_json::from_value(serde_json::json!({
            "type": "message", "event_id": (100 + offset).to_string(), "offset": offset,
            "message": {
                "id": "1", "conversation_id": "7", "seq": seq, "sender_id": "alice", "message": text_of(&client_id),
                "client_id": client_id, "created_at": "2026-01-01T00:00:00.000Z", "edited_at": null, "deleted": false,
                "reply_to": null, "thread_id": null, "thread": null, "mentions": [], "reactions": [],
                "attachments": [], "metadata": {}
            }
        }))
        .unwrap()
    }

    fn view(pushes: &[(u64, u64)]) -> View {
        let mut view = View::default();
        for (offset, seq) in pushes {
            view.take(push(*offset, *seq));
        }
        view
    }

    #[test]
    fn a_reader_drops_repeats_and_notices_a_gap() {
        let good = view(&[(1, 1), (2, 2), (1, 1), (2, 2), (3, 3)]);
        assert_eq!((good.faults.len(), good.repeats, good.events), (0, 2, 5));
        assert_eq!(good.since, Some(EventId(103)));
        assert_eq!(view(&[(1, 1), (3, 3)]).faults.len(), 1, "offset 2 is missing");
        assert_eq!(view(&[(1, 1), (2, 1)]).faults.len(), 1, "one message at two offsets");
        assert_eq!(view(&[(1, 1), (1, 3)]).faults.len(), 1, "the repeat is another message");
    }

    #[test]
    fn what_was_loaded_comes_again_as_a_repeat_only() {
        let mut view = view(&[(1, 1)]);
        let history = view.places[&ConversationId(7)].messages.values().cloned();
        let loaded: Vec<Stored> = history.chain([stored(2), stored(3)]).collect();
        view.load(ConversationId(7), 3, loaded);
        view.take(push(3, 3));
        view.take(push(4, 4));
        assert!(view.faults.is_empty(), "{:?}", view.faults);
        assert_eq!(view.places[&ConversationId(7)].messages.len(), 4);
    }

    fn stored(seq: u64) -> Stored {
        let client_id = client_id("alice", seq);
        Stored { seq, sender: "alice".into(), text: text_of(&client_id), client_id }
    }
}
