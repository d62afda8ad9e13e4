//! The engine by example, and against a naive model that looks at everything every second.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const GRACE: i64 = 30;
const LEASE: i64 = 75;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000_000 + seconds * 1000)
}

fn user(n: u8) -> UserId {
    UserId::new(format!("user-{n}")).unwrap()
}

fn shown(n: u8, status: Status, text: Option<&str>) -> Presence {
    Presence { user_id: user(n), status, text: text.map(str::to_owned), last_seen_at: None }
}

fn gone(n: u8, seconds: i64) -> Presence {
    Presence { last_seen_at: Some(at(seconds)), ..shown(n, Status::Offline, None) }
}

const A: ConnectionId = ConnectionId(1);
const B: ConnectionId = ConnectionId(2);

/// One user with their first connection open since second zero.
fn here() -> Engine {
    let mut engine = Engine::new(&Config::default());
    assert_eq!(engine.connect(&user(0), A, at(0)), Some(shown(0, Status::Online, None)));
    engine
}

#[test]
fn two_connections_are_one_online() {
    let mut engine = here();
    assert_eq!(engine.connect(&user(0), B, at(1)), None);
    assert_eq!(engine.disconnect(&user(0), A, Departure::Goodbye, at(2)), None, "the other one is open");
    assert_eq!(engine.disconnect(&user(0), B, Departure::Goodbye, at(3)), Some(gone(0, 3)), "at once");
    assert!(engine.is_empty());
}

#[test]
fn a_lost_connection_that_comes_back_within_the_grace_is_not_seen() {
    let mut engine = here();
    assert_eq!(engine.disconnect(&user(0), A, Departure::Lost, at(10)), None);
    assert_eq!(engine.next_deadline(), Some(at(10 + GRACE)));
    assert_eq!(engine.expire(at(39)), []);
    assert_eq!(engine.of(&user(0)).status, Status::Online);
    assert!(!engine.is_connected(&user(0)));
    assert_eq!(engine.connect(&user(0), B, at(39)), None);
    assert_eq!(engine.expire(at(60)), []);
}

#[test]
fn a_lost_connection_is_seen_once_when_the_grace_is_over() {
    let mut engine = here();
    assert_eq!(engine.disconnect(&user(0), A, Departure::Lost, at(10)), None);
    assert_eq!(engine.expire(at(40)), [gone(0, 10)], "last seen when it was lost");
    assert_eq!(engine.expire(at(400)), []);
    assert!(engine.is_empty());
}

#[test]
fn a_connection_not_heard_of_for_the_lease_counts_as_lost_then() {
    let mut engine = here();
    assert_eq!(engine.heartbeat(&user(0), A, at(30)), None);
    assert_eq!(engine.next_deadline(), Some(at(30 + LEASE)));
    assert_eq!(engine.expire(at(105)), []);
    assert_eq!(engine.next_deadline(), Some(at(105 + GRACE)));
    assert_eq!(engine.expire(at(135)), [gone(0, 105)]);
}

#[test]
fn a_late_expiry_counts_from_when_things_were_due() {
    let mut engine = here();
    assert_eq!(engine.connect(&user(0), B, at(20)), None);
    assert_eq!(engine.expire(at(1_000)), [gone(0, 20 + LEASE)], "one change for two leases and a grace");
    assert!(engine.is_empty());
}

#[test]
fn a_connection_that_is_heard_of_again_is_open_again() {
    let mut engine = here();
    assert_eq!(engine.expire(at(500)).len(), 1);
    assert_eq!(engine.heartbeat(&user(0), A, at(501)), Some(shown(0, Status::Online, None)));
    assert_eq!(engine.disconnect(&user(0), B, Departure::Goodbye, at(502)), None, "never heard of");
}

#[test]
fn invisible_looks_offline_and_is_told_once() {
    let mut engine = here();
    let hide = |engine: &mut Engine, s| engine.set(&user(0), Availability::Invisible, Some("hush".into()), at(s));
    assert_eq!(hide(&mut engine, 5), Ok(Some(gone(0, 5))));
    assert_eq!(hide(&mut engine, 6), Ok(None));
    assert_eq!(engine.of(&user(0)), shown(0, Status::Offline, None), "nor is the text shown");
    assert_eq!(engine.connect(&user(0), B, at(7)), None);
    assert_eq!(engine.last_seen_if_ended(at(8)), []);
    assert_eq!(engine.disconnect(&user(0), A, Departure::Lost, at(8)), None);
    assert_eq!(engine.disconnect(&user(0), B, Departure::Lost, at(8)), None);
    assert_eq!(engine.connect(&user(0), A, at(20)), None, "still invisible within the grace");
    assert_eq!(engine.disconnect(&user(0), A, Departure::Lost, at(21)), None);
    assert_eq!(engine.expire(at(51)), []);
    assert!(engine.is_empty());
    assert_eq!(engine.connect(&user(0), A, at(52)), Some(shown(0, Status::Online, None)), "forgotten after it");
}

#[test]
fn what_was_chosen_is_seen_when_it_differs() {
    let mut engine = here();
    let mut set = |chosen, text: Option<&str>, s| engine.set(&user(0), chosen, text.map(str::to_owned), at(s)).unwrap();
    assert_eq!(set(Availability::Online, None, 1), None);
    assert_eq!(set(Availability::Busy, None, 2), Some(shown(0, Status::Busy, None)));
    assert_eq!(set(Availability::Busy, Some("exam"), 3), Some(shown(0, Status::Busy, Some("exam"))));
    assert_eq!(set(Availability::Busy, Some("exam"), 4), None);
    assert_eq!(set(Availability::Invisible, None, 5), Some(gone(0, 5)));
    assert_eq!(set(Availability::Away, None, 6), Some(shown(0, Status::Away, None)));
    assert_eq!(engine.last_seen_if_ended(at(7)), [(user(0), at(7))]);
    assert_eq!(engine.set(&user(1), Availability::Busy, None, at(8)), Err(NotHere));
}

/// What can happen.
#[derive(Debug, Clone)]
enum Step {
    Connect(u8, u64),
    Heartbeat(u8, u64),
    Disconnect(u8, u64, Departure),
    Set(u8, Availability, Option<&'static str>),
    Wait(i64),
    /// Only for the engine whose worker is slow: it wakes now.
    Expire,
}

fn step() -> impl Strategy<Value = Step> {
    let (who, which) = (0..3_u8, 0..3_u64);
    let how = prop_oneof![Just(Departure::Goodbye), Just(Departure::Lost), Just(Departure::Lost)];
    let chosen = prop_oneof![
        Just(Availability::Online),
        Just(Availability::Away),
        Just(Availability::Busy),
        Just(Availability::Invisible)
    ];
    let text = prop_oneof![Just(None), Just(Some("tea"))];
    prop_oneof![
        3 => (who.clone(), which.clone()).prop_map(|(u, c)| Step::Connect(u, c)),
        2 => (who.clone(), which.clone()).prop_map(|(u, c)| Step::Heartbeat(u, c)),
        3 => (who.clone(), which, how).prop_map(|(u, c, how)| Step::Disconnect(u, c, how)),
        2 => (who, chosen, text).prop_map(|(u, chosen, text)| Step::Set(u, chosen, text)),
        4 => (0..100_i64).prop_map(Step::Wait),
        1 => Just(Step::Expire),
    ]
}

fn apply(engine: &mut Engine, step: &Step, now: i64) -> Option<Presence> {
    match *step {
        Step::Connect(u, c) => engine.connect(&user(u), ConnectionId(c), at(now)),
        Step::Heartbeat(u, c) => engine.heartbeat(&user(u), ConnectionId(c), at(now)),
        Step::Disconnect(u, c, how) => engine.disconnect(&user(u), ConnectionId(c), how, at(now)),
        Step::Set(u, chosen, text) => {
            engine.set(&user(u), chosen, text.map(str::to_owned), at(now)).unwrap_or_default()
        }
        Step::Wait(_) | Step::Expire => None,
    }
}

/// The same rules, written down as somebody would who looks at everybody every second.
#[derive(Default)]
struct Naive {
    people: BTreeMap<u8, Person>,
    /// How each user looked when last told.
    told: BTreeMap<u8, Presence>,
    pushes: Vec<Presence>,
}

#[derive(Default)]
struct Person {
    heard: BTreeMap<u64, i64>,
    chosen: Availability,
    text: Option<&'static str>,
    lost_at: i64,
}

impl Naive {
    fn apply(&mut self, step: &Step, now: i64) {
        match *step {
            Step::Connect(u, c) | Step::Heartbeat(u, c) => {
                self.people.entry(u).or_default().heard.insert(c, now);
            }
            Step::Disconnect(u, c, how) => {
                let Some(person) = self.people.get_mut(&u) else { return };
                if person.heard.remove(&c).is_some() && person.heard.is_empty() {
                    person.lost_at = now;
                    if how == Departure::Goodbye {
                        self.people.remove(&u);
                    }
                }
            }
            Step::Set(u, chosen, text) => {
                let Some(person) = self.people.get_mut(&u) else { return };
                (person.chosen, person.text) = (chosen, text);
            }
            Step::Wait(_) | Step::Expire => {}
        }
        self.tell(now, None);
    }

    fn second_passed(&mut self, now: i64) {
        let mut over = BTreeMap::new();
        for (u, person) in &mut self.people {
            let open = person.heard.len();
            person.heard.retain(|_, heard| *heard + LEASE > now);
            if open > 0 && person.heard.is_empty() {
                person.lost_at = now;
            }
            if person.heard.is_empty() && person.lost_at + GRACE <= now {
                over.insert(*u, person.lost_at);
            }
        }
        self.people.retain(|u, _| !over.contains_key(u));
        self.tell(now, Some(&over));
    }

    fn looks(&self, u: u8) -> Presence {
        match self.people.get(&u) {
            Some(Person { chosen: Availability::Online, text, .. }) => shown(u, Status::Online, *text),
            Some(Person { chosen: Availability::Away, text, .. }) => shown(u, Status::Away, *text),
            Some(Person { chosen: Availability::Busy, text, .. }) => shown(u, Status::Busy, *text),
            Some(Person { chosen: Availability::Invisible, .. }) | None => shown(u, Status::Offline, None),
        }
    }

    fn tell(&mut self, now: i64, over: Option<&BTreeMap<u8, i64>>) {
        for u in 0..3 {
            let looks = self.looks(u);
            let told = self.told.insert(u, looks.clone()).unwrap_or_else(|| shown(u, Status::Offline, None));
            if told == looks {
                continue;
            }
            let idle = self.people.get(&u).filter(|person| person.heard.is_empty()).map(|person| person.lost_at);
            let last_seen = over.and_then(|over| over.get(&u).copied()).or(idle).unwrap_or(now);
            self.pushes.push(if looks.status == Status::Offline { gone(u, last_seen) } else { looks });
        }
    }
}

/// An engine with a worker that wakes at every deadline, up to now.
fn wake_until(engine: &mut Engine, now: i64, pushes: &mut Vec<Presence>) {
    while let Some(due) = engine.next_deadline().filter(|due| *due <= at(now)) {
        pushes.extend(engine.expire(due));
    }
}

fn never_the_same_twice(pushes: &[Presence]) {
    let mut last: HashMap<UserId, (Status, Option<String>)> = HashMap::new();
    for push in pushes {
        let looks = (push.status, push.text.clone());
        let before = last.insert(push.user_id.clone(), looks.clone());
        assert_ne!(before.unwrap_or((Status::Offline, None)), looks, "{}", push.user_id);
        assert_eq!(push.last_seen_at.is_some(), push.status == Status::Offline);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn does_what_the_naive_model_does(steps in prop::collection::vec(step(), 1..60)) {
        let (mut engine, mut naive) = (Engine::new(&Config::default()), Naive::default());
        let (mut pushes, mut now) = (Vec::new(), 0);
        for step in &steps {
            if let Step::Wait(seconds) = step {
                for _ in 0..*seconds {
                    now += 1;
                    naive.second_passed(now);
                }
                wake_until(&mut engine, now, &mut pushes);
            }
            pushes.extend(apply(&mut engine, step, now));
            naive.apply(step, now);
            for u in 0..3 {
                prop_assert_eq!(engine.of(&user(u)), naive.looks(u));
                let open = naive.people.get(&u).is_some_and(|person| !person.heard.is_empty());
                prop_assert_eq!(engine.is_connected(&user(u)), open);
            }
        }
        prop_assert_eq!(&pushes, &naive.pushes);
        never_the_same_twice(&pushes);
    }

    #[test]
    fn a_slow_worker_never_makes_it_flap_and_in_the_end_everybody_is_told_once(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut engine = Engine::new(&Config::default());
        let (mut pushes, mut now) = (Vec::new(), 0);
        for step in &steps {
            match step {
                Step::Wait(seconds) => now += seconds,
                Step::Expire => pushes.extend(engine.expire(at(now))),
                _ => pushes.extend(apply(&mut engine, step, now)),
            }
        }
        never_the_same_twice(&pushes);
        let visible: Vec<bool> = (0..3).map(|u| engine.of(&user(u)).status != Status::Offline).collect();
        for (u, c) in (0..3).flat_map(|u| (0..3).map(move |c| (u, c))) {
            prop_assert_eq!(engine.disconnect(&user(u), ConnectionId(c), Departure::Lost, at(now)), None);
        }
        let end = engine.expire(at(now + GRACE));
        for (u, was_visible) in (0..3_u8).zip(visible) {
            let told = end.iter().filter(|push| push.user_id == user(u)).count();
            prop_assert_eq!(told, usize::from(was_visible));
        }
        prop_assert!(end.iter().all(|push| push.status == Status::Offline));
        prop_assert!(engine.is_empty());
    }
}
