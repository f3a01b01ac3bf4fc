//! What a program asks for, read from the parameters of its question. They mean what the options of the command line mean.

use collector_admin::config::Config;
use collector_admin::period::{PeriodError, period};
use collector_insights::group::{By, Question};
use collector_model::text::plain;
use collector_model::window::{Window, WindowError};
use collector_portal::api::{AnswerError, Asked, Parameters, Resource};
use serde::de::DeserializeOwned;

use super::cursor;

/// How many items a page has unless `limit` says so, and at most.
const USUAL: usize = 200;
const MOST: usize = 1_000;

/// The places of lists, as cursors hold them: the last verdict, record or room of a page, or the next room or device.
pub(super) type AfterVerdict = (String, String, Option<(String, String)>);
pub(super) type AfterRecord = (String, String, String, Option<(bool, i64, String)>);
pub(super) type AfterRoom = (String, String);

/// What is asked for.
pub(super) enum Wanted {
    /// A report.
    Report(Question),
    /// Verdicts.
    Verdicts(Question, Page<AfterVerdict>),
    /// The records of a source, or of all, that overlap a window.
    Usage(Option<String>, Window, Page<AfterRecord>),
    /// The rooms.
    Rooms(Page<AfterRoom>),
}

/// Which page of a list.
pub(super) struct Page<P> {
    /// What the question is told apart by.
    pub(super) question: String,
    /// The place where it begins; none for the first.
    pub(super) from: Option<P>,
    /// The most items.
    pub(super) limit: usize,
}

impl Wanted {
    pub(super) fn read(asked: &Asked) -> Result<Self, AnswerError> {
        let parameters = &asked.parameters;
        Ok(match asked.resource {
            Resource::Report => Self::Report(question(parameters, by(parameters)?)?),
            Resource::Verdicts => Self::Verdicts(question(parameters, By::All)?, page(asked)?),
            Resource::Usage => Self::Usage(
                one(parameters, "source").map(str::to_owned),
                window(parameters)?,
                page(asked)?,
            ),
            Resource::Rooms => Self::Rooms(page(asked)?),
        })
    }
}

fn wrong(code: &'static str, detail: impl Into<String>) -> AnswerError {
    AnswerError::Wrong {
        code,
        detail: detail.into(),
    }
}

fn all<'a>(parameters: &'a Parameters, name: &str) -> &'a [String] {
    parameters.get(name).map_or(&[], Vec::as_slice)
}

fn one<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    all(parameters, name).first().map(String::as_str)
}

fn needed<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a str, AnswerError> {
    one(parameters, name).ok_or_else(|| {
        wrong(
            "missing-parameter",
            format!("the parameter {name} is missing; write it like {name}=2026-03-01"),
        )
    })
}

fn question(parameters: &Parameters, by: By) -> Result<Question, AnswerError> {
    let (from, to) = period(needed(parameters, "from")?, needed(parameters, "to")?).map_err(|error| {
        let code = match error {
            PeriodError::NotADate { .. } => "bad-date",
            PeriodError::Empty { .. } => "empty-period",
            PeriodError::TooLong { .. } => "long-period",
        };
        wrong(code, error.words(""))
    })?;
    Ok(Question {
        from,
        to,
        by,
        buildings: all(parameters, "building").iter().cloned().collect(),
        rooms: all(parameters, "room")
            .iter()
            .map(|room| room.to_lowercase())
            .collect(),
    })
}

fn by(parameters: &Parameters) -> Result<By, AnswerError> {
    let Some(word) = one(parameters, "by") else {
        return Ok(By::All);
    };
    By::of(word).ok_or_else(|| {
        let known: Vec<&str> = By::ALL.iter().map(|by| by.as_str()).collect();
        wrong(
            "unknown-key",
            format!("there is no key {word:?}; there are {}", known.join(", ")),
        )
    })
}

fn window(parameters: &Parameters) -> Result<Window, AnswerError> {
    Window::ALWAYS
        .replace(one(parameters, "from"), one(parameters, "to"))
        .map_err(|error| match error {
            WindowError::Empty { start, end } => wrong(
                "empty-period",
                format!("the period is empty: it starts at {start} and ends at {end}; to must be later than from"),
            ),
            WindowError::NotAnInstant { option, value } => wrong(
                "bad-date",
                format!(
                    "{} {value:?} is neither a date nor an RFC 3339 instant; write it like 2026-03-10 (its start in UTC) or 2026-03-10T00:00:00Z",
                    option.trim_start_matches('-')
                ),
            ),
        })
}

fn page<P: DeserializeOwned>(asked: &Asked) -> Result<Page<P>, AnswerError> {
    let limit = match one(&asked.parameters, "limit") {
        None => USUAL,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MOST).contains(limit))
            .ok_or_else(|| {
                wrong(
                    "bad-limit",
                    format!("limit {text:?} is not a whole number from 1 to {MOST}"),
                )
            })?,
    };
    let question = told_apart(asked);
    let from = one(&asked.parameters, "cursor")
        .map(|text| cursor::read(&question, text))
        .transpose()?;
    Ok(Page {
        question,
        from,
        limit,
    })
}

/// What a question is told apart by: everything but the page. The order of values does not matter.
fn told_apart(asked: &Asked) -> String {
    let mut parameters = asked.parameters.clone();
    parameters.retain(|name, _| !matches!(*name, "cursor" | "limit"));
    for values in parameters.values_mut() {
        values.sort_unstable();
    }
    cursor::digest(&(asked.resource.path(), parameters))
}

/// Refuses a source that is neither stored nor configured.
pub(super) fn known_source(config: &Config, name: &str) -> Result<(), AnswerError> {
    let known: Vec<&str> = config.source_names().collect();
    if known.contains(&name) {
        return Ok(());
    }
    let there = match known.as_slice() {
        [] => "no source is configured".to_owned(),
        known => format!("there are {}", known.join(", ")),
    };
    Err(wrong(
        "unknown-name",
        plain(&format!("there is no source {name:?}; {there}")).into_owned(),
    ))
}

#[cfg(test)]
mod tests;
