//! `[source.grants]`: what the connector of a source may reach and see.

use collector_egress::grant::{Grant, LocalOrigin, Origin, OriginError};
use collector_engine::configured::Grants;

use super::reader::{Item, Reader};

const REMEDY: &str = "name origins such as \"https://graph.microsoft.com\"";

/// The grants of a source.
pub(super) fn read(mut reader: Reader<'_>) -> Grants {
    let http = reader.items("http").map(|items| {
        let grants = items.into_iter().filter_map(|item| match item {
            Item::Text(text) => origin(&reader, "http", &text).map(Grant::from),
            Item::Table(table) => grant(table),
        });
        grants.collect::<Vec<_>>()
    });
    let identity = identity_origins(&mut reader, http.as_deref().unwrap_or_default());
    let reveal = reader.strings("reveal").unwrap_or_default();
    reader.finish();
    Grants {
        http,
        identity,
        reveal,
    }
}

/// A grant written as a table.
fn grant(mut table: Reader<'_>) -> Option<Grant> {
    let text = table.needed("origin", REMEDY);
    let private = table.boolean("private").unwrap_or(false);
    let origin = text.and_then(|text| origin(&table, "origin", &text));
    table.finish();
    Some(Grant {
        origin: origin?,
        private,
    })
}

fn origin(reader: &Reader<'_>, key: &str, text: &str) -> Option<Origin> {
    text.parse()
        .map_err(|error: OriginError| reader.problem(key, &error.to_string(), REMEDY))
        .ok()
}

/// The endpoints of the managed identity; none of them may be an origin that the connector can reach.
fn identity_origins(reader: &mut Reader<'_>, http: &[Grant]) -> Vec<LocalOrigin> {
    let mut origins = Vec::new();
    for text in reader.strings("identity").unwrap_or_default() {
        match text.parse::<LocalOrigin>() {
            Ok(origin) if http.iter().any(|grant| grant.origin == *origin.origin()) => reader.problem(
                "identity",
                &format!("{text} is in http, too, so the connector could fetch tokens there itself"),
                "remove it from http",
            ),
            Ok(origin) => origins.push(origin),
            Err(error) => reader.problem(
                "identity",
                &error.to_string(),
                "name the endpoint's origin, such as \"http://169.254.169.254\"",
            ),
        }
    }
    origins
}
