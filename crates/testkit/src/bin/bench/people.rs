//! The users of a measurement: each with a connection, and together in conversations.

use std::net::Ipv4Addr;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tutti_testkit::process;

use crate::server::Server;
use crate::socket::Socket;

/// How many connections are opened at the same time.
const AT_ONCE: usize = 64;
/// So many connections come from one address, far fewer than it has ports.
const PER_ADDRESS: usize = 5000;

/// A user who is connected.
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) token: String,
    pub(crate) socket: Socket,
}

/// Connects so many users, with the given tokens or with ones for a server that was started here.
pub(crate) async fn connect(server: &Server, count: usize, given: &[String]) -> Result<Vec<Person>> {
    if !given.is_empty() && given.len() < count {
        bail!("{count} connections need as many tokens, there are {}", given.len());
    }
    let mut people = Vec::with_capacity(count);
    let mut opening: JoinSet<Result<Person>> = JoinSet::new();
    for number in 0..count {
        let token = match given.get(number) {
            Some(token) => token.clone(),
            None => process::token(&format!("bench-{number}"))?,
        };
        let last = u8::try_from(1 + number / PER_ADDRESS).context("too many connections")?;
        let (address, from) = (server.address, Ipv4Addr::new(127, 0, 0, last));
        opening.spawn(async move {
            let (socket, welcome) = Socket::open(address, Some(from), &token).await?;
            let welcome: Value = serde_json::from_slice(&welcome)?;
            let id = welcome["user"]["id"].as_str().context("the welcome names no user")?.to_owned();
            Ok(Person { id, token, socket })
        });
        if opening.len() >= AT_ONCE
            && let Some(opened) = opening.join_next().await
        {
            people.push(opened??);
        }
    }
    while let Some(opened) = opening.join_next().await {
        people.push(opened??);
    }
    Ok(people)
}

/// Makes a group of the first one's, with the others in it, and returns its id.
pub(crate) async fn group(http: &reqwest::Client, server: &Server, people: &[&Person]) -> Result<String> {
    let (owner, others) = people.split_first().context("a group needs somebody")?;
    let members: Vec<&str> = others.iter().map(|person| person.id.as_str()).collect();
    let created = http
        .post(format!("http://{}/api/v1/conversations", server.address))
        .bearer_auth(&owner.token)
        .json(&json!({ "title": "bench", "member_ids": members }))
        .send()
        .await?;
    let status = created.status();
    let created: Value = created.json().await?;
    match created["id"].as_str() {
        Some(id) => Ok(id.to_owned()),
        None => bail!("no group ({status}): {created}"),
    }
}
