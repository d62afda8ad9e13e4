//! The arithmetic of unread messages against a model that counts them: hundreds of random steps, always the same ones.

use std::collections::BTreeMap;

use tutti_protocol::{ConversationId, MessageId};

use super::Harness;
use super::support::{by, text, user};
use crate::model::{Draft, ReadMark};

const STEPS: usize = 600;
const NAMES: [&str; 4] = ["ann", "bob", "cat", "dan"];

/// A small generator (SplitMix64), so that a failure comes again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let sides = u64::try_from(sides).expect("a small number");
        usize::try_from((mixed ^ (mixed >> 31)) % sides).expect("a small number")
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

struct Said {
    id: MessageId,
    sender: &'static str,
    mentions: Vec<&'static str>,
    deleted: bool,
}

/// A conversation as it should be. Ann is its owner and stays.
struct Modelled {
    id: ConversationId,
    said: Vec<Said>,
    /// How many messages each member has read.
    read: BTreeMap<&'static str, usize>,
}

impl Modelled {
    fn members(&self) -> Vec<&'static str> {
        self.read.keys().copied().collect()
    }

    /// Unread messages and mentions, counted one by one.
    fn count(&self, name: &str) -> (usize, usize) {
        let unread = self.said.iter().skip(self.read[name]).filter(|said| said.sender != name && !said.deleted);
        unread.fold((0, 0), |(all, mentions), said| (all + 1, mentions + usize::from(said.mentions.contains(&name))))
    }

    fn read_upto(&mut self, name: &'static str, count: usize) {
        let read = self.read.entry(name).or_default();
        *read = count.max(*read);
    }
}

struct Game {
    h: Harness,
    dice: Dice,
    rooms: Vec<Modelled>,
}

impl Game {
    async fn step(&mut self) {
        let room = self.dice.roll(self.rooms.len());
        let name = *self.dice.pick(&self.rooms[room].members());
        match self.dice.roll(20) {
            0..=9 => self.post(room, name).await,
            10..=12 => self.delete(room).await,
            13..=15 => self.read_one(room, name).await,
            16 => self.read_all(room, name).await,
            17 => self.read_some(name).await,
            _ => self.join_or_leave(room).await,
        }
    }

    async fn post(&mut self, room: usize, name: &'static str) {
        let room = &mut self.rooms[room];
        let mentions: Vec<&str> = room.members().into_iter().filter(|_| self.dice.roll(3) == 0).collect();
        let draft = Draft { mentions: mentions.iter().map(|name| user(name)).collect(), ..text("hello") };
        let posted = self.h.post(name, room.id, draft).await.expect("a member can post").message;
        room.said.push(Said { id: posted.id, sender: name, mentions, deleted: false });
    }

    async fn delete(&mut self, room: usize) {
        let room = &mut self.rooms[room];
        if room.said.is_empty() {
            return;
        }
        let at = self.dice.roll(room.said.len());
        let said = &mut room.said[at];
        let changed = self.h.store.delete_message(by("ann"), said.id, self.h.at()).await.expect("an owner can delete");
        assert_eq!(changed.offset.is_none(), said.deleted);
        said.deleted = true;
    }

    async fn read_one(&mut self, room: usize, name: &'static str) {
        let room = &mut self.rooms[room];
        if room.said.is_empty() {
            return;
        }
        let at = self.dice.roll(room.said.len());
        let mark = ReadMark::Upto(room.id, room.said[at].id);
        self.h.store.mark_read(by(name), mark, self.h.at()).await.expect("a member can read");
        room.read_upto(name, at + 1);
    }

    async fn read_all(&mut self, room: usize, name: &'static str) {
        let room = &mut self.rooms[room];
        self.h.store.mark_read(by(name), ReadMark::All(room.id), self.h.at()).await.expect("a member can read");
        room.read_upto(name, room.said.len());
    }

    /// Some messages of any conversation, also of those that the reader is not in.
    async fn read_some(&mut self, name: &'static str) {
        let mut ids = Vec::new();
        for room in &mut self.rooms {
            for (at, said) in room.said.iter().enumerate().filter(|_| self.dice.roll(6) == 0) {
                ids.push(said.id);
                if let Some(read) = room.read.get_mut(name) {
                    *read = (at + 1).max(*read);
                }
            }
        }
        self.h.store.mark_read(by(name), ReadMark::Messages(ids), self.h.at()).await.expect("anybody may ask");
    }

    async fn join_or_leave(&mut self, room: usize) {
        let name = *self.dice.pick(&NAMES[1..]);
        let room = &mut self.rooms[room];
        if room.read.remove(name).is_some() {
            self.h.remove(name, room.id, name).await.expect("anybody can leave");
        } else {
            self.h.put("ann", room.id, name, None).await.expect("an owner can add");
            room.read.insert(name, room.said.len());
        }
    }

    async fn check(&self, name: &'static str, step: usize) {
        let mut sums = (0, 0);
        for room in self.rooms.iter().filter(|room| room.read.contains_key(name)) {
            let (unread, mentions) = room.count(name);
            let seen = self.h.seen_by(name, room.id).await;
            let as_counted = [room.said.len(), room.read[name], unread, mentions].map(number);
            let as_seen = [seen.last_seq, seen.last_read_seq, seen.unread, seen.unread_mentions];
            assert_eq!(as_seen, as_counted, "{name}, step {step}: all, read, unread, mentions");
            sums = (sums.0 + unread, sums.1 + mentions);
        }
        let all = self.h.store.unread(&user(name)).await.expect("everybody has a count");
        assert_eq!((all.total, all.mentions), (number(sums.0), number(sums.1)), "{name}, step {step}: sums");
        assert!(all.conversations.iter().all(|room| room.unread > 0));
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).expect("a small number")
}

pub(super) async fn unread_agrees_with_a_recount(h: Harness) {
    let mut rooms = Vec::new();
    for _ in 0..3 {
        let id = h.group(&NAMES).await;
        rooms.push(Modelled { id, said: Vec::new(), read: NAMES.iter().map(|name| (*name, 0)).collect() });
    }
    let mut game = Game { h, dice: Dice(20_260_101), rooms };
    for step in 0..STEPS {
        game.step().await;
        game.check(NAMES[step % NAMES.len()], step).await;
    }
    for name in NAMES {
        game.check(name, STEPS).await;
    }
}
