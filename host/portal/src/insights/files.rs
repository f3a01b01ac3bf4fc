//! Reports as files: where they are, what they are called, and the links to those of a page.

use std::collections::BTreeSet;

use collector_insights::group::By;
use maud::{Markup, html};

use super::filter::Filter;
use crate::api::FileForm;
use crate::pages::elements::plain;

/// Where a report is saved from.
pub(super) fn link(filter: &Filter, by: By, form: FileForm) -> String {
    filter.link(
        &format!("/insights/report.{}", form.as_str()),
        &[("by", by.as_str())],
    )
}

/// The links by which a page's figures are saved.
pub(super) fn take_away(filter: &Filter, by: By) -> Markup {
    html! {
        p.take-away {
            "These figures as " a href=(link(filter, by, FileForm::Csv)) { "CSV" } " or " a href=(link(filter, by, FileForm::Json)) { "JSON" } "; on paper with your browser's Print."
        }
    }
}

/// The name of a file: what it is about, and nothing that a file system minds.
pub(super) fn file_name(what: &str, filter: &Filter, ending: &str) -> String {
    let buildings: BTreeSet<String> = filter
        .rooms
        .buildings
        .iter()
        .take(1)
        .map(|name| {
            plain(name)
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .take(32)
                .collect()
        })
        .collect();
    let building: String = buildings
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| format!("-{name}"))
        .collect();
    format!("{what}{building}-{}-{}.{ending}", filter.from, filter.last())
}
