//! Reading calendars: all rooms of a slice at once, a page of each in every batch, until each room has its outcome.

use crate::advice;
use crate::batch::{self, Part};
use crate::event::{Page, Reading as Event, SELECT};
use crate::graph::{self, Graph, Refusal, Trouble, percent};
use crate::settings::{self, Settings};
use crate::world::{
    CollectError, FetchError, Host, Level, Outcome, Reason, Room, RoomOutcome, RoomRequest, Window,
};
use chrono::DateTime;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Sent with every page. Times come in UTC, ids stay the same when an event is moved to another folder, and pages
/// are as large as `$top` asks.
const PREFER: &str = "outlook.timezone=\"UTC\", IdType=\"ImmutableId\", odata.maxpagesize=500";

/// What the query reaches beyond the window on each side: the clocks that are furthest from UTC are 14 hours ahead
/// of it, so an all-day event that overlaps the window may carry a date that does not.
const PADDING: i64 = 14 * 3600;

/// More pages than any calendar has: 500,000 events.
const MAX_PAGES: u32 = 1000;

/// Reads the calendars of these rooms, emits the meetings that overlap the window, and says what became of each.
///
/// # Errors
/// When nothing at all could be done, for one reason: unusable settings, no token, no way to Graph.
pub async fn collect<H: Host>(
    host: &H,
    settings: &str,
    rooms: &[RoomRequest],
    window: Window,
) -> Result<Vec<RoomOutcome>, CollectError> {
    let settings = settings::parse(settings).map_err(CollectError::Settings)?;
    let graph = Graph {
        host,
        settings: &settings,
    };
    let mut slice = Slice {
        graph,
        settings: &settings,
        window,
        stopped: None,
    };
    let mut outcomes = Vec::with_capacity(rooms.len());
    for rooms in rooms.chunks(batch::SIZE) {
        outcomes.extend(slice.read(rooms).await?);
    }
    // A fault of the whole source that left no room with an outcome of its own is the outcome of the call.
    match slice.stopped {
        Some((error, count)) if count == outcomes.len() => Err(error),
        _ => Ok(outcomes),
    }
}

/// One room's calendar, being read.
struct Reading<'a> {
    room: &'a RoomRequest,
    /// The next page, relative to the version root.
    url: String,
    pages: u32,
    /// Fingerprints of the addresses of pages and of the events that were met: Graph repeats both.
    links: HashSet<u64>,
    events: HashSet<u64>,
    /// How many all-day events had no zone that can be resolved.
    floating: u32,
    outcome: Option<Outcome>,
}

struct Slice<'a, H> {
    graph: Graph<'a, H>,
    settings: &'a Settings,
    window: Window,
    /// The fault of the whole source, and how many rooms it ended.
    stopped: Option<(CollectError, usize)>,
}

impl<H: Host> Slice<'_, H> {
    async fn read(&mut self, rooms: &[RoomRequest]) -> Result<Vec<RoomOutcome>, CollectError> {
        let query = query(self.window)?;
        let mut readings: Vec<Reading<'_>> = rooms.iter().map(|room| Reading::new(room, &query)).collect();
        loop {
            let mut due: Vec<&mut Reading<'_>> =
                readings.iter_mut().filter(|r| r.outcome.is_none()).collect();
            if due.is_empty() {
                break;
            }
            let answer = batch::get(&self.graph, due.iter().map(|r| r.url.as_str()), Some(PREFER)).await;
            match answer
                .as_ref()
                .map_err(Trouble::clone)
                .and_then(|answer| answer.parts())
            {
                Ok(parts) => {
                    for (reading, part) in due.iter_mut().zip(parts) {
                        reading.take(part, self);
                    }
                }
                Err(trouble) => self.stop(&mut due, &trouble),
            }
        }
        Ok(readings.into_iter().map(|reading| self.finish(reading)).collect())
    }

    /// Ends the readings of a batch that brought nothing.
    fn stop(&mut self, due: &mut [&mut Reading<'_>], trouble: &Trouble) {
        if is_of_the_source(trouble) {
            let error = advice::collect_error("calendars", trouble, self.settings);
            self.stopped = Some((
                error,
                self.stopped.as_ref().map_or(0, |(_, count)| *count) + due.len(),
            ));
        }
        for reading in due {
            reading.outcome = Some(match trouble {
                Trouble::Refused(Refusal {
                    retry_after: Some(seconds),
                    ..
                }) => Outcome::RetryAfter(*seconds),
                _ => Outcome::Failed(advice::reason(&reading.name(), trouble, self.settings)),
            });
        }
    }

    fn finish(&self, reading: Reading<'_>) -> RoomOutcome {
        let Reading { room, floating, .. } = reading;
        if floating > 0 {
            let message = format!(
                "{}: {floating} all-day events have a time zone that cannot be resolved; their days were taken as UTC's",
                room.address
            );
            self.graph.host.log(Level::Warn, &message);
        }
        let nothing = || failed(format!("calendar of {}: it was not read", room.address));
        RoomOutcome {
            address: room.address.clone(),
            outcome: reading.outcome.unwrap_or_else(nothing),
        }
    }
}

impl<'a> Reading<'a> {
    fn new(room: &'a RoomRequest, query: &str) -> Self {
        Reading {
            room,
            url: format!("/users/{}/calendarView?{query}", percent(&room.key)),
            pages: 0,
            links: HashSet::new(),
            events: HashSet::new(),
            floating: 0,
            outcome: None,
        }
    }

    /// What the log and reasons call it.
    fn name(&self) -> String {
        format!("calendar of {}", self.room.address)
    }

    /// Takes the answer to the request for this room's next page.
    fn take<H: Host>(&mut self, part: Option<Part<'_>>, slice: &Slice<'_, H>) {
        self.pages += 1;
        self.outcome = match part {
            None => Some(failed(format!(
                "{}: Microsoft Graph left it out of its answer",
                self.name()
            ))),
            Some(part) if part.status != 200 => Some(refused(&self.name(), &part.refusal())),
            Some(part) => match graph::read::<Page<'_>>(&part.body) {
                Ok(page) => self.take_page(&page, slice),
                Err(trouble) => Some(Outcome::Failed(advice::reason(
                    &self.name(),
                    &trouble,
                    slice.settings,
                ))),
            },
        };
    }

    /// Emits the meetings of a page. None when there is another page.
    fn take_page<H: Host>(&mut self, page: &Page<'_>, slice: &Slice<'_, H>) -> Option<Outcome> {
        for event in &page.value {
            let meeting = match event.read(&self.room.address, slice.window, slice.settings.withhold) {
                Ok(Event::Nothing) => continue,
                Ok(Event::Meeting { meeting, floating }) => {
                    if !self.events.insert(fingerprint(meeting.id)) {
                        continue;
                    }
                    self.floating += u32::from(floating);
                    meeting
                }
                Err(broken) => return Some(failed(format!("{} {broken}", self.name()))),
            };
            if let Err(error) = slice.graph.host.emit(meeting) {
                return Some(failed(format!(
                    "{}: the collector did not take a meeting: {error}",
                    self.name()
                )));
            }
        }
        let Some(next) = &page.next else {
            return Some(Outcome::Complete(None));
        };
        let Some(url) = slice.graph.relative(&next.0) else {
            return Some(failed(format!(
                "{}: its next page is on another server or path",
                self.name()
            )));
        };
        if !self.links.insert(fingerprint(&url)) || url == self.url {
            return Some(failed(format!(
                "{}: a page names itself as the next one",
                self.name()
            )));
        }
        if self.pages >= MAX_PAGES {
            return Some(failed(format!(
                "{}: it has more than {MAX_PAGES} pages",
                self.name()
            )));
        }
        self.url = url;
        None
    }
}

/// Whether each of some calendars can be read.
pub(crate) struct Probe {
    /// In the order of the rooms.
    pub(crate) calendars: Vec<Result<(), Trouble>>,
    /// When that was, by the service's clock, in UTC seconds.
    pub(crate) at: Option<i64>,
}

/// Asks for one event of each of these rooms, at most [`batch::SIZE`], to see whether their calendars can be read.
pub(crate) async fn probe<H: Host>(graph: &Graph<'_, H>, rooms: &[Room]) -> Result<Probe, Trouble> {
    // Any day will do, and a connector has no clock.
    let day = "startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-01-02T00:00:00Z";
    let url = |room: &Room| {
        format!(
            "/users/{}/calendarView?{day}&$select=id&$top=1",
            percent(&room.key)
        )
    };
    let urls: Vec<String> = rooms.iter().map(url).collect();
    let answer = batch::get(graph, urls.iter().map(String::as_str), Some(PREFER)).await?;
    let parts = answer.parts()?.into_iter().take(rooms.len());
    Ok(Probe {
        calendars: parts.map(|part| batch::success(part).map(drop)).collect(),
        at: answer.given_at(),
    })
}

/// The query of a first page.
fn query(window: Window) -> Result<String, CollectError> {
    let at = |seconds: Option<i64>| {
        let date = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        date.map(|date| date.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    };
    match (
        at(window.start.checked_sub(PADDING)),
        at(window.end.checked_add(PADDING)),
    ) {
        (Some(start), Some(end)) => Ok(format!(
            "startDateTime={start}&endDateTime={end}&$select={SELECT}&$top=500"
        )),
        _ => Err(CollectError::Failed(Reason {
            message: "the window lies outside the years that can be written as dates".to_owned(),
            ..Reason::default()
        })),
    }
}

/// What Graph's refusal of one calendar means for its room.
fn refused(name: &str, refusal: &Refusal) -> Outcome {
    if let Some(seconds) = refusal.retry_after {
        return Outcome::RetryAfter(seconds);
    }
    let reason = advice::refused(name, refusal);
    match refusal.status {
        401 | 403 => Outcome::Denied(reason),
        404 => Outcome::Missing(reason),
        _ => Outcome::Failed(reason),
    }
}

/// Whether other batches would meet the same.
fn is_of_the_source(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Fetch(error) => !matches!(
            error,
            FetchError::BodySize(_) | FetchError::HeaderSize(_) | FetchError::ResponseTimeout(_)
        ),
        Trouble::Refused(refusal) => refusal.status == 401,
        Trouble::Unreadable(_) => false,
    }
}

fn failed(message: String) -> Outcome {
    Outcome::Failed(Reason {
        message,
        ..Reason::default()
    })
}

/// Stands for a text in a set, in a tenth of the memory. Among a thousand events, two share one by chance once in
/// 10^13 rooms.
fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
