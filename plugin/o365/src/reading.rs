//! The reading of one room's calendar: which page to request next, what to take from it, and when the room has its outcome. It sends nothing
//! itself; `calendar` puts the pages of several rooms into one batch.

use crate::changes::{self, Changes, Cursor, Link, Plan};
use crate::event::{self, Page, Reading as Event, SELECT};
use crate::settings::Settings;
use chrono::DateTime;
use connector_sdk::{Host, Level, Outcome, Reason, RoomOutcome, RoomRequest, Window};
use graph::batch::{Ask, Part};
use graph::{Graph, Refusal, advice, percent};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How far a query reaches beyond the window on each side. The zone furthest from UTC is 14 hours ahead, so an all-day event that overlaps the
/// window may have a date that does not.
const PADDING: i64 = 14 * 3600;

/// The most pages, more than any calendar has: 500,000 events.
pub(crate) const MAX_PAGES: u32 = 1000;

/// The numbers of events on a page. Some mailboxes answer large pages with 503; then the next smaller size is tried.
const SIZES: &[usize] = &[500, 50, 10];

/// The same for a delta query, whose items come with their bodies.
const DELTA_SIZES: &[usize] = &[50, 10];

/// The preferences sent with every page: times in UTC, ids that survive a move to another folder, and this page size.
pub(crate) fn prefer(size: usize) -> String {
    format!("outlook.timezone=\"UTC\", IdType=\"ImmutableId\", odata.maxpagesize={size}")
}

/// The present step of a reading.
enum Step {
    /// Asks what changed since the last pass. If nothing did, this cursor stays valid.
    Follow {
        cursor: Box<Cursor>,
        until: i64,
        changed: bool,
    },
    /// Begins a delta query whose fixed window ends there.
    Begin { until: i64 },
    /// Reads the calendar.
    Read,
}

/// The reading of one room's calendar.
pub(crate) struct Reading<'a> {
    room: &'a RoomRequest,
    settings: &'a Settings,
    window: Window,
    step: Step,
    /// The next page, relative to the version root.
    url: String,
    /// The size of the pages, and the smaller ones that may be tried.
    sizes: &'static [usize],
    prefer: String,
    pages: u32,
    /// Fingerprints of the pages' addresses and of the events so far: Graph repeats both.
    links: HashSet<u64>,
    events: HashSet<u64>,
    /// How many all-day events had a zone that cannot be resolved.
    floating: u32,
    /// The end of the search for meetings; after it, the start of the first meeting behind the window.
    quiet: i64,
    /// The knowledge of changes after this pass.
    changes: Changes,
    outcome: Option<Outcome>,
}

impl<'a> Reading<'a> {
    /// A reading of this room, planned by what is known of it.
    pub(crate) fn new(room: &'a RoomRequest, settings: &'a Settings, window: Window) -> Self {
        let mut reading = Reading {
            room,
            settings,
            window,
            step: Step::Read,
            url: String::new(),
            sizes: SIZES,
            prefer: String::new(),
            pages: 0,
            links: HashSet::new(),
            events: HashSet::new(),
            floating: 0,
            quiet: window.end,
            changes: Changes::Unasked,
            outcome: None,
        };
        match changes::plan(room, settings, window) {
            Plan::Read(changes) => reading.read_whole(changes),
            Plan::Follow(cursor, link) => {
                let step = Step::Follow {
                    cursor: Box::new(cursor),
                    until: link.until,
                    changed: false,
                };
                reading.ask_for_changes(link.url, step);
            }
            Plan::Begin { until } => match span(window.start, until) {
                Some(span) => {
                    let url = format!("{}/delta?{span}", reading.path());
                    reading.ask_for_changes(url, Step::Begin { until });
                }
                None => reading.read_whole(Changes::Unasked),
            },
        }
        reading
    }

    /// The next request; none if the room has its outcome.
    pub(crate) fn ask(&self) -> Option<Ask<'_>> {
        self.outcome.is_none().then_some(Ask {
            url: &self.url,
            prefer: Some(&self.prefer),
        })
    }

    /// Its name in the log and in reasons.
    pub(crate) fn name(&self) -> String {
        format!("calendar of {}", self.room.address)
    }

    /// Ends the reading with an outcome.
    pub(crate) fn end(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }

    /// The outcome of the room.
    pub(crate) fn finish<H: Host>(self, host: &H) -> RoomOutcome {
        if self.floating > 0 {
            let message = format!(
                "{}: {} all-day events have a time zone that cannot be resolved; their days were read as days in UTC",
                self.room.address, self.floating
            );
            host.log(Level::Warn, &message);
        }
        let nothing = failed(format!("{}: it was not read", self.name()));
        RoomOutcome {
            address: self.room.address.clone(),
            outcome: self.outcome.unwrap_or(nothing),
        }
    }

    /// Takes the answer to the request. `now` is the time by Graph's clock.
    pub(crate) fn take<H: Host>(&mut self, part: Option<Part<'_>>, graph: &Graph<'_, H>, now: Option<i64>) {
        self.pages += 1;
        let Some(part) = part else {
            // Also for a request for changes: the batch would leave the next request out again.
            return self.fail(|name| format!("{name}: Microsoft Graph left it out of its answer"));
        };
        if part.status == 200 {
            return match self.step {
                Step::Read => self.take_events(&part.body, graph, now),
                Step::Follow { .. } | Step::Begin { .. } => self.take_changes(&part.body, graph, now),
            };
        }
        let refusal = part.refusal();
        if (part.is_too_large() || refusal.is_about_page_size()) && self.try_smaller_pages() {
            return;
        }
        match (&self.step, refusal.retry_after) {
            (Step::Read, Some(seconds)) => self.end(Outcome::RetryAfter(seconds)),
            (Step::Read, None) => self.end(refused(&self.name(), &refusal)),
            // The mailbox is throttled, whatever the request.
            (_, Some(seconds)) if refusal.status == 429 => self.end(Outcome::RetryAfter(seconds)),
            // Graph forgot its state; the next pass asks anew.
            (Step::Follow { .. }, _) if changes::is_forgotten(&refusal) => self.read_whole(Changes::Unasked),
            _ => self.do_without_changes(),
        }
    }

    /// Asks for less, after the batch's answer was too large. False if it cannot be less.
    pub(crate) fn ask_for_less(&mut self) -> bool {
        self.try_smaller_pages() || self.leave_changes()
    }

    /// Reads the whole calendar instead of its changes. False if it is read already.
    pub(crate) fn leave_changes(&mut self) -> bool {
        let asked_for_changes = !matches!(self.step, Step::Read);
        if asked_for_changes {
            self.do_without_changes();
        }
        asked_for_changes
    }

    /// Reads the whole calendar; only its result counts. Trouble with changes never costs a room.
    fn do_without_changes(&mut self) {
        self.read_whole(Changes::Refused(self.window.start));
    }

    /// Reads the whole calendar, with this knowledge of its changes afterwards.
    fn read_whole(&mut self, changes: Changes) {
        self.quiet = changes::horizon(self.window, &changes);
        self.changes = changes;
        self.step = Step::Read;
        self.sizes = SIZES;
        self.begin_pages();
    }

    /// Goes to the first page, in the present size.
    fn begin_pages(&mut self) {
        let size = self.size();
        self.links.clear();
        self.prefer = prefer(size);
        match span(self.window.start, self.quiet) {
            Some(span) => self.url = format!("{}?{span}&$select={SELECT}&$top={size}", self.path()),
            None => self.fail(|name| {
                format!("{name}: the window lies outside the years that can be written as dates")
            }),
        }
    }

    fn ask_for_changes(&mut self, url: String, step: Step) {
        self.url = url;
        self.step = step;
        self.sizes = DELTA_SIZES;
        self.prefer = prefer(self.size());
    }

    /// The path of its calendar view, relative to the version root.
    fn path(&self) -> String {
        format!("/users/{}/calendarView", percent(&self.room.key))
    }

    fn size(&self) -> usize {
        self.sizes.first().copied().unwrap_or(1)
    }

    /// Goes to the next smaller page size. False if there is none.
    fn try_smaller_pages(&mut self) -> bool {
        let Some((_, smaller)) = self
            .sizes
            .split_first()
            .filter(|(_, smaller)| !smaller.is_empty())
        else {
            return false;
        };
        self.sizes = smaller;
        match self.step {
            // The pages' addresses contain the size, so the reading starts over. Emitted meetings stay.
            Step::Read => self.begin_pages(),
            Step::Follow { .. } | Step::Begin { .. } => self.prefer = prefer(self.size()),
        }
        true
    }

    /// Takes a page of a delta query.
    fn take_changes<H: Host>(&mut self, body: &str, graph: &Graph<'_, H>, now: Option<i64>) {
        let Ok(page) = graph::read::<changes::Page<'_>>(body) else {
            return self.do_without_changes();
        };
        if let Step::Follow { changed, .. } = &mut self.step {
            *changed |= !page.value.is_empty();
        }
        let link = page.next.as_ref().or(page.delta.as_ref());
        let Some(url) = link.and_then(|link| graph.relative(link)) else {
            return self.do_without_changes();
        };
        if page.next.is_some() {
            if !self.links.insert(fingerprint(&url)) || self.pages >= MAX_PAGES {
                return self.do_without_changes();
            }
            self.url = url;
            return;
        }
        match std::mem::replace(&mut self.step, Step::Read) {
            Step::Follow {
                cursor,
                until,
                changed,
            } => {
                let link = Link { url, until };
                let cursor = if changed {
                    None
                } else {
                    cursor.unchanged(self.window, link.clone(), now)
                };
                match cursor {
                    Some(cursor) => self.end(Outcome::Changes(cursor.write())),
                    None => self.read_whole(Changes::Told(link)),
                }
            }
            Step::Begin { until } => self.read_whole(Changes::Told(Link { url, until })),
            Step::Read => {}
        }
    }

    /// Emits the meetings of a page.
    fn take_events<H: Host>(&mut self, body: &str, graph: &Graph<'_, H>, now: Option<i64>) {
        let page = match graph::read::<Page<'_>>(body) {
            Ok(page) => page,
            Err(trouble) => {
                let reason = advice::reason(&self.name(), &trouble, self.settings);
                return self.end(Outcome::Failed(reason));
            }
        };
        for event in &page.value {
            if let Err(why) = self.take_event(event, graph) {
                return self.fail(|name| format!("{name}{why}"));
            }
        }
        let Some(next) = &page.next else {
            let cursor = self.cursor(now);
            return self.end(Outcome::Complete(cursor));
        };
        let Some(url) = graph.relative(&next.0) else {
            return self.fail(|name| format!("{name}: its next page is on another server or path"));
        };
        if !self.links.insert(fingerprint(&url)) || url == self.url {
            return self.fail(|name| format!("{name}: a page names itself as the next one"));
        }
        if self.pages >= MAX_PAGES {
            return self.fail(|name| format!("{name}: it has more than {MAX_PAGES} pages"));
        }
        self.url = url;
    }

    /// Emits a meeting, if it is in the window and is new.
    ///
    /// # Errors
    /// Why the room cannot be collected, as text to put behind its name.
    fn take_event<H: Host>(&mut self, event: &event::Event<'_>, graph: &Graph<'_, H>) -> Result<(), String> {
        let reach = Window {
            start: self.window.start,
            end: self.quiet,
        };
        let (meeting, floating) = match event.read(&self.room.address, reach, self.settings.withhold) {
            Ok(Event::Nothing) => return Ok(()),
            Ok(Event::Meeting { meeting, floating }) => (meeting, floating),
            Err(broken) => return Err(format!(" {broken}")),
        };
        if !self.window.overlaps(meeting.start, meeting.end) {
            self.quiet = meeting.start;
            return Ok(());
        }
        if !self.events.insert(fingerprint(&meeting.id)) {
            return Ok(());
        }
        self.floating += u32::from(floating);
        graph
            .host
            .emit(&meeting)
            .map_err(|error| format!(": the collector refused a meeting: {error}"))
    }

    /// The knowledge of the room after a whole reading.
    fn cursor(&self, now: Option<i64>) -> Option<String> {
        if !self.settings.changes_only {
            return None;
        }
        let changes = self.changes.clone();
        Cursor::new(self.room, self.settings, self.window, self.quiet, now?, changes).write()
    }

    fn fail(&mut self, message: impl FnOnce(&str) -> String) {
        let message = message(&self.name());
        self.end(failed(message));
    }
}

/// The bounds of a query, with the padding. None if they cannot be written as dates.
pub(crate) fn span(start: i64, end: i64) -> Option<String> {
    let at = |seconds: Option<i64>| {
        let date = DateTime::from_timestamp(seconds?, 0)?;
        Some(date.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    };
    let (start, end) = (at(start.checked_sub(PADDING))?, at(end.checked_add(PADDING))?);
    Some(format!("startDateTime={start}&endDateTime={end}"))
}

/// The outcome of a room whose calendar Graph refuses.
fn refused(name: &str, refusal: &Refusal) -> Outcome {
    let reason = advice::refused(name, refusal);
    match refusal.status {
        401 | 403 => Outcome::Denied(reason),
        404 => Outcome::Missing(reason),
        _ => Outcome::Failed(reason),
    }
}

fn failed(message: String) -> Outcome {
    Outcome::Failed(Reason {
        message,
        ..Reason::default()
    })
}

/// A fingerprint that replaces a text in a set, in a tenth of the memory. Among a thousand events, two share one by chance once in 10^13
/// rooms.
fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
