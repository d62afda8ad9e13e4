//! Reference documents that are made from the code: the settings, the example file, the codes.

use std::fmt::Write as _;

use serde_json::Value;
use tutti_protocol::{CloseCode, ErrorCode};
use utoipa::{PartialSchema, ToSchema};

use crate::config::{Config, Namespace};

/// One setting: where it stands, what it is by default, and what it means.
struct Setting {
    name: String,
    default: String,
    meaning: String,
}

struct Section {
    name: String,
    meaning: String,
    settings: Vec<Setting>,
    /// Whether there may be many of it, under names of the operator's choice; then none is there by default.
    repeats: bool,
}

/// The settings as a Markdown page.
#[must_use]
pub fn settings_reference() -> String {
    let mut out = String::from(
        "# Settings\n\n<!-- Generated from the code by `cargo xtask gen`. -->\n\nSettings are read from a TOML file \
         (`--config FILE`), then from the environment (`TUTTI_SECTION__KEY`, lists separated by commas), then from \
         flags; the later one counts. `tutti config check` says what is wrong, `tutti config default` prints the \
         example file. An unknown setting is an error.\n",
    );
    for section in sections() {
        let _ = write!(
            out,
            "\n## `[{}]`\n\n{}\n\n| setting | default | meaning |\n|---|---|---|\n",
            section.name, section.meaning
        );
        for setting in section.settings {
            let meaning = setting.meaning.replace('\n', " ").replace('|', "\\|");
            let _ = writeln!(out, "| `{}` | `{}` | {} |", setting.name, setting.default, meaning);
        }
    }
    out
}

/// The settings as a TOML file in which everything has its default.
#[must_use]
pub fn example_file() -> String {
    let mut out = String::from("# All settings with their defaults. Generated from the code by `cargo xtask gen`.\n");
    for section in sections() {
        let off = if section.repeats { "# " } else { "" };
        let _ = write!(out, "\n# {}\n{off}[{}]\n", section.meaning.replace('\n', "\n# "), section.name);
        let comment = if section.repeats { "# " } else { "#" };
        for Setting { name, default, meaning } in section.settings {
            let _ = write!(out, "# {}\n{comment}{name} = {default}\n", meaning.replace('\n', "\n# "));
        }
    }
    out
}

/// Error and close codes as a Markdown page.
#[must_use]
pub fn codes_reference() -> String {
    let mut out = String::from(
        "# Codes\n\n<!-- Generated from the code by `cargo xtask gen`. -->\n\n## Errors\n\n| code | HTTP | retryable | meaning |\n|---|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        let (name, status, retryable) = (code.name(), code.http_status(), yes(code.retryable()));
        let _ = writeln!(out, "| `{name}` | {status} | {retryable} | {} |", code.meaning());
    }
    out.push_str("\n## Close codes\n\n| code | reason | reconnect | meaning |\n|---|---|---|---|\n");
    for code in CloseCode::ALL {
        let _ =
            writeln!(out, "| {} | {} | {} | {} |", code.number(), code.reason(), yes(code.reconnect()), code.meaning());
    }
    out
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn sections() -> Vec<Section> {
    let mut schemas = Vec::new();
    Config::schemas(&mut schemas);
    let schemas: Vec<(String, Value)> =
        schemas.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default())).collect();
    let whole = serde_json::to_value(Config::schema()).unwrap_or_default();
    let defaults = toml::Table::try_from(Config::default()).unwrap_or_default();
    let one_namespace = toml::Table::try_from(Namespace::default()).unwrap_or_default();
    let section = |name: &str, values: &toml::Table, repeats| {
        let schema = section_schema(&whole, &schemas, name);
        let setting = |(key, value): (&String, &toml::Value)| Setting {
            name: key.clone(),
            default: value.to_string(),
            meaning: schema.and_then(|schema| description(schema, key)).unwrap_or_default(),
        };
        Section {
            name: if repeats { format!("{name}.NAME") } else { name.to_owned() },
            meaning: description(&whole, name).unwrap_or_default(),
            settings: values.iter().map(setting).collect(),
            repeats,
        }
    };
    let sections = defaults.iter().filter_map(|(name, values)| match name.as_str() {
        "namespaces" => Some(section(name, &one_namespace, true)),
        _ => Some(section(name, values.as_table()?, false)),
    });
    sections.collect()
}

/// The schema that a section's field refers to.
fn section_schema<'a>(whole: &Value, schemas: &'a [(String, Value)], field: &str) -> Option<&'a Value> {
    let property = whole.get("properties")?.get(field)?;
    let reference = reference_in(property)?;
    schemas.iter().find(|(name, _)| reference.ends_with(&format!("/{name}"))).map(|(_, schema)| schema)
}

fn reference_in(value: &Value) -> Option<String> {
    match value {
        Value::Object(object) => match object.get("$ref").and_then(Value::as_str) {
            Some(reference) => Some(reference.to_owned()),
            None => object.values().find_map(reference_in),
        },
        Value::Array(items) => items.iter().find_map(reference_in),
        _ => None,
    }
}

fn description(schema: &Value, field: &str) -> Option<String> {
    let property = schema.get("properties")?.get(field)?;
    property.get("description").and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_meaning_and_the_example_reads_back_as_the_defaults() {
        for section in sections() {
            assert!(!section.meaning.is_empty(), "[{}]", section.name);
            for setting in section.settings {
                assert!(!setting.meaning.is_empty(), "[{}] {}", section.name, setting.name);
            }
        }
        let uncommented: String = example_file()
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
            .fold(String::new(), |all, line| all + line + "\n");
        let read: Config = toml::from_str(&uncommented).unwrap();
        assert_eq!(read, Config::default());
    }
}
