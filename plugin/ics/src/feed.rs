//! Reading feeds: all of a slice side by side, one request each; a feed is read when it has come, and forgotten before the
//! last.
//!
//! No cursor is kept: an ETag says that the feed is the same, and the window has moved all the same. What comes into it
//! was in the feed before and would be missed.

use crate::schedule::{self, Reading};
use crate::settings::{self, Feed, Settings};
use crate::world::{CollectError, Host, Level, Meeting, Outcome, Reason, RoomOutcome, RoomRequest, Window};
use crate::{calendar, refusal, series};
use futures_util::future::join_all;

/// Reads the feeds of these rooms, emits the meetings that overlap the window, and says what became of each.
///
/// # Errors
/// When the settings cannot be used. Everything else is a matter of one feed.
pub async fn collect<H: Host>(
    host: &H,
    settings: &str,
    rooms: &[RoomRequest],
    window: Window,
) -> Result<Vec<RoomOutcome>, CollectError> {
    let settings = settings::parse(settings).map_err(CollectError::Settings)?;
    let room = async |room: &RoomRequest| RoomOutcome {
        address: room.address.clone(),
        outcome: match settings.feed(&room.key) {
            Some(feed) => collect_one(host, &settings, feed, window).await,
            None => Outcome::Missing(Reason {
                message: format!("{} has no feed in the settings any more", room.address),
                ..Reason::default()
            }),
        },
    };
    Ok(join_all(rooms.iter().map(room)).await)
}

async fn collect_one<H: Host>(host: &H, settings: &Settings, feed: &Feed, window: Window) -> Outcome {
    let found = match read(host, settings, feed, window).await {
        Ok(found) => found,
        Err(outcome) => return outcome,
    };
    for meeting in found.meetings {
        if let Err(error) = host.emit(meeting) {
            return Outcome::Failed(Reason {
                message: format!("{}: the collector did not take a meeting: {error}", feed.title()),
                ..Reason::default()
            });
        }
    }
    Outcome::Complete
}

/// What a feed holds.
pub(crate) struct Found {
    /// Those that overlap the window.
    pub(crate) meetings: Vec<Meeting>,
    /// The events in it, whenever they are.
    pub(crate) events: usize,
}

/// Fetches and reads a feed. The error is the outcome of its room.
pub(crate) async fn read<H: Host>(
    host: &H,
    settings: &Settings,
    feed: &Feed,
    window: Window,
) -> Result<Found, Outcome> {
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
    let answer = host.get(&feed.url, headers).await;
    let answer = answer.map_err(|error| Outcome::Failed(refusal::of_fetch(&name, &error)))?;
    if let Some(outcome) = refusal::of_answer(&name, &feed.url, &answer) {
        return Err(outcome);
    }
    let unreadable = |error| Outcome::Failed(refusal::of_text(&name, &error));
    let text = calendar::unfold(&answer.body).map_err(unreadable)?;
    drop(answer);
    let calendar = calendar::parse(&text).map_err(unreadable)?;
    let reading = Reading {
        room: &feed.room,
        window,
        withhold: settings.withhold,
        zone: settings.zone.as_ref(),
    };
    let meetings = schedule::meetings(&calendar, reading)
        .map_err(|error| Outcome::Failed(refusal::of_feed(&name, &error)))?;
    let events = series::count(&calendar);
    host.log(
        Level::Debug,
        &format!(
            "{name}: {events} events, {} meetings in the window",
            meetings.len()
        ),
    );
    Ok(Found { meetings, events })
}
