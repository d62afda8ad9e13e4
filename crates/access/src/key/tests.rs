//! Keys as they are made, shown, believed and revoked, over the service with a store in memory.

use std::sync::Arc;
use std::time::Duration;

use tutti_core::Failure;
use tutti_core::clock::ManualClock;
use tutti_protocol::ErrorCode;

use super::*;
use crate::config::{Config, Secret};
use crate::service::{Authenticate as _, Service};
use crate::store::{MemoryStore, Store as _};

fn start() -> Timestamp {
    Timestamp::from_millis(1_763_722_860_300)
}

struct World {
    clock: ManualClock,
    store: Arc<MemoryStore>,
    service: Service,
}

async fn world() -> World {
    let (clock, store) = (ManualClock::at(start()), Arc::<MemoryStore>::default());
    let config = Config::with_secrets([Secret::new("a secret of more than thirty-two bytes")]);
    let service = Service::open(&config, store.clone(), Arc::new(clock.clone())).await.unwrap();
    World { clock, store, service }
}

/// A key's text with its last character, of which all bits but two count, made another one.
fn altered(text: &str) -> String {
    let last = if text.ends_with('A') { 'Q' } else { 'A' };
    format!("{}{last}", &text[..text.len() - 1])
}

#[tokio::test]
async fn a_key_is_believed_until_it_is_revoked() {
    let world = world().await;
    let made = world.service.create_key("shop", &[Scope::Publish]).await.unwrap();
    let other = world.service.create_key("shop", &[Scope::Read]).await.unwrap();
    world.clock.advance(Duration::from_secs(10 * 365 * 24 * 3600));
    let key = world.service.authenticate_key(&made.text).await.unwrap();
    assert_eq!(key, made.stored.key);
    assert_eq!((key.name.as_str(), key.created_at), ("shop", start()));
    world.service.revoke_key(&key.id).await.unwrap();
    assert_eq!(world.service.authenticate_key(&made.text).await, Err(Error::BadKey), "at once");
    assert_eq!(world.service.revoke_key(&key.id).await, Err(Error::UnknownKey));
    assert!(world.service.authenticate_key(&other.text).await.is_ok(), "of the same name, and another key");
}

#[tokio::test]
async fn a_key_that_somebody_else_revoked_counts_no_more_here() {
    let world = world().await;
    let made = world.service.create_key("shop", &[Scope::Publish]).await.unwrap();
    assert!(world.service.authenticate_key(&made.text).await.is_ok());
    assert!(world.store.remove_key(&made.stored.key.id).await.unwrap());
    assert_eq!(world.service.authenticate_key(&made.text).await, Err(Error::BadKey));
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_id_are_refused_alike() {
    let world = world().await;
    let made = world.service.create_key("shop", &[Scope::Publish]).await.unwrap().text;
    let other = world.service.create_key("other", &[Scope::Publish]).await.unwrap().text;
    let (head, secret) = made.split_at(made.len() - SECRET_CHARS);
    let swapped = format!("{head}{}", &other[other.len() - SECRET_CHARS..]);
    let unknown = format!("{KEY_PREFIX}0123456789abcdef_{secret}");
    for text in [altered(&made), swapped, unknown] {
        assert_eq!(world.service.authenticate_key(&text).await, Err(Error::BadKey), "{text}");
    }
    assert!(world.service.authenticate_key(&made).await.is_ok());
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let world = world().await;
    let made = world.service.create_key("shop", &[Scope::Publish]).await.unwrap().text;
    let (head, secret) = made.split_at(made.len() - SECRET_CHARS);
    let spoiled = [
        String::new(),
        KEY_PREFIX.to_owned(),
        head.to_owned(),
        made[1..].to_owned(),
        made[..made.len() - 1].to_owned(),
        format!("{made}="),
        format!("{made} "),
        format!(" {made}"),
        made.to_uppercase(),
        format!("{KEY_PREFIX}{secret}"),
        format!("{KEY_PREFIX}_{secret}"),
        format!("{KEY_PREFIX}0123456789ABCDEF_{secret}"),
        format!("{head}{}", "ä".repeat(SECRET_CHARS)),
        format!("{head}{}+", &secret[1..]),
        format!("{head}{}", "A".repeat(1_000_000)),
    ];
    for text in spoiled {
        assert_eq!(world.service.authenticate_key(&text).await, Err(Error::BadKey), "{text:.100}");
    }
}

#[tokio::test]
async fn a_key_is_no_token_and_a_token_is_no_key() {
    let world = world().await;
    let key = world.service.create_key("shop", &Scope::ALL).await.unwrap().text;
    for text in [key.as_str(), KEY_PREFIX, "tutti_key_made-up"] {
        assert!(is_key(text));
        assert_eq!(world.service.authenticate(text).await, Err(Error::KeyNotToken), "{text}");
    }
    let grant = crate::token::Grant {
        user: tutti_protocol::UserId::new("alice").unwrap(),
        name: None,
        roles: vec![],
        scopes: vec![],
        ttl: Duration::from_secs(60),
    };
    let token = world.service.issue(&grant).unwrap().token;
    assert!(!is_key(&token));
    assert_eq!(world.service.authenticate_key(&token).await, Err(Error::BadKey));
}

#[tokio::test]
async fn a_name_has_1_to_100_characters() {
    let world = world().await;
    let long = "ä".repeat(MAX_KEY_NAME_CHARS);
    for (given, kept) in [("x", "x"), ("  my shop ", "my shop"), (long.as_str(), long.as_str())] {
        let made = world.service.create_key(given, &[Scope::Read]).await.unwrap();
        assert_eq!(made.stored.key.name, kept);
    }
    for name in ["", "  ", &"x".repeat(MAX_KEY_NAME_CHARS + 1), "tab\tbed", "two\nlines", "\u{1b}[31mred"] {
        assert_eq!(world.service.create_key(name, &[Scope::Read]).await, Err(Error::KeyName), "{name:?}");
    }
    assert_eq!(world.service.list_keys().await.unwrap().len(), 3, "what is refused is not kept");
}

#[tokio::test]
async fn a_key_is_good_for_its_scopes_and_nothing_else() {
    let world = world().await;
    let publish = world.service.create_key("shop", &[Scope::Publish, Scope::Publish]).await.unwrap();
    let key = world.service.authenticate_key(&publish.text).await.unwrap();
    assert_eq!(key.scopes, [Scope::Publish]);
    assert!(key.allows(Scope::Publish) && !key.allows(Scope::Read));
    let both = world.service.create_key("shop", &[Scope::Read, Scope::Publish]).await.unwrap();
    assert_eq!(both.stored.key.scopes, Scope::ALL);
    assert!(Scope::ALL.iter().all(|scope| both.stored.key.allows(*scope)));
    assert_eq!(world.service.create_key("shop", &[]).await, Err(Error::NoScope));
}

#[test]
fn scopes_are_words() {
    for scope in Scope::ALL {
        assert_eq!(scope.to_string().parse(), Ok(scope));
    }
    for text in ["", "Publish", "publish ", "write", "*"] {
        assert_eq!(text.parse::<Scope>(), Err(Error::UnknownScope), "{text:?}");
    }
}

#[tokio::test]
async fn a_list_has_all_keys_and_no_secret() {
    let world = world().await;
    assert!(world.service.list_keys().await.unwrap().is_empty());
    let mut made = Vec::new();
    for name in ["first", "second"] {
        made.push(world.service.create_key(name, &[Scope::Publish]).await.unwrap());
        world.clock.advance(Duration::from_millis(1));
    }
    let listed = world.service.list_keys().await.unwrap();
    assert_eq!(listed, made.iter().map(|new| new.stored.key.clone()).collect::<Vec<_>>());
    let shown = format!("{listed:?} {made:?} {:?}", world.store);
    for NewKey { stored, text } in &made {
        let secret = &text[text.len() - SECRET_CHARS..];
        assert!(shown.contains(stored.key.id.as_str()) && !shown.contains(secret), "{shown}");
        assert!(!shown.contains(&format!("{:?}", stored.secret_hash.as_bytes())), "nor what is kept of it");
    }
}

#[test]
fn keys_are_all_different_and_of_one_form() {
    let mint = || NewKey::mint("shop", &[Scope::Publish], start()).unwrap();
    let (one, two) = (mint(), mint());
    assert_ne!(one.stored.key.id, two.stored.key.id);
    assert_ne!(one.stored.secret_hash, two.stored.secret_hash);
    let rest = one.text.strip_prefix(&format!("tutti_key_{}_", one.stored.key.id)).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(rest).unwrap().len(), 32);
    assert_eq!(Presented::read(&one.text).unwrap().check(Some(one.stored.clone())), Ok(one.stored.key));
}

#[test]
fn what_is_kept_is_the_sha_256_of_the_secret() {
    // printf %043d 0 | sha256sum
    let kept: String = SecretHash::of(&"0".repeat(43)).as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(kept, "b918b22a1581fedd39058065f00e6aad35bd561f20257151131a1ddcd21803de");
}

#[test]
fn a_failure_tells_a_forger_nothing_and_an_owner_what_to_do() {
    let said = |error: Error| Failure::from(error);
    assert_eq!(said(Error::BadKey).code, ErrorCode::Unauthenticated);
    assert_eq!(said(Error::KeyNotToken).code, ErrorCode::Unauthenticated);
    assert!(said(Error::KeyNotToken).message.contains("only for server routes"));
    assert_eq!(said(Error::UnknownKey).code, ErrorCode::NotFound);
    for error in [Error::KeyName, Error::NoScope, Error::UnknownScope] {
        assert_eq!(said(error).code, ErrorCode::ValidationFailed);
    }
}
