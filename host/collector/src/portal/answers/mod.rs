//! Answers what programs ask the API, from what is stored at that moment. Computing is done away from the executor, a few questions at a time,
//! and given up when it takes too long.
//!
//! Each answer has a tag of everything that it depends on (`tag`), which tells without computing whether a program has it already.

mod cursor;
mod question;
mod tag;

use std::sync::Arc;
use std::time::{Duration, Instant};

use collector_admin::config::Config;
use collector_admin::figures::{self, FiguresError};
use collector_admin::room_page::room_page;
use collector_admin::verdict_page::{VerdictPlace, verdict_page};
use collector_insights::group::Question;
use collector_model::json::write_json;
use collector_model::text::plain;
use collector_model::usage::line::Line;
use collector_portal::api::{AnswerError, Answered, Asked};
use collector_store::{Reader, StoreError, UsagePlace};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use self::question::{Page, Wanted};
use super::program::{Program, now};

/// How many questions are answered at once: half of the store's connections, so that pages are never kept waiting.
const AT_ONCE: usize = 2;
/// How long a question waits for its turn, and then how long it is computed.
const PATIENCE: Duration = Duration::from_secs(2);

/// The places of the questions that are answered at once.
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Places {
    /// Does work on the store as it is at one moment, in a place that it takes until the work is done. It waits no longer than this for the place,
    /// and then asks the work to end as soon: `go_on`. None if there was no place. `told` is what an error tells, unless the store failed: then the
    /// connection is not used again.
    pub(super) async fn compute<A: Send + 'static, E: From<StoreError>, T: Send + 'static>(
        &self,
        program: &Program,
        patience: Duration,
        work: impl FnOnce(&Reader, &Config, &dyn Fn() -> bool) -> Result<A, E> + Send + 'static,
        told: impl FnOnce(E) -> Result<T, StoreError> + Send + 'static,
    ) -> Option<anyhow::Result<Result<A, T>>> {
        let Ok(Ok(place)) = timeout(patience, Arc::clone(&self.0).acquire_owned()).await else {
            return None;
        };
        let config = program.config();
        let computed = program.store.read(move |store| {
            let until = Instant::now() + patience;
            let go_on = || Instant::now() < until;
            let computed = store.at_one_moment(|store| work(store, &config, &go_on));
            drop(place);
            match computed {
                Ok(answer) => Ok(Ok(answer)),
                Err(error) => told(error).map(Err),
            }
        });
        Some(computed.await)
    }
}

/// Why there is no answer: what the program is told, or the store's error.
enum Trouble {
    Told(AnswerError),
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<AnswerError> for Trouble {
    fn from(error: AnswerError) -> Self {
        Self::Told(error)
    }
}

/// A page of a list.
#[derive(Serialize)]
struct List<T> {
    items: Vec<T>,
    next: Option<String>,
}

/// Answers a question.
pub(super) async fn answer(
    program: &Program,
    places: &Places,
    asked: Asked,
) -> Result<Answered, AnswerError> {
    let wanted = Wanted::read(&asked)?;
    let work = move |store: &Reader, config: &Config, go_on: &dyn Fn() -> bool| {
        answer_now(store, config, &asked, &wanted, go_on)
    };
    let told = |trouble| match trouble {
        Trouble::Told(error) => Ok(error),
        Trouble::Store(error) => Err(error),
    };
    let Some(answered) = places.compute(program, PATIENCE, work, told).await else {
        return Err(AnswerError::Busy);
    };
    answered.unwrap_or_else(|error| {
        tracing::error!("cannot answer a question to the API: {error:#}");
        Err(AnswerError::Failed)
    })
}

fn answer_now(
    store: &Reader,
    config: &Config,
    asked: &Asked,
    wanted: &Wanted,
    go_on: &dyn Fn() -> bool,
) -> Result<Answered, Trouble> {
    // The same for a whole minute, so that answers of one tag are equal.
    let now = tag::whole_minute(now());
    let tag = tag::tag(asked, wanted, &store.revision()?, config, now);
    let body = if asked.has.iter().any(|has| *has == tag || has == "*") {
        None
    } else {
        Some(computed(store, config, wanted, now, go_on)?)
    };
    Ok(Answered { tag, body })
}

fn computed(
    store: &Reader,
    config: &Config,
    wanted: &Wanted,
    now: i64,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<u8>, Trouble> {
    match wanted {
        Wanted::Report(question) => {
            let report = figures::report_while(store, config, question, now, go_on)
                .map_err(|error| why_not(error, question))?;
            json(&report)
        }
        Wanted::Verdicts(question, page) => {
            let place = page.from.as_ref().map(|(source, room, after)| VerdictPlace {
                source: source.clone(),
                room: room.clone(),
                after: after.clone(),
            });
            let found = verdict_page(store, config, question, now, place.as_ref(), page.limit, go_on)
                .map_err(|error| why_not(error, question))?;
            list(
                page,
                found.lines,
                found.next.map(|next| (next.source, next.room, next.after)),
            )
        }
        Wanted::Usage(source, window, page) => {
            if let Some(name) = source
                && !store.knows_source(name)?
            {
                question::known_source(config, name)?;
            }
            let place = page
                .from
                .as_ref()
                .map(|(source, space, device, after)| UsagePlace {
                    source: source.clone(),
                    space: space.clone(),
                    device: device.clone(),
                    after: after.clone(),
                });
            let found = store.usage_page(source.as_deref(), *window, place.as_ref(), page.limit, go_on)?;
            let next = found
                .next
                .map(|next| (next.source, next.space, next.device, next.after));
            list(page, found.records.iter().map(Line::of).collect(), next)
        }
        Wanted::Rooms(page) => {
            let found =
                room_page(store, config, page.from.as_ref(), page.limit).map_err(|error| match error {
                    FiguresError::Store(error) => Trouble::Store(error),
                    error => broken(&error),
                })?;
            list(page, found.rooms, found.next)
        }
    }
}

fn list<P: Serialize, T: Serialize>(
    page: &Page<P>,
    items: Vec<T>,
    next: Option<P>,
) -> Result<Vec<u8>, Trouble> {
    let next = next.map(|place| cursor::write(&page.question, &place));
    json(&List { items, next })
}

/// As the command line prints it.
fn json(answer: &impl Serialize) -> Result<Vec<u8>, Trouble> {
    let mut body = Vec::new();
    write_json(&mut body, answer).map_err(|error| broken(&error))?;
    body.push(b'\n');
    Ok(body)
}

fn broken(error: &dyn std::error::Error) -> Trouble {
    tracing::error!("cannot answer a question to the API: {error}");
    AnswerError::Failed.into()
}

fn why_not(error: FiguresError, question: &Question) -> Trouble {
    match error {
        FiguresError::Store(error) => error.into(),
        FiguresError::Unknown { .. } => AnswerError::Wrong {
            code: "unknown-name",
            detail: plain(&error.to_string()).into_owned(),
        }
        .into(),
        FiguresError::Stopped { done, all } => AnswerError::Slow(quicker(question, done, all)).into(),
        FiguresError::Settings(_) | FiguresError::Rollups(_) => broken(&error),
    }
}

/// What would be quicker than a question that was given up after so many of its rooms.
fn quicker(question: &Question, done: usize, all: usize) -> String {
    let days = question
        .from
        .until(question.to)
        .map_or(0, |length| length.get_days());
    let days = usize::try_from(days).unwrap_or_default();
    let in_time = days * done / all.max(1);
    let shorter = match in_time {
        0 => "a shorter period".to_owned(),
        1 => "a period of one day".to_owned(),
        days => format!("a period of {days} days"),
    };
    format!(
        "the answer takes longer than {} seconds: {done} of {all} rooms were computed in that time. Quicker are {shorter}, or one building or \
         room at a time",
        PATIENCE.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use collector_insights::group::By;

    use super::*;

    #[test]
    fn a_question_that_takes_too_long_is_told_what_would_be_quicker() {
        let question = Question {
            from: "2026-01-01".parse().unwrap(),
            to: "2026-04-11".parse().unwrap(),
            by: By::All,
            buildings: Default::default(),
            rooms: Default::default(),
        };
        for (done, quick) in [
            (0, "a shorter period,"),
            (2, "a period of one day,"),
            (50, "a period of 25 days,"),
        ] {
            let said = quicker(&question, done, 200);
            assert!(said.contains(quick), "{said}");
            assert!(said.contains(&format!("{done} of 200 rooms")), "{said}");
        }
    }
}
