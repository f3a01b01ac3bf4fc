//! Reports as files: where they are, what they are called, and the links to those of a page.

use collector_insights::group::By;
use maud::{Markup, html};

use super::filter::Filter;
use crate::api::FileForm;
use crate::pages::elements::plain;

/// Where a report is saved from.
fn link(filter: &Filter, by: By, form: FileForm) -> String {
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

/// By what a file is broken down: as its address says, or by building.
pub(super) fn by(filter: &Filter) -> By {
    filter.own("by").and_then(By::of_file).unwrap_or(By::Building)
}

/// As what reports are saved, in words.
fn forms(has_parquet: bool) -> impl Iterator<Item = (FileForm, &'static str)> {
    [
        (FileForm::Csv, "CSV"),
        (FileForm::Json, "JSON"),
        (FileForm::Parquet, "Parquet"),
    ]
    .into_iter()
    .filter(move |(form, _)| has_parquet || *form != FileForm::Parquet)
}

/// The links to a report in each form.
pub(super) fn links(filter: &Filter, by: By, words: &str, has_parquet: bool) -> Markup {
    html! {
        @for (number, (form, name)) in forms(has_parquet).enumerate() {
            @if number > 0 { " · " }
            a href=(link(filter, by, form)) { (name) span.unseen { " by " (words) } }
        }
    }
}

/// The same for a page whose figures are broken down in several ways, each with its words.
pub(super) fn take_away_by(filter: &Filter, all: &[(By, &str)], has_parquet: bool) -> Markup {
    html! {
        div.take-away {
            p { "These figures as files, each also with what is not shown here; on paper with your browser's Print." }
            ul { @for (by, words) in all { li { "by " (words) ": " (links(filter, *by, words, has_parquet)) } } }
        }
    }
}

/// The name of a file: what it is about, and nothing that a file system minds. One building is named; what else leaves rooms out is only mentioned.
pub(super) fn file_name(what: &str, filter: &Filter, ending: &str) -> String {
    let rooms = &filter.rooms;
    let mut buildings = rooms.buildings.iter();
    let building: String = match (buildings.next(), buildings.next()) {
        (Some(one), None) => plain(one)
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(32)
            .collect(),
        _ => String::new(),
    };
    let others = [&rooms.lists, &rooms.tags, &rooms.seats, &rooms.rooms];
    let is_part = others.iter().any(|others| !others.is_empty())
        || (building.is_empty() && !rooms.buildings.is_empty());
    let mut parts = vec![what, &building, if is_part { "some-rooms" } else { "" }];
    parts.retain(|part| !part.is_empty());
    format!("{}-{}-{}.{ending}", parts.join("-"), filter.from, filter.last())
}
