//! The promises of [`Store`] as checks that every implementation runs in its own tests. A broken promise panics with
//! what was broken. [`all`] wants a store that starts out empty.

use tutti_protocol::session::User;
use tutti_protocol::{Timestamp, UserId};

use super::Store;

/// Runs every check, one after another, over one store.
pub async fn all(store: &dyn Store) {
    an_empty_store_knows_nobody(store).await;
    of_two_revocations_the_later_is_kept(store).await;
    pruning_forgets_only_what_is_older(store).await;
    a_name_is_replaced_but_not_erased(store).await;
    people_are_found_by_the_start_of_id_or_name(store).await;
    a_prefix_is_text_and_not_a_pattern(store).await;
    people_come_by_name(store).await;
    names_of_many_at_once(store).await;
}

/// Asking an empty store is no error.
pub async fn an_empty_store_knows_nobody(store: &dyn Store) {
    assert_eq!(revocations(store).await, []);
    assert_eq!(users(store, "", 10).await, []);
    assert!(store.names(&[id("nobody")]).await.expect("reading works").is_empty());
    assert!(store.names(&[]).await.expect("reading works").is_empty());
    store.prune_revocations(at(1)).await.expect("pruning works");
}

/// One revocation per user, the latest, to the millisecond.
pub async fn of_two_revocations_the_later_is_kept(store: &dyn Store) {
    for millis in [2_002, 3_003, 1_001] {
        store.save_revocation(&id("revoked-mallory"), at(millis)).await.expect("saving works");
    }
    assert_eq!(revocations(store).await, [(id("revoked-mallory"), at(3_003))]);
}

/// A revocation at exactly the given time stays.
pub async fn pruning_forgets_only_what_is_older(store: &dyn Store) {
    store.save_revocation(&id("revoked-old"), at(9_999)).await.expect("saving works");
    store.save_revocation(&id("revoked-new"), at(10_000)).await.expect("saving works");
    store.prune_revocations(at(10_000)).await.expect("pruning works");
    assert_eq!(revocations(store).await, [(id("revoked-new"), at(10_000))]);
}

/// The last name given counts; none given is no name given.
pub async fn a_name_is_replaced_but_not_erased(store: &dyn Store) {
    let ada = || user("replace-ada", None);
    put(store, ada()).await;
    assert_eq!(users(store, "replace-", 10).await, [ada()]);
    put(store, user("replace-ada", Some("Replaced Ada"))).await;
    put(store, user("replace-ada", Some("Replaced Ada King"))).await;
    put(store, ada()).await;
    assert_eq!(users(store, "replace-", 10).await, [user("replace-ada", Some("Replaced Ada King"))]);
    let names = store.names(&[id("replace-ada")]).await.expect("reading works");
    assert_eq!(names.get(&id("replace-ada")).map(String::as_str), Some("Replaced Ada King"));
}

/// By id or by name, ASCII letters in either case, at most so many.
pub async fn people_are_found_by_the_start_of_id_or_name(store: &dyn Store) {
    put(store, user("find-1", Some("Finn"))).await;
    put(store, user("FIND-2", None)).await;
    put(store, user("other-3", Some("fiNd me"))).await;
    put(store, user("other-4", Some("do not find me"))).await;
    let ids = |found: Vec<User>| found.into_iter().map(|user| user.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(users(store, "Find", 10).await), ["other-3", "FIND-2", "find-1"]);
    assert_eq!(ids(users(store, "FINN", 10).await), ["find-1"]);
    assert_eq!(ids(users(store, "Find", 2).await), ["other-3", "FIND-2"]);
    assert_eq!(users(store, "Find", 0).await, []);
    assert_eq!(users(store, "found", 10).await, []);
}

/// What means something to a database means nothing here, and letters beyond ASCII match as they are.
pub async fn a_prefix_is_text_and_not_a_pattern(store: &dyn Store) {
    put(store, user("p%t_1", Some("Ärger \\ 'quoted'"))).await;
    put(store, user("pat-2", Some("[a-z]*"))).await;
    let count = async |prefix: &str| users(store, prefix, 10).await.len();
    for (prefix, hits) in [("p%", 1), ("p%t_", 1), ("pa", 1), ("%", 0), ("_", 0), ("?", 0), ("*", 0), ("[a", 1)] {
        assert_eq!(count(prefix).await, hits, "users whose id or name starts with `{prefix}`");
    }
    for (prefix, hits) in [("Ärger \\ '", 1), ("ÄRGER", 1), ("ärger", 0), ("\\", 0), ("'", 0)] {
        assert_eq!(count(prefix).await, hits, "users whose id or name starts with `{prefix}`");
    }
}

/// By name or, where there is none, by id; people of the same name by id.
pub async fn people_come_by_name(store: &dyn Store) {
    for (user_id, name) in [
        ("order-4", Some("order b")),
        ("order-3", Some("Order B")),
        ("order-2", Some("order C")),
        ("order-1", Some("ORDER ä")),
        ("order-0", None),
        ("order-5", Some("order a")),
    ] {
        put(store, user(user_id, name)).await;
    }
    let found: Vec<String> = users(store, "order", 10).await.into_iter().map(|user| user.id.to_string()).collect();
    assert_eq!(found, ["order-5", "order-3", "order-4", "order-2", "order-1", "order-0"]);
}

/// More users than a database takes parameters in one small statement; one asked about twice comes once.
pub async fn names_of_many_at_once(store: &dyn Store) {
    let ids: Vec<UserId> = (0..1_000).map(|n| id(&format!("many-{n}"))).collect();
    for known in ids.iter().step_by(100) {
        put(store, User { id: known.clone(), name: Some(format!("Name of {known}")) }).await;
    }
    put(store, User { id: ids[1].clone(), name: None }).await;
    let asked: Vec<UserId> = ids.iter().chain(&ids).cloned().collect();
    let names = store.names(&asked).await.expect("reading works");
    assert_eq!(names.len(), 10);
    assert_eq!(names.get(&ids[900]).map(String::as_str), Some("Name of many-900"));
}

/// What is kept, sorted by user.
async fn revocations(store: &dyn Store) -> Vec<(UserId, Timestamp)> {
    let mut found = store.revocations().await.expect("reading works");
    found.sort();
    found
}

async fn put(store: &dyn Store, user: User) {
    store.put_user(&user).await.expect("saving works");
}

async fn users(store: &dyn Store, prefix: &str, limit: usize) -> Vec<User> {
    store.users(prefix, limit).await.expect("reading works")
}

fn user(user_id: &str, name: Option<&str>) -> User {
    User { id: id(user_id), name: name.map(str::to_owned) }
}

fn id(text: &str) -> UserId {
    UserId::new(text).expect("a legal id")
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}
