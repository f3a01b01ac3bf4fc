//! Stores what is posted to sources that receive.

use std::io::Cursor;
use std::sync::Arc;

use collector_model::usage::Record;
use collector_portal::api::{Admission, Parcel, PostError, Received};
use collector_tasks::blocking::blocking;

use super::program::Program;
use crate::usage::intake::{Intake, Taken};
use crate::usage::lines::{Lines, LinesError};
use crate::usage::receivers::Opens;
use crate::usage::roomos::{self, Place, Post};

/// Whether a token opens a source.
pub(super) fn admit(program: &Program, source: Option<&str>, token: &str) -> Admission {
    match (program.receivers.opens(source, token), source) {
        (Opens::Named(_), Some(_)) => Admission::Granted,
        (Opens::Nothing, _) => Admission::Refused,
        (_, None) => Admission::Unnamed,
        // Only who may post something learns what is collected.
        (_, Some(source)) if program.config().source(source).is_some() => Admission::Collected,
        (_, Some(_)) => Admission::Refused,
    }
}

/// Stores a post to a source.
pub(super) async fn receive(
    program: &Arc<Program>,
    source: &str,
    parcel: Parcel,
) -> Result<Received, PostError> {
    let source = source.to_owned();
    let taken = match parcel {
        Parcel::Records(body) => {
            let of = source.clone();
            // Away from the executor, and before anybody has to wait for the store.
            let records = blocking(move || read(&of, &body)).await?;
            let name = source.clone();
            program
                .store
                .write(move |store| {
                    let mut intake = Intake::begin(store, &name, chrono::Utc::now().timestamp())?;
                    for (line, record) in &records {
                        intake.put(*line, record)?;
                    }
                    intake.end()
                })
                .await
        }
        Parcel::RoomOs { body, space, device } => {
            let post = blocking(move || Post::read(&body))
                .await
                .map_err(|error| PostError::Wrong {
                    line: None,
                    column: None,
                    fault: error.to_string(),
                })?;
            // It was there when its token was checked.
            let heartbeat = program.receivers.heartbeat(&source).ok_or(PostError::Failed)?;
            let name = source.clone();
            program
                .store
                .write(move |store| {
                    let place = Place {
                        source: &name,
                        space: &space,
                        device: device.as_deref(),
                        heartbeat,
                    };
                    roomos::put(store, place, &post, chrono::Utc::now().timestamp_millis())
                })
                .await
        }
    };
    match taken {
        Ok(taken) => Ok(received(program, &source, &taken)),
        Err(error) => {
            tracing::error!(%source, "could not store what was posted: {error:#}");
            let is_busy = error
                .downcast_ref::<collector_store::StoreError>()
                .is_some_and(collector_store::StoreError::is_busy);
            Err(if is_busy {
                PostError::Busy
            } else {
                PostError::Failed
            })
        }
    }
}

fn read(source: &str, body: &[u8]) -> Result<Vec<(u64, Record)>, PostError> {
    let wrong = |error| match error {
        LinesError::Wrong(wrong) => PostError::Wrong {
            line: Some(wrong.line),
            column: wrong.column,
            fault: wrong.discreet,
        },
        // A text in memory can always be read.
        LinesError::Unreadable(_) => PostError::Failed,
    };
    let mut lines = Lines::new(source, Cursor::new(body)).map_err(|error| wrong(error.into()))?;
    let mut records = Vec::new();
    while let Some(record) = lines.next().map_err(wrong)? {
        records.push(record);
    }
    Ok(records)
}

fn received(program: &Program, source: &str, taken: &Taken) -> Received {
    program.metrics.records(source, taken.changes);
    for warning in taken.ahead.warnings() {
        tracing::warn!("{warning}");
    }
    // The sender reads the count in each answer.
    if taken.changes.contradicted > 0 && program.receivers.is_first_contradiction(source) {
        tracing::warn!(
            %source,
            "the source posts records with the key and revision of others that are stored and differ; the stored ones stay, and this is not \
             repeated"
        );
    }
    Received {
        new: taken.changes.new,
        replaced: taken.changes.replaced,
        unchanged: taken.changes.same,
        contradicted: taken.changes.contradicted,
        ahead: taken.ahead.records,
    }
}
