//! The promises of [`Store`] as checks that every implementation runs in its own tests. A broken promise panics with
//! what was broken. [`all`] wants a store that starts out empty.

use tutti_protocol::session::User;
use tutti_protocol::{Timestamp, UserId};

use super::Store;
use crate::key::{ApiKey, KeyId, Scope, SecretHash, StoredKey};

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
    a_key_is_kept_as_it_is_until_it_is_removed(store).await;
    a_key_does_not_take_the_place_of_another(store).await;
    keys_come_by_their_age(store).await;
}

/// Asking an empty store is no error.
pub async fn an_empty_store_knows_nobody(store: &dyn Store) {
    assert_eq!(revocations(store).await, []);
    assert_eq!(users(store, "", 10).await, []);
    assert_eq!(store.user(&id("nobody")).await.expect("reading works"), None);
    assert!(store.names(&[id("nobody")]).await.expect("reading works").is_empty());
    assert!(store.names(&[]).await.expect("reading works").is_empty());
    store.prune_revocations(at(1)).await.expect("pruning works");
    assert_eq!(store.keys().await.expect("reading works"), []);
    assert_eq!(kept(store, 0).await, None);
    assert!(!store.remove_key(&key_id(0)).await.expect("removing works"));
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
    let known = async || store.user(&id("replace-ada")).await.expect("reading works");
    assert_eq!(known().await, Some(ada()), "also without a name");
    put(store, user("replace-ada", Some("Replaced Ada"))).await;
    put(store, user("replace-ada", Some("Replaced Ada King"))).await;
    put(store, ada()).await;
    assert_eq!(users(store, "replace-", 10).await, [user("replace-ada", Some("Replaced Ada King"))]);
    assert_eq!(known().await, Some(user("replace-ada", Some("Replaced Ada King"))));
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

/// Every field comes back, whatever is in it; what is removed is gone, and only that.
pub async fn a_key_is_kept_as_it_is_until_it_is_removed(store: &dyn Store) {
    let name = "Ä 'quoted' \"name\", %_";
    let both = StoredKey { key: ApiKey { name: name.to_owned(), ..key(1, 1_001).key }, ..key(1, 1_001) };
    let one = StoredKey { key: ApiKey { scopes: vec![Scope::Read], ..key(2, 1_002).key }, ..key(2, 1_002) };
    for stored in [&both, &one] {
        store.save_key(stored).await.expect("saving works");
    }
    assert_eq!((kept(store, 1).await, kept(store, 2).await), (Some(both.clone()), Some(one.clone())));
    assert_eq!(store.keys().await.expect("reading works"), [both.key, one.key]);
    assert!(store.remove_key(&key_id(1)).await.expect("removing works"), "it was there");
    assert!(!store.remove_key(&key_id(1)).await.expect("removing works"), "it was there no more");
    assert_eq!(kept(store, 1).await, None);
    assert!(kept(store, 2).await.is_some());
    store.remove_key(&key_id(2)).await.expect("removing works");
}

/// An id that is taken is an error, and the key that has it goes on to count.
pub async fn a_key_does_not_take_the_place_of_another(store: &dyn Store) {
    let first = key(3, 1_003);
    store.save_key(&first).await.expect("saving works");
    let second = StoredKey { secret_hash: SecretHash::from_bytes([7; 32]), ..key(3, 2_000) };
    store.save_key(&second).await.expect_err("the id is taken");
    assert_eq!(kept(store, 3).await, Some(first));
    store.remove_key(&key_id(3)).await.expect("removing works");
    store.save_key(&second).await.expect("the id is free again");
    store.remove_key(&key_id(3)).await.expect("removing works");
}

/// The oldest first; those of one millisecond by id.
pub async fn keys_come_by_their_age(store: &dyn Store) {
    for (number, millis) in [(6, 2_000), (9, 1_000), (5, 2_000), (7, 3_000)] {
        store.save_key(&key(number, millis)).await.expect("saving works");
    }
    let ids: Vec<KeyId> = store.keys().await.expect("reading works").into_iter().map(|key| key.id).collect();
    assert_eq!(ids, [9, 5, 6, 7].map(key_id));
}

async fn kept(store: &dyn Store, number: u8) -> Option<StoredKey> {
    store.key(&key_id(number)).await.expect("reading works")
}

fn key(number: u8, millis: i64) -> StoredKey {
    let scopes = vec![Scope::Publish, Scope::Read];
    let key = ApiKey { id: key_id(number), name: format!("key {number}"), scopes, created_at: at(millis) };
    StoredKey { key, secret_hash: SecretHash::from_bytes([number; 32]) }
}

fn key_id(number: u8) -> KeyId {
    format!("{number:016x}").parse().expect("a legal id")
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
