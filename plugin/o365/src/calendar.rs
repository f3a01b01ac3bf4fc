//! Reads calendars: all rooms of a slice at once, one page of each in every batch, until each room has its outcome.

use crate::reading::{self, Reading};
use crate::settings::{self, Settings};
use connector_sdk::{
    CollectError, FetchError, Host, Outcome, Reason, Room, RoomOutcome, RoomRequest, Window,
};
use graph::batch::{self, Ask};
use graph::{Graph, Trouble, advice, percent};

/// Reads the calendars of these rooms, emits the meetings that overlap the window, and returns the outcome of each room.
///
/// # Errors
/// Nothing at all could be done, for one reason: unusable settings, no token, Graph out of reach.
pub(crate) async fn collect<H: Host>(
    host: &H,
    settings: &str,
    rooms: &[RoomRequest],
    window: Window,
) -> Result<Vec<RoomOutcome>, CollectError> {
    let settings = settings::parse(settings).map_err(CollectError::Settings)?;
    let graph = Graph::new(host, &settings);
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
    // If a fault of the whole source left no room with an outcome of its own, it is the result of the call.
    match slice.stopped {
        Some((error, count)) if count == outcomes.len() => Err(error),
        _ => Ok(outcomes),
    }
}

/// After so many single calendars in a row that took too long, the fault is not theirs.
const STRIKES: usize = 2;

struct Slice<'a, H: Host> {
    graph: Graph<'a, H>,
    settings: &'a Settings,
    window: Window,
    /// The fault of the whole source, and how many rooms it ended.
    stopped: Option<(CollectError, usize)>,
}

impl<H: Host> Slice<'_, H> {
    async fn read(&mut self, rooms: &[RoomRequest]) -> Result<Vec<RoomOutcome>, CollectError> {
        if reading::span(self.window.start, self.window.end).is_none() {
            return Err(CollectError::Failed(Reason {
                message: "the window lies outside the years that can be written as dates".to_owned(),
                ..Reason::default()
            }));
        }
        let mut readings: Vec<Reading<'_>> = rooms
            .iter()
            .map(|room| Reading::new(room, self.settings, self.window))
            .collect();
        // After a batch took too long, calendars are requested one by one. Counts those in a row that took too long alone.
        let mut strikes = None;
        loop {
            let mut due: Vec<&mut Reading<'_>> = readings.iter_mut().filter(|r| r.ask().is_some()).collect();
            if due.is_empty() {
                break;
            }
            let asked = if strikes.is_some() { 1 } else { due.len() };
            let answer = batch::get(&self.graph, due.iter().take(asked).filter_map(|r| r.ask())).await;
            match answer
                .as_ref()
                .map_err(Trouble::clone)
                .and_then(|answer| Ok((answer.parts()?, answer.given_at())))
            {
                Ok((parts, now)) => {
                    for (reading, part) in due.iter_mut().take(asked).zip(parts) {
                        reading.take(part, &self.graph, now);
                    }
                    strikes = strikes.map(|_| 0);
                }
                Err(trouble) if is_timeout(&trouble) => {
                    strikes = self.took_too_long(&mut due, strikes, &trouble);
                }
                // The others would fail the same way.
                Err(trouble) if is_of_the_source(&trouble) || asks_to_wait(&trouble).is_some() => {
                    self.stop(&mut due, &trouble);
                }
                Err(trouble) => self.stop(due.get_mut(..asked).unwrap_or_default(), &trouble),
            }
        }
        let host = self.graph.host;
        Ok(readings.into_iter().map(|reading| reading.finish(host)).collect())
    }

    /// Handles a batch that took too long: one of all due calendars, or of a single one. Returns the new number of strikes.
    fn took_too_long(
        &mut self,
        due: &mut [&mut Reading<'_>],
        strikes: Option<usize>,
        trouble: &Trouble,
    ) -> Option<usize> {
        let several = due.len() > 1;
        let first = due.first_mut()?;
        if several && strikes.is_none() {
            return Some(0);
        }
        // It now asks for something else, so the calendar does not count as slow yet.
        if first.leave_changes() {
            return strikes;
        }
        let strikes = strikes.map(|count| count + 1);
        if several && strikes == Some(STRIKES) {
            self.stop(due, trouble);
        } else {
            let reason = advice::reason(&first.name(), trouble, self.settings);
            first.end(Outcome::Failed(reason));
        }
        strikes
    }

    /// Ends the readings of a failed batch, except those that can ask for something else.
    fn stop(&mut self, due: &mut [&mut Reading<'_>], trouble: &Trouble) {
        if is_of_the_source(trouble) {
            let error = advice::collect_error("calendars", trouble, self.settings);
            self.stopped = Some((
                error,
                self.stopped.as_ref().map_or(0, |(_, count)| *count) + due.len(),
            ));
        }
        for reading in due {
            let goes_on = match trouble {
                Trouble::Fetch(FetchError::BodySize(_)) => reading.ask_for_less(),
                Trouble::Fetch(FetchError::ResponseTimeout(_)) => reading.leave_changes(),
                _ => false,
            };
            if goes_on {
                continue;
            }
            reading.end(match asks_to_wait(trouble) {
                Some(seconds) => Outcome::RetryAfter(seconds),
                None => Outcome::Failed(advice::reason(&reading.name(), trouble, self.settings)),
            });
        }
    }
}

/// For each of some calendars, whether it can be read.
pub(crate) struct Probe {
    /// In the order of the rooms.
    pub(crate) calendars: Vec<Result<(), Trouble>>,
    /// The time by the service's clock, in UTC seconds.
    pub(crate) at: Option<i64>,
}

/// Asks for one event of each of these rooms, at most [`batch::SIZE`], to see whether their calendars can be read.
pub(crate) async fn probe<H: Host>(graph: &Graph<'_, H>, rooms: &[Room]) -> Result<Probe, Trouble> {
    // A connector has no clock, and any day will do.
    let day = "startDateTime=2026-01-01T00:00:00Z&endDateTime=2026-01-02T00:00:00Z";
    let url = |room: &Room| {
        format!(
            "/users/{}/calendarView?{day}&$select=id&$top=1",
            percent(&room.key)
        )
    };
    let urls: Vec<String> = rooms.iter().map(url).collect();
    let prefer = reading::prefer(1);
    let asks = urls.iter().map(|url| Ask {
        url,
        prefer: Some(&prefer),
    });
    let answer = batch::get(graph, asks).await?;
    let parts = answer.parts()?.into_iter().take(rooms.len());
    Ok(Probe {
        calendars: parts.map(|part| batch::success(part).map(drop)).collect(),
        at: answer.given_at(),
    })
}

/// Whether the gateway gave up waiting for Graph. One slow calendar of a batch causes that for all of them.
fn is_timeout(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(refusal) if refusal.status == 504)
}

/// The seconds to wait, if the trouble asks to wait.
fn asks_to_wait(trouble: &Trouble) -> Option<u32> {
    match trouble {
        Trouble::Refused(refusal) => refusal.retry_after,
        Trouble::Fetch(_) | Trouble::Unreadable(_) => None,
    }
}

/// Whether other batches would fail the same way.
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

#[cfg(test)]
mod tests;
