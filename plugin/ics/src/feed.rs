//! Reading feeds: all feeds of a slice side by side, with one request each. Each is read as soon as it arrives, and its text is dropped
//! before the last one comes.
//!
//! The cursor only tells whether the feed held events. An ETag would tell that the feed is the same, but the window moves all the same:
//! events that enter it were in the feed before, and would be missed.

use crate::calendar::{self, Component};
use crate::cursor::Cursor;
use crate::line::Lines;
use crate::manifest::BEARER;
use crate::schedule::{self, Reading};
use crate::settings::{self, Feed, Settings};
use crate::zones::Told;
use crate::{refusal, series};
use connector_sdk::{
    Collected, FetchError, Fetched, Host, Level, Meeting, Outcome, Reason, Request, RoomOutcome, RoomRequest,
    SecretError, Window,
};
use futures_util::future::join_all;

/// How many skipped events of each feed the log of a pass names.
const NAMED: usize = 5;

/// Reads the feeds of these rooms, emits the meetings that overlap the window, and returns the outcome of each room.
///
/// # Errors
/// The settings cannot be used. Everything else concerns one feed only.
pub(crate) async fn collect<H: Host>(
    host: &H,
    settings: &str,
    rooms: &[RoomRequest],
    window: Window,
) -> Collected {
    let settings = settings::parse(settings)?;
    let feeds = Feeds::new(host, &settings).await;
    let room = async |room: &RoomRequest| RoomOutcome {
        address: room.address.clone(),
        outcome: match settings.feed(&room.key) {
            Some(feed) => {
                let cursor = room.cursor.as_deref().and_then(Cursor::read);
                feeds.collect(feed, cursor, window).await
            }
            None => Outcome::Missing(Reason {
                message: format!("the settings no longer have a feed for {}", room.address),
                ..Reason::default()
            }),
        },
    };
    Ok(join_all(rooms.iter().map(room)).await)
}

/// The feeds of a source.
pub(crate) struct Feeds<'a, H: Host> {
    host: &'a H,
    settings: &'a Settings,
    /// None if the source has no credential for its feeds.
    bearer: Result<Option<H::Secret>, SecretError>,
}

impl<'a, H: Host> Feeds<'a, H> {
    pub(crate) async fn new(host: &'a H, settings: &'a Settings) -> Self {
        let bearer = match host.secret(BEARER).await {
            Ok(bearer) => Ok(Some(bearer)),
            Err(SecretError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        };
        Self {
            host,
            settings,
            bearer,
        }
    }

    async fn collect(&self, feed: &Feed, cursor: Option<Cursor>, window: Window) -> Outcome {
        let found = match self.read(feed, window).await {
            Ok(found) => found,
            Err(outcome) => return outcome,
        };
        // Servers that lost their data, or were set up again, publish valid, empty calendars.
        if found.events == 0 && cursor == Some(Cursor::Full) {
            self.host.log(
                Level::Warn,
                &format!(
                    "{}: it had events before and is empty now; the room's stored meetings stay until the next pass finds it empty too",
                    feed.title()
                ),
            );
            return Outcome::Changes(Cursor::Emptied.text());
        }
        // The first reading of a feed, or the host dropped its cursor: the feed may have held events. It costs nothing to believe it only in
        // the next pass.
        if found.events == 0 && cursor.is_none() {
            return Outcome::Changes(Cursor::Emptied.text());
        }
        for meeting in found.meetings {
            if let Err(error) = self.host.emit(&meeting) {
                return Outcome::Failed(Reason {
                    message: format!("{}: the collector refused a meeting: {error}", feed.title()),
                    ..Reason::default()
                });
            }
        }
        let held = if found.events == 0 {
            Cursor::Emptied
        } else {
            Cursor::Full
        };
        Outcome::Complete(held.text())
    }

    /// Fetches and reads a feed. The error is the outcome of its room.
    pub(crate) async fn read(&self, feed: &Feed, window: Window) -> Result<Found, Outcome> {
        let settings = self.settings;
        let name = feed.title();
        let mut headers = vec![(
            "accept".to_owned(),
            "text/calendar, text/plain;q=0.5, */*;q=0.1".to_owned(),
        )];
        headers.extend(
            settings
                .user_agent
                .iter()
                .map(|agent| ("user-agent".to_owned(), agent.clone())),
        );
        let request = Request {
            headers,
            ..Request::get(feed.url.as_str())
        };
        let answer = self
            .fetch(request)
            .await
            .map_err(|error| Outcome::Failed(refusal::of_fetch(&name, &error)))?;
        if let Some(outcome) = refusal::of_answer(&name, &feed.url, &answer) {
            return Err(outcome);
        }
        let lines = Lines::read(&answer.body, answer.header("content-type"));
        drop(answer);
        let calendars =
            calendar::calendars(&lines).map_err(|error| Outcome::Failed(refusal::of_text(&name, &error)))?;
        let reading = Reading {
            room: &feed.room,
            window,
            withhold: settings.withhold,
            zones: Told {
                default: settings.zone.as_ref(),
                names: &settings.zone_names,
            },
        };
        let found = schedule::meetings(&calendars, reading)
            .map_err(|error| Outcome::Failed(refusal::of_feed(&name, &error)))?;
        let warnings = warnings(&lines, &calendars, &found);
        for warning in warnings {
            self.host.log(Level::Warn, &format!("{name}: {warning}"));
        }
        let events = series::count(&calendars);
        let (meetings, left_out) = (found.meetings, found.broken.len());
        self.host.log(
            Level::Debug,
            &format!(
                "{name}: {events} events, {} meetings in the window",
                meetings.len()
            ),
        );
        Ok(Found {
            meetings,
            events,
            left_out,
        })
    }

    async fn fetch(&self, request: Request) -> Fetched {
        match &self.bearer {
            Ok(bearer) => self.host.fetch(request, bearer.as_ref()).await,
            Err(error) => Err(FetchError::Bearer(error.clone())),
        }
    }
}

/// The content of a feed.
pub(crate) struct Found {
    /// The meetings that overlap the window.
    pub(crate) meetings: Vec<Meeting<'static>>,
    /// How many events it has, at any time.
    pub(crate) events: usize,
    /// How many of them were skipped because they cannot be understood.
    pub(crate) left_out: usize,
}

/// Whether a component may be an event with a broken name.
fn is_stray(component: &Component<'_>) -> bool {
    let known = [
        "VEVENT",
        "VTODO",
        "VJOURNAL",
        "VFREEBUSY",
        "VTIMEZONE",
        "VALARM",
        "VAVAILABILITY",
        "VPOLL",
    ];
    let is_own = component
        .name()
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("X-"));
    component.first("DTSTART").is_some() && !is_own && !known.iter().any(|name| component.is(name))
}

/// The warnings about a feed that was read although something in it is wrong.
fn warnings(lines: &Lines, calendars: &[Component<'_>], found: &schedule::Found) -> Vec<String> {
    let mut warnings = Vec::new();
    for broken in found.broken.iter().take(NAMED) {
        warnings.push(format!(
            "{broken}. The event is not collected, so the room looks free at that time: correct the event in its calendar"
        ));
    }
    if let Some(more @ 1..) = found.broken.len().checked_sub(NAMED) {
        warnings.push(format!(
            "{more} more of its events cannot be understood and are not collected"
        ));
    }
    if let Some(first) = found.moved.first() {
        warnings.push(format!(
            "{} of its UIDs (first {first:?}) belong to several events at different times with one SEQUENCE; only the one with the latest time stamp is \
             collected. If they are different events, each needs a UID of its own",
            found.moved.len()
        ));
    }
    for zone in &found.unknown_zones {
        warnings.push(format!(
            "its time zone (X-WR-TIMEZONE) {zone:?} is not known, so the setting time-zone is used instead. If that is \
             wrong, map the name in the setting zones: {{ {zone:?} = \"Europe/Berlin\" }}"
        ));
    }
    if series::count(calendars) > 0 && calendars.iter().any(schedule::says_busy) {
        warnings.push("it also gives busy times (VFREEBUSY), which are not collected".to_owned());
    }
    for stray in calendars
        .iter()
        .flat_map(|calendar| &calendar.components)
        .filter(|component| is_stray(component))
        .take(NAMED)
    {
        warnings.push(format!(
            "line {} begins a component that has a start but is not an event ({:?}); it is not collected",
            stray.line,
            crate::event::short(stray.name())
        ));
    }
    let lost = calendars.iter().map(Component::lost_lines);
    let (count, first) = lost.fold((0, None), |(count, first), (more, line)| {
        (count + more, first.or(line))
    });
    if let Some(line) = first {
        warnings.push(format!(
            "{count} of its lines are not calendar lines, line {line} first, and were skipped; where one may have marked \
             an event as private, its subject is withheld"
        ));
    }
    if lines.replaced > 0 {
        warnings.push(format!(
            "{} of its lines contain bytes that are not characters, which were replaced; its server should declare the \
             character set (Content-Type: text/calendar; charset=…)",
            lines.replaced
        ));
    }
    warnings
}
