//! `bench/peers/peers.toml`: how each peer is installed and started. Its own head says what every field means.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// Where the peers are, from the root.
pub(crate) const FOLDER: &str = "bench/peers";

/// All peers, and what they need beside them.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    #[serde(rename = "peer")]
    pub(crate) peers: Vec<Peer>,
    #[serde(rename = "service", default)]
    pub(crate) services: BTreeMap<String, Service>,
}

/// A server of somebody else.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) dialect: String,
    /// Below the folder of the peers.
    pub(crate) directory: String,
    /// What was installed is good until this file changes.
    pub(crate) lock: String,
    pub(crate) install: Vec<Vec<String>>,
    pub(crate) start: Vec<String>,
    #[serde(default)]
    pub(crate) services: Vec<String>,
    #[serde(default)]
    pub(crate) version: Vec<String>,
}

/// A program that a peer delivers nothing without.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Service {
    pub(crate) debian_package: String,
    pub(crate) start: Vec<String>,
    /// It is ready once it has printed a line with this in it.
    pub(crate) ready: String,
    /// The variable in which the peer finds its address.
    pub(crate) variable: String,
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) version: Vec<String>,
}

impl Manifest {
    /// Reads it.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let path = root.join(FOLDER).join("peers.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not as it should be", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peers_of_this_project_are_read_and_their_services_are_there() {
        let workspace = crate::workspace::Workspace::find().unwrap();
        let manifest = Manifest::read(&workspace.root).unwrap();
        assert!(manifest.peers.iter().any(|peer| peer.name == "ws"));
        for peer in &manifest.peers {
            assert!(["json", "socketio"].contains(&peer.dialect.as_str()), "{}", peer.name);
            assert!(peer.services.iter().all(|service| manifest.services.contains_key(service)), "{}", peer.name);
        }
    }
}
