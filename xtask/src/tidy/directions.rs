//! Who may know whom: the crates of this workspace among each other, and the few foreign crates that only some may
//! use. Reads manifests, not resolved graphs: what a crate declares is what it can name.

use cargo_metadata::{DependencyKind, Package};

use super::Problem;

const PREFIX: &str = "tutti-";

/// What a domain may know. Never another domain: what follows from an event stands in the server's `reactions`.
const DOMAIN: &[&str] = &["protocol", "core"];

const DOMAINS: [&str; 11] =
    ["access", "chat", "presence", "channels", "collab", "media", "feeds", "notify", "location", "search", "ingest"];

/// Every allowed edge beside those of the domains, which are all [`DOMAIN`].
const ALLOWED: [(&str, &[&str]); 11] = [
    ("protocol", &[]),
    ("core", &["protocol"]),
    ("store", &["protocol", "core", "DOMAINS"]),
    ("broker", &["protocol", "core"]),
    ("delivery", &["protocol", "core", "notify"]),
    ("media-io", &["protocol", "core", "media"]),
    ("gateway", &["protocol", "core"]),
    // The gateway declares what it hands commands to; api is that.
    ("api", &["protocol", "core", "gateway", "DOMAINS"]),
    // The load tool knows the wire and nothing of the code behind it.
    ("bench", &["protocol"]),
    ("server", &["protocol", "core", "DOMAINS", "store", "broker", "delivery", "media-io", "gateway", "api", "bench"]),
    (
        "testkit",
        &["protocol", "core", "DOMAINS", "store", "broker", "delivery", "media-io", "gateway", "api", "server"],
    ),
];

/// The project's commands: the generators of the wire language, and the parsers that the fuzz targets' bodies exercise.
const XTASK: &[&str] = &["protocol", "gateway"];

/// Foreign crates that speak of transport or storage, which neither the wire language nor the kernel nor a domain sees.
const NOT_IN_DOMAINS: [&str; 6] = ["axum", "hyper", "hyper-util", "rusqlite", "sqlx", "redis"];

/// Foreign crates that a single one of ours knows.
const ONLY_IN: [(&str, &str); 3] = [("rusqlite", "store"), ("yrs", "collab"), ("str0m", "media")];

/// All that the wire language may stand on, tests aside.
const PROTOCOL: [&str; 7] = ["jiff", "rmp-serde", "serde", "serde_json", "serde_path_to_error", "ts-rs", "utoipa"];

/// Names every dependency that the tables do not allow.
pub(crate) fn check(packages: &[Package]) -> Vec<Problem> {
    packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Problem> {
    let name = package.name.strip_prefix(PREFIX).unwrap_or(&package.name);
    let Some(allowed) = allowed(name) else {
        return vec![Problem::new(
            package.name.to_string(),
            "is in no table of xtask/src/tidy/directions.rs: say there whom it may know",
        )];
    };
    let refusals = package.dependencies.iter().filter_map(|dependency| {
        let why = match dependency.name.strip_prefix(PREFIX) {
            Some(ours) => own(ours, dependency.kind, &allowed),
            None => foreign(name, &dependency.name, dependency.kind),
        }?;
        Some(Problem::new(package.name.to_string(), format!("must not depend on {}: {why}", dependency.name)))
    });
    refusals.collect()
}

fn allowed(name: &str) -> Option<Vec<&'static str>> {
    if DOMAINS.contains(&name) {
        return Some(DOMAIN.to_vec());
    }
    if name == "xtask" {
        return Some(XTASK.to_vec());
    }
    let (_, row) = ALLOWED.iter().find(|(from, _)| *from == name)?;
    Some(
        row.iter()
            .flat_map(|to| if *to == "DOMAINS" { &DOMAINS[..] } else { std::slice::from_ref(to) })
            .copied()
            .collect(),
    )
}

fn own(to: &str, kind: DependencyKind, allowed: &[&str]) -> Option<&'static str> {
    let in_tests = kind == DependencyKind::Development && to == "testkit";
    (!in_tests && !allowed.contains(&to)).then_some("see ARCHITECTURE.md, who may know whom")
}

fn foreign(from: &str, to: &str, kind: DependencyKind) -> Option<&'static str> {
    let inner = from == "protocol" || from == "core" || DOMAINS.contains(&from);
    if inner && NOT_IN_DOMAINS.contains(&to) {
        return Some("the wire language, the kernel and the domains see neither transport nor storage");
    }
    // The scenarios may look into a database, and break it, to see what the server makes of that.
    let in_scenarios = from == "testkit" && kind == DependencyKind::Development;
    if !in_scenarios && ONLY_IN.iter().any(|(name, owner)| *name == to && *owner != from) {
        return Some("another crate alone knows it");
    }
    if from == "protocol" && kind != DependencyKind::Development && !PROTOCOL.contains(&to) {
        return Some("the wire language stands on serialization only");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Fixture, lines};
    use super::*;

    const EMPTY: &str = "";

    fn problems(crates: &[(&str, &str)]) -> Vec<String> {
        lines(&check(&Fixture::workspace(crates).open().packages))
    }

    fn on(name: &str) -> String {
        format!("[dependencies]\ntutti-{name} = {{ path = \"../{name}\" }}\n")
    }

    #[test]
    fn this_workspace_is_in_order() {
        let workspace = crate::workspace::Workspace::find().unwrap();
        assert_eq!(lines(&check(&workspace.packages)), Vec::<String>::new());
    }

    #[test]
    fn a_domain_must_not_know_another_nor_a_layer_above() {
        let found = problems(&[("chat", &on("presence")), ("presence", &on("gateway")), ("gateway", EMPTY)]);
        assert_eq!(
            found,
            [
                "tutti-chat: must not depend on tutti-presence: see ARCHITECTURE.md, who may know whom",
                "tutti-presence: must not depend on tutti-gateway: see ARCHITECTURE.md, who may know whom",
            ]
        );
    }

    #[test]
    fn the_gateway_knows_no_domain_and_the_protocol_knows_nobody() {
        let found =
            problems(&[("gateway", &on("chat")), ("chat", &on("core")), ("core", EMPTY), ("protocol", &on("core"))]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("tutti-gateway: must not depend on tutti-chat"));
        assert!(found[1].starts_with("tutti-protocol: must not depend on tutti-core"));
    }

    #[test]
    fn tests_may_use_the_test_kit_and_nothing_else_beyond_the_table() {
        let testkit = "[dev-dependencies]\ntutti-testkit = { path = \"../testkit\" }\n";
        let store = "[dev-dependencies]\ntutti-store = { path = \"../store\" }\n";
        assert_eq!(problems(&[("chat", testkit), ("testkit", EMPTY)]), Vec::<String>::new());
        assert!(
            problems(&[("chat", store), ("store", EMPTY)])[0].starts_with("tutti-chat: must not depend on tutti-store")
        );
        assert_eq!(problems(&[("chat", &on("testkit")), ("testkit", EMPTY)]).len(), 1, "not outside tests");
    }

    #[test]
    fn transport_and_storage_stay_out_of_the_domains_and_sqlite_in_the_store() {
        for banned in NOT_IN_DOMAINS {
            for inner in ["chat", "presence", "access", "core", "protocol"] {
                let found = problems(&[(inner, &format!("[dependencies]\n{banned} = \"1\"\n"))]);
                assert_eq!(found.len(), 1, "{inner} -> {banned}");
            }
        }
        let sqlite = "[dependencies]\nrusqlite = \"0.39\"\n";
        assert_eq!(problems(&[("store", sqlite)]), Vec::<String>::new());
        assert_eq!(
            problems(&[("server", sqlite)]),
            ["tutti-server: must not depend on rusqlite: another crate alone knows it"]
        );
        let in_tests = "[dev-dependencies]\nrusqlite = \"0.39\"\n";
        assert_eq!(problems(&[("testkit", in_tests)]), Vec::<String>::new());
        assert_eq!(problems(&[("testkit", sqlite)]).len(), 1, "not in the kit itself");
    }

    #[test]
    fn the_protocol_stands_on_serialization_only() {
        assert_eq!(
            problems(&[("protocol", "[dependencies]\nserde = \"1\"\n[dev-dependencies]\nproptest = \"1\"\n")]).len(),
            0
        );
        assert_eq!(problems(&[("protocol", "[dependencies]\ntokio = \"1\"\n")]).len(), 1);
    }

    #[test]
    fn a_renamed_dependency_is_still_seen_and_a_new_crate_needs_a_row() {
        assert_eq!(problems(&[("chat", "[dependencies]\nweb = { package = \"axum\", version = \"0.8\" }\n")]).len(), 1);
        assert!(problems(&[("gossip", EMPTY)])[0].starts_with("tutti-gossip: is in no table"));
    }
}
