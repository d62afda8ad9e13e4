//! The promises of [`Store`] as checks that every implementation runs in its own tests. A broken promise panics with
//! what was broken. The checks use users of their own, so they can share one store, which starts out empty.

use tutti_protocol::{Timestamp, UserId};

use super::Store;

/// Runs every check.
pub async fn all(store: &dyn Store) {
    users_never_seen_are_left_out(store).await;
    what_was_saved_is_read_back(store).await;
    the_time_never_goes_back(store).await;
    one_call_may_name_a_user_twice(store).await;
    many_users_at_once(store).await;
}

/// Nothing is said of users who were never seen, and asking about nobody is no error.
pub async fn users_never_seen_are_left_out(store: &dyn Store) {
    assert_eq!(read(store, &[]).await, []);
    assert_eq!(read(store, &[user("conformance-nobody")]).await, []);
    save(store, &[]).await;
}

/// Times come back to the millisecond, for odd but legal ids too, and only for those asked about.
pub async fn what_was_saved_is_read_back(store: &dyn Store) {
    let (plain, odd, other) = (user("conformance-plain"), user("söme'one; --%_"), user("conformance-other"));
    save(store, &[(plain.clone(), at(1_001)), (odd.clone(), at(2_002)), (other, at(3_003))]).await;
    let found = read(store, &[odd.clone(), user("conformance-nobody"), plain.clone(), plain.clone()]).await;
    assert_eq!(found, [(plain, at(1_001)), (odd, at(2_002))], "each user asked about, once");
}

/// A time that arrives late does not overwrite a later one.
pub async fn the_time_never_goes_back(store: &dyn Store) {
    let late = user("conformance-late");
    save(store, &[(late.clone(), at(5_000))]).await;
    save(store, &[(late.clone(), at(4_000))]).await;
    assert_eq!(read(store, std::slice::from_ref(&late)).await, [(late.clone(), at(5_000))]);
    save(store, &[(late.clone(), at(6_000))]).await;
    assert_eq!(read(store, std::slice::from_ref(&late)).await, [(late, at(6_000))]);
}

/// The later of two times for one user in one call is kept, in whatever order they stand.
pub async fn one_call_may_name_a_user_twice(store: &dyn Store) {
    let (up, down) = (user("conformance-up"), user("conformance-down"));
    save(store, &[(up.clone(), at(1)), (up.clone(), at(2)), (down.clone(), at(2)), (down.clone(), at(1))]).await;
    assert_eq!(read(store, &[up.clone(), down.clone()]).await, [(down, at(2)), (up, at(2))]);
}

/// More users than a database takes parameters in one small statement.
pub async fn many_users_at_once(store: &dyn Store) {
    let seen: Vec<(UserId, Timestamp)> =
        (0..1_000).map(|n| (user(&format!("conformance-many-{n:04}")), at(10_000 + n))).collect();
    save(store, &seen).await;
    let users: Vec<UserId> = seen.iter().map(|(user, _)| user.clone()).collect();
    assert_eq!(read(store, &users).await, seen);
}

/// What is known of these users, sorted by user.
async fn read(store: &dyn Store, users: &[UserId]) -> Vec<(UserId, Timestamp)> {
    let mut found = store.last_seen(users).await.expect("reading works");
    found.sort();
    found
}

async fn save(store: &dyn Store, seen: &[(UserId, Timestamp)]) {
    store.save_last_seen(seen).await.expect("saving works");
}

fn user(id: &str) -> UserId {
    UserId::new(id).expect("a legal id")
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}
