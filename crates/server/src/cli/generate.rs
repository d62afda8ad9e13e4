//! `tutti gen`: the documents of the repository that are made from the code.

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use tutti_api::{asyncapi, routes};

use super::print;
use crate::docs;

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum Document {
    /// The wire types for the client.
    Typescript,
    /// The HTTP routes.
    Openapi,
    /// The frames.
    Asyncapi,
    /// The reference of all settings.
    ConfigDocs,
    /// The settings file with all defaults.
    ConfigExample,
    /// Error and close codes.
    Codes,
}

pub(super) fn run(document: Document) -> Result<ExitCode> {
    let openapi = routes::openapi();
    print(&match document {
        Document::Typescript => tutti_protocol::typescript::module(),
        Document::Openapi => serde_json::to_string_pretty(&openapi)?,
        Document::Asyncapi => serde_json::to_string_pretty(&asyncapi::document(&openapi))?,
        Document::ConfigDocs => docs::settings_reference(),
        Document::ConfigExample => docs::example_file(),
        Document::Codes => docs::codes_reference(),
    });
    Ok(ExitCode::SUCCESS)
}
