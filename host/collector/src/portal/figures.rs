//! Computes what the portal's pages about figures show: like what programs ask the API, away from the executor, a few at a time, and not for ever.

use std::time::Duration;

use collector_admin::config::Config;
use collector_admin::figures::FiguresError as Trouble;
use collector_insights::closed::ClosedMonth;
use collector_portal::api::{FiguresError, FileForm, Selection};
use collector_store::Reader;

use super::answers::Places;
use super::program::Program;
use crate::output::{month_csv, month_json, one_json, report_csv, tickets};

/// How long a page waits for its turn, and then how long it is computed. Whoever looks at a page waits longer than a program.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does the work of a page, which asks `go_on` before each room.
pub(super) async fn compute<A: Send + 'static>(
    program: &Program,
    places: &Places,
    work: impl FnOnce(&Reader, &Config, &dyn Fn() -> bool) -> Result<A, Trouble> + Send + 'static,
) -> Result<A, FiguresError> {
    let told = |trouble| match trouble {
        Trouble::Store(error) => Err(error),
        other => Ok(other),
    };
    match places.compute(program, PATIENCE, work, told).await {
        None => Err(FiguresError::Busy),
        Some(Ok(Ok(answer))) => Ok(answer),
        Some(Ok(Err(Trouble::Stopped { done, all }))) => Err(FiguresError::Slow {
            done,
            all,
            seconds: PATIENCE.as_secs(),
        }),
        Some(Ok(Err(error))) => Err(failed(&error)),
        Some(Err(error)) => Err(failed(&error)),
    }
}

/// The first report of a selection as a file. Where the filter left no room, there is none: the file is empty, or has no rows.
pub(super) fn file(view: &Selection, form: FileForm) -> Result<Option<Vec<u8>>, FiguresError> {
    let Some(report) = view.reports.first() else {
        return Ok(None);
    };
    let mut content = Vec::new();
    let written = match form {
        FileForm::Tickets => tickets(view, &mut content),
        #[cfg(feature = "parquet")]
        FileForm::Parquet => crate::output::report_parquet(report).map(|file| content = file),
        #[cfg(not(feature = "parquet"))]
        FileForm::Parquet => Err(std::io::Error::other("this program was built without Parquet")),
        FileForm::Csv => report_csv(report, &[], |_| Vec::new(), &mut content),
        FileForm::Json => one_json(report, &mut content),
    };
    written.map_err(|error| failed(&error))?;
    Ok(Some(content))
}

/// A closed month as a file.
pub(super) fn month_file(closed: &ClosedMonth, form: FileForm) -> Result<Option<Vec<u8>>, FiguresError> {
    let mut content = Vec::new();
    match form {
        FileForm::Csv => month_csv(closed, &mut content),
        FileForm::Json => month_json(closed, &mut content),
        FileForm::Parquet | FileForm::Tickets => return Ok(None),
    }
    .map_err(|error| failed(&error))?;
    Ok(Some(content))
}

fn failed(error: &dyn std::fmt::Display) -> FiguresError {
    tracing::error!("cannot compute the figures of a page: {error:#}");
    FiguresError::Failed
}
