//! `collector report`: how rooms were booked and used in a period, and how much of that is known.

mod beside;

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use collector_admin::config::Config;
use collector_admin::figures::{self, FiguresError};
use collector_admin::period::period;
use collector_insights::group::{By, Question};
use collector_insights::profile::{Beside, Profile};
use collector_insights::rank::Rate;
use collector_insights::report::{Bounds, GroupReport, Report};
use collector_store::Reader;

use super::{Exit, say_error};
use crate::cli::{Period, ReportFormat, ReportPeriod};
use crate::logging;
use crate::output::{one_json, plain_table, report_csv};

/// The columns of a bar.
const BAR: i64 = 20;
/// What stands for a figure that nobody knows.
const NONE: &str = "–";

pub(super) fn run(path: &Path, arguments: &ReportPeriod) -> anyhow::Result<Exit> {
    #[cfg(feature = "parquet")]
    if let Some(problem) = no_parquet(arguments) {
        say_error(problem);
        return Ok(Exit::Usage);
    }
    let (config, report) = match answer(path, &arguments.period, arguments.by, figures::report)? {
        Ok(answered) => answered,
        Err(exit) => return Ok(exit),
    };
    tell_of_zone(&config);
    #[cfg(feature = "parquet")]
    if arguments.format == ReportFormat::Parquet {
        return parquet(&report);
    }
    let mut out = io::BufWriter::new(anstream::stdout());
    super::unless_closed(print(
        &report,
        arguments.by,
        &arguments.profiles(),
        arguments.format,
        &mut out,
    ))?;
    super::unless_closed(out.flush())?;
    Ok(Exit::Everything)
}

/// Why a file of Parquet cannot be what is asked for.
#[cfg(feature = "parquet")]
fn no_parquet(arguments: &ReportPeriod) -> Option<&'static str> {
    if arguments.format != ReportFormat::Parquet {
        None
    } else if !arguments.profiles.is_empty() {
        Some("--format parquet has our figures only; leave out --profile, or use --format csv")
    } else if io::stdout().is_terminal() {
        Some(
            "--format parquet is binary; redirect it to a file: collector report … --format parquet > report.parquet",
        )
    } else {
        None
    }
}

/// Prints a report as a file of Parquet, as it is: what prints text would change its bytes.
#[cfg(feature = "parquet")]
fn parquet(report: &Report) -> anyhow::Result<Exit> {
    let content = crate::output::report_parquet(report)?;
    let mut out = io::stdout().lock();
    super::unless_closed(out.write_all(&content).and_then(|()| out.flush()))?;
    Ok(Exit::Everything)
}

/// Prints a report, with the figures of other products if any are asked for.
fn print(
    report: &Report,
    by: By,
    profiles: &[Profile],
    format: ReportFormat,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        ReportFormat::Table if report.groups.is_empty() => nothing(by, out),
        ReportFormat::Table if profiles.is_empty() => table(report, by, out),
        ReportFormat::Table => beside::table(report, by, profiles, out),
        #[cfg(feature = "parquet")]
        // It is not printed as text.
        ReportFormat::Parquet => Ok(()),
        ReportFormat::Json if profiles.is_empty() => one_json(report, out),
        ReportFormat::Json => one_json(&Beside::new(report, by, profiles), out),
        ReportFormat::Csv => report_csv(
            report,
            &beside::names(profiles),
            |group| beside::columns(group, by, profiles).collect(),
            out,
        ),
    }
}

/// Computes an answer from what is stored, with the configuration; prints what is wrong and returns how the command ends if there is none.
pub(super) fn answer<A>(
    path: &Path,
    period: &Period,
    by: By,
    compute: impl FnOnce(&Reader, &Config, &Question, i64) -> Result<A, FiguresError>,
) -> anyhow::Result<Result<(Config, A), Exit>> {
    let config = match super::configuration_with_sources(path) {
        Ok(config) => config,
        Err(exit) => return Ok(Err(exit)),
    };
    let question = match question(period, by) {
        Ok(question) => question,
        Err(problem) => {
            say_error(&problem);
            return Ok(Err(Exit::Usage));
        }
    };
    let Some(store) = super::stored(&config.data)? else {
        return Ok(Err(Exit::SourceFailed));
    };
    let now = chrono::Utc::now().timestamp();
    match compute(&store, &config, &question, now) {
        Ok(answer) => Ok(Ok((config, answer))),
        Err(error @ FiguresError::Unknown { .. }) => {
            say_error(&error.to_string());
            Ok(Err(Exit::Usage))
        }
        Err(error) => Err(error.into()),
    }
}

/// Says that dates and hours are those of UTC, if nobody configured a zone.
pub(super) fn tell_of_zone(config: &Config) {
    if config.insights.hours.keys.time_zone.is_none() {
        logging::warn(
            "no time zone is configured, so dates and open hours are in UTC, except for buildings with a zone of their own; set time-zone in \
             [insights], such as time-zone = \"Europe/Berlin\"",
        );
    }
}

fn question(asked: &Period, by: By) -> Result<Question, String> {
    let (from, to) = period(&asked.from, &asked.to).map_err(|error| error.words("--"))?;
    Ok(Question {
        from,
        to,
        by,
        buildings: asked.buildings.iter().cloned().collect(),
        rooms: asked.rooms.iter().map(|room| room.to_lowercase()).collect(),
    })
}

/// Says why there are no groups.
fn nothing(by: By, out: &mut impl Write) -> io::Result<()> {
    match by {
        By::Series => writeln!(out, "no booking of this period belongs to a series"),
        _ => writeln!(
            out,
            "no rooms are known yet; `collector rooms` shows those of the room lists, and a pass reads them"
        ),
    }
}

/// Prints the most important figures.
fn table(report: &Report, by: By, out: &mut impl Write) -> io::Result<()> {
    let with_bars = io::stdout().is_terminal() && !by.is_of_bookings();
    let columns = columns(by, with_bars);
    let header: Vec<&str> = columns.iter().map(|(head, _)| *head).collect();
    let row = |group: &GroupReport| columns.iter().map(|(_, cell)| cell(group)).collect();
    let rows: Vec<Vec<String>> = report.groups.iter().map(row).collect();
    plain_table(&header, &rows, &mut *out)?;
    if with_bars {
        writeln!(out, "Open time: █ occupied, · vacant, ░ unknown")?;
    }
    Ok(())
}

fn head(by: By) -> &'static str {
    match by {
        By::All => "Period",
        By::Building => "Building",
        By::Room => "Room",
        By::Series => "Series",
        By::Date => "Date",
        By::Weekday => "Weekday",
        By::Hour => "Hour",
        By::Week => "Week",
        By::Month => "Month",
        By::Seats => "Seats",
        By::HourOfWeek => "Hour of the week",
        By::LeadTime => "Lead time",
        By::Length => "Length",
    }
}

/// A column: its head, and the cell of a group.
type Column = (&'static str, fn(&GroupReport) -> String);

/// By some there are figures of bookings only.
fn columns(by: By, with_bars: bool) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![(head(by), key)];
    if !by.is_of_bookings() {
        columns.extend([
            ("Rooms", rooms as fn(&GroupReport) -> String),
            ("Known", |group| percent(group.coverage)),
            ("Booked", |group| percent(group.booked_rate)),
            ("Used", |group| {
                group.used_rate.map_or_else(|| NONE.to_owned(), bounds)
            }),
        ]);
        if with_bars {
            columns.push(("Open time", bar));
        }
        columns.push(("Held empty", |group| percent(group.held_empty_rate)));
    }
    columns.push(("Bookings", |group| group.bookings.claimed().to_string()));
    columns.push(("No-shows", |group| bounds(group.no_show_rate)));
    columns
}

/// The key; only that of rooms without a building is empty.
fn key(group: &GroupReport) -> String {
    match group.key.as_str() {
        "" => "(none)".to_owned(),
        key => key.to_owned(),
    }
}

fn rooms(group: &GroupReport) -> String {
    group
        .rooms
        .map_or_else(|| NONE.to_owned(), |rooms| rooms.to_string())
}

fn percent(rate: Option<Rate>) -> String {
    rate.map_or_else(|| NONE.to_owned(), |rate| format!("{}%", whole(rate)))
}

/// A rate in per cent, rounded half up.
fn whole(rate: Rate) -> i64 {
    (rate.ten_thousandths() + 50) / 100
}

/// A rate with what it could at least and at most be: `30% (20–40%)`.
fn bounds(bounds: Bounds) -> String {
    match (bounds.lower, bounds.upper) {
        (Some(lower), Some(upper)) => {
            format!("{} ({}–{}%)", percent(bounds.value), whole(lower), whole(upper))
        }
        _ => percent(bounds.value),
    }
}

/// The open time that was read, as a bar: occupied, vacant and unknown.
fn bar(group: &GroupReport) -> String {
    let Some(cells) = group.cells else {
        return String::new();
    };
    let all = cells.all();
    if all == 0 {
        return String::new();
    }
    let columns = |seconds: i64| (seconds * BAR + all / 2) / all;
    let occupied = columns(cells.occupied());
    let known = columns(all - cells.unknown());
    let repeat = |sign: &str, times: i64| sign.repeat(usize::try_from(times).unwrap_or_default());
    [
        repeat("█", occupied),
        repeat("·", known - occupied),
        repeat("░", BAR - known),
    ]
    .concat()
}
