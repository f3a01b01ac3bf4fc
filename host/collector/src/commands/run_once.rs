//! `collector run-once`: runs one pass of each source, side by side; then prints the meetings of the window on standard output and
//! everything else on standard error.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use collector_engine::pass::{self, PassError, PassReport, Stop, Verdict};
use collector_engine::source::ReadySource;
use collector_model::meeting::MeetingRow;
use collector_model::window::Window;
use collector_store::{SharedStore, Store, StoreError};
use collector_stores::Collected;
use futures::future::join_all;

use super::progress::Bars;
use super::ready::{Data, Ready, Wanted};
use super::{Exit, say_error, summary};
use crate::cli::RunOnce;
use crate::output::{Format, Meetings};

pub(super) async fn run(config: &Path, arguments: &RunOnce) -> anyhow::Result<Exit> {
    let data = if arguments.dry_run {
        Data::Reads
    } else {
        Data::Creates
    };
    let wanted = Wanted::chosen(&arguments.chosen).with_data(data);
    let Ready {
        sandbox,
        config,
        mut sources,
        mut exit,
    } = match Ready::begin(config, wanted).await? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit),
    };
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    let now = chrono::Utc::now().timestamp();
    sources.iter().for_each(|source| source.warn_of_expiry(now));
    let windows = match windows(&config, &sources, arguments) {
        Ok(windows) => windows,
        Err(problem) => {
            say_error(&problem);
            return Ok(Exit::Usage);
        }
    };
    let opened = if arguments.dry_run {
        Store::scratch(&config.data)
    } else {
        open(&config.data)
    };
    let viewing = config.viewing();
    let opened = opened.and_then(|mut store| {
        store.set_viewing(
            viewing
                .iter()
                .map(|(source, viewing)| (source.as_str(), *viewing)),
        )?;
        Ok(store)
    });
    let store: SharedStore = match opened {
        Ok(store) => SharedStore::new(store),
        Err(error) => {
            say_error(&error.to_string());
            return Ok(Exit::SourceFailed);
        }
    };
    let collected: Arc<dyn Collected> = Arc::new(store.clone());
    let bars = Bars::default();
    let passes = sources.iter().zip(&windows).map(|(source, window)| {
        let bar = bars.add(&source.name);
        let (sandbox, store) = (&sandbox, &collected);
        async move { pass::run(sandbox, source, *window, store, &bar, &mut Stop::never()).await }
    });
    let ended = join_all(passes).await;
    if arguments.dry_run {
        // The printed meetings are in memory only. Without a store there is no audit log either.
        match Store::open_existing(&config.data) {
            Ok(Some(kept)) => write_down(&kept, &sources, &windows),
            Ok(None) => {}
            Err(error) => say_error(&error.to_string()),
        }
    } else {
        write_down(&store.lock(), &sources, &windows);
    }
    // After a source failed as a whole, or if none has calendars, "no meetings" would be a claim that nobody checked.
    let has_calendars = |report: &PassReport| !report.reads_spaces || report.room_counts().all() > 0;
    let is_collected = ended
        .iter()
        .any(|ended| !has_failed(ended) && ended.as_ref().is_ok_and(has_calendars));
    let unread: Vec<&str> = sources
        .iter()
        .zip(&ended)
        .filter(|(_, ended)| has_failed(ended))
        .map(|(source, _)| source.name.as_str())
        .collect();
    let mut booked = BTreeSet::new();
    let printed = print_meetings(
        &sources,
        &windows,
        &store,
        arguments.format,
        is_collected.then_some(unread.as_slice()),
        &mut booked,
    );
    // Reports are printed even if the meetings could not be.
    for (source, ended) in sources.iter().zip(&ended) {
        let is_empty =
            |room: &str| printed.is_ok() && !booked.contains(&(source.name.clone(), room.to_owned()));
        exit = exit.and(report(source, ended, is_empty));
        if has_failed(ended) && booked.iter().any(|(booked, _)| *booked == source.name) {
            crate::logging::warn(&format!(
                "source \"{}\": its meetings that were printed are those of an earlier pass",
                source.name
            ));
        }
    }
    super::unless_closed(printed)?;
    Ok(exit)
}

/// Records in the audit log that the subjects of these sources were viewed, where they may be.
fn write_down(store: &Store, sources: &[ReadySource], windows: &[Window]) {
    for (source, window) in sources.iter().zip(windows).filter(|(source, _)| source.viewing) {
        super::audit::viewed(store, &source.name, *window);
    }
}

/// Opens the store and checks that it is the newest of its directory, not one that went back in time.
fn open(data: &std::path::Path) -> Result<Store, StoreError> {
    let mut store = Store::open(data)?;
    if let Some(identity) = store.recognize()? {
        crate::service::say_identity(&identity);
    }
    Ok(store)
}

fn windows(
    config: &collector_admin::config::Config,
    sources: &[ReadySource],
    arguments: &RunOnce,
) -> Result<Vec<Window>, String> {
    let now = chrono::Utc::now().timestamp();
    sources
        .iter()
        .map(|ready| {
            let span = config
                .sources
                .iter()
                .find(|source| source.name == ready.name)
                .map(|source| source.window);
            let window = span.unwrap_or_default().around(now);
            window
                .replace(arguments.from.as_deref(), arguments.to.as_deref())
                .map_err(|error| error.to_string())
        })
        .collect()
}

/// Whether a source failed as a whole: nothing is known of its meetings but what was stored before.
fn has_failed(ended: &Result<PassReport, PassError>) -> bool {
    ended
        .as_ref()
        .map_or(true, |report| report.verdict() == Verdict::Nothing)
}

/// Prints the meetings of all sources. `unread` are those that failed, if any other was read, so that "no meetings" may be printed. `booked`
/// receives each source and room with a meeting.
fn print_meetings(
    sources: &[ReadySource],
    windows: &[Window],
    store: &SharedStore,
    format: Format,
    unread: Option<&[&str]>,
    booked: &mut BTreeSet<(String, String)>,
) -> anyhow::Result<()> {
    let store = store.lock();
    let out = super::wide_output();
    let mut meetings = Meetings::new(format, sources.len() > 1, out)?;
    each_meeting(&store, sources, windows, booked, |row| Ok(meetings.add(row)?))?;
    if format == Format::Table && unread.is_none() && booked.is_empty() {
        return Ok(());
    }
    Ok(meetings.end(unread.unwrap_or_default())?)
}

fn each_meeting(
    store: &Store,
    sources: &[ReadySource],
    windows: &[Window],
    booked: &mut BTreeSet<(String, String)>,
    mut each: impl FnMut(MeetingRow) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for (source, window) in sources.iter().zip(windows) {
        // The meetings of one room follow each other.
        let mut room: Arc<str> = Arc::default();
        super::meetings_of(store, &source.name, source.viewing, *window, |row| {
            if row.room != room {
                room = row.room.clone();
                booked.insert((source.name.clone(), room.to_string()));
            }
            each(row)
        })?;
    }
    Ok(())
}

fn report(
    source: &ReadySource,
    ended: &Result<PassReport, PassError>,
    is_empty: impl Fn(&str) -> bool,
) -> Exit {
    match ended {
        Ok(report) => {
            super::tell(summary::problems(report).trim_end());
            super::remark(summary::text(report, is_empty).trim_end());
            match report.verdict() {
                Verdict::Everything => Exit::Everything,
                Verdict::Part => Exit::Part,
                Verdict::Nothing => Exit::SourceFailed,
            }
        }
        Err(error) => {
            say_error(&format!("source \"{}\": {error}", source.name));
            Exit::SourceFailed
        }
    }
}
