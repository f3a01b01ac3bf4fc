//! Reading feeds: all of a slice side by side, one request each; a feed is read when it has come, and forgotten before the
//! last.
//!
//! The cursor only says whether the feed held events. An ETag would say that the feed is the same, and the window has moved
//! all the same: what comes into it was in the feed before and would be missed.

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

/// So many events that were left out are named in the log of a pass, for each feed.
const NAMED: usize = 5;

/// Reads the feeds of these rooms, emits the meetings that overlap the window, and says what became of each.
///
/// # Errors
/// When the settings cannot be used. Everything else is a matter of one feed.
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
                message: format!("{} has no feed in the settings any more", room.address),
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
    /// None when the source has no credential for its feeds.
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
        // Servers that lost their data, or began anew, publish calendars that are whole and empty.
        if found.events == 0 && cursor == Some(Cursor::Full) {
            self.host.log(
                Level::Warn,
                &format!(
                    "{}: it held events and is empty now; what is stored of the room stays until the next pass finds it empty, too",
                    feed.title()
                ),
            );
            return Outcome::Changes(Cursor::Emptied.text());
        }
        // A feed that is read for the first time, or one whose cursor the host dropped: it may have held events. Nothing is lost in either
        // case when the next pass believes it.
        if found.events == 0 && cursor.is_none() {
            return Outcome::Changes(Cursor::Emptied.text());
        }
        for meeting in found.meetings {
            if let Err(error) = self.host.emit(&meeting) {
                return Outcome::Failed(Reason {
                    message: format!("{}: the collector did not take a meeting: {error}", feed.title()),
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

/// What a feed holds.
pub(crate) struct Found {
    /// Those that overlap the window.
    pub(crate) meetings: Vec<Meeting<'static>>,
    /// The events in it, whenever they are.
    pub(crate) events: usize,
    /// Those of them that were left out because nobody understands them.
    pub(crate) left_out: usize,
}

/// Whether it may be an event with a broken name.
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

/// What is said of a feed that was read although something of it is not in order.
fn warnings(lines: &Lines, calendars: &[Component<'_>], found: &schedule::Found) -> Vec<String> {
    let mut warnings = Vec::new();
    for broken in found.broken.iter().take(NAMED) {
        warnings.push(format!(
            "{broken}. It is not collected, so the room looks free at its times: correct it in its calendar"
        ));
    }
    if let Some(more @ 1..) = found.broken.len().checked_sub(NAMED) {
        warnings.push(format!(
            "{more} more of its events are not understood and not collected"
        ));
    }
    if let Some(first) = found.moved.first() {
        warnings.push(format!(
            "{} of its UIDs (first {first:?}) stand for events at different times with one SEQUENCE; only the one with the latest time stamp is \
             collected. If they are different events, each needs a UID of its own",
            found.moved.len()
        ));
    }
    for zone in &found.unknown_zones {
        warnings.push(format!(
            "its time zone (X-WR-TIMEZONE) {zone:?} is not known, and the setting time-zone stands in for it. If that is \
             wrong, name its zone in the setting zones: {{ {zone:?} = \"Europe/Berlin\" }}"
        ));
    }
    if series::count(calendars) > 0 && calendars.iter().any(schedule::says_busy) {
        warnings.push("it also says when the room is busy (VFREEBUSY), which is not collected".to_owned());
    }
    for stray in calendars
        .iter()
        .flat_map(|calendar| &calendar.components)
        .filter(|component| is_stray(component))
        .take(NAMED)
    {
        warnings.push(format!(
            "line {} begins something with a start that is no event ({:?}), and is not collected",
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
            "{count} of its lines are no lines of a calendar, line {line} first, and were passed over; where one may have \
             said that an event is private, its subject is withheld"
        ));
    }
    if lines.replaced > 0 {
        warnings.push(format!(
            "{} of its lines hold bytes that are no characters, which were replaced; its server should declare the character \
             set (Content-Type: text/calendar; charset=…)",
            lines.replaced
        ));
    }
    warnings
}
