//! A feed's calendars: the components that its lines form, and the lines that belong to none.
//!
//! A line that is not a content line is skipped, but its place is remembered: it may have been anything. A feed whose components do not
//! nest properly is refused, because it is unclear what belongs to which.

use crate::line::{Lines, Property};
use crate::privacy;
use crate::swallowed;
use std::borrow::Cow;

/// The deepest nesting: components within components within a calendar, and some to spare.
const DEPTH: usize = 8;

/// Why a text is not a calendar. The messages reveal nothing of the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotACalendar {
    #[error(
        "the answer is a web page, not a calendar: the address needs a login, or belongs to a page about the feed"
    )]
    WebPage,
    #[error("the answer is empty")]
    Empty,
    #[error("the answer is not a calendar: it does not begin with BEGIN:VCALENDAR")]
    SomethingElse,
    #[error("the calendar is incomplete: it does not end with END:VCALENDAR")]
    Truncated,
    #[error("the calendar's components are nested more than {DEPTH} deep")]
    TooDeep,
    #[error("line {0} of the calendar ends a component other than the open one")]
    Misplaced(u32),
    #[error("line {0} of the calendar is between two calendars")]
    Between(u32),
    #[error(
        "line {0} begins a calendar within another, or an event within a component that is not a calendar"
    )]
    Within(u32),
    #[error("line {0} contains the begin or the end of an event within another line")]
    Swallowed(u32),
}

/// A calendar, an event, or another component.
#[derive(Debug)]
pub(crate) struct Component<'a> {
    name: Cow<'a, str>,
    /// The line that it begins at.
    pub(crate) line: u32,
    properties: Vec<Property<'a>>,
    pub(crate) components: Vec<Component<'a>>,
    pub(crate) lost: Vec<Lost<'a>>,
    /// Whether a CLASS of it may have been lost.
    pub(crate) may_be_private: bool,
    /// Whether it, or something in it, ended without END.
    pub(crate) torn: bool,
    /// Properties found within other lines, where a line break was lost or a blank made them a part of the line before.
    pub(crate) swallowed: Vec<&'static str>,
}

/// A line that is not a content line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lost<'a> {
    pub(crate) line: u32,
    /// The beginning of the line, if that may be the name of a property.
    pub(crate) name: &'a str,
}

impl<'a> Component<'a> {
    fn new(name: &'a str, line: u32) -> Self {
        Self {
            name: clean(name),
            line,
            properties: Vec::new(),
            components: Vec::new(),
            lost: Vec::new(),
            may_be_private: false,
            torn: false,
            swallowed: Vec::new(),
        }
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The properties of this name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &Property<'a>> {
        self.properties.iter().filter(move |property| property.is(name))
    }

    /// Its name, as written.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a property of this name was lost: its line is not a content line, or is inside another line, and there is no other.
    pub(crate) fn has_lost(&self, name: &str) -> bool {
        self.lost.iter().any(|lost| lost.name.eq_ignore_ascii_case(name))
            || (self.swallowed.contains(&name) && self.first(name).is_none())
    }

    /// The first property of this name.
    pub(crate) fn first(&self, name: &str) -> Option<&Property<'a>> {
        self.all(name).next()
    }

    /// How many lines in it, and in components within it, are not content lines, and the first of them.
    pub(crate) fn lost_lines(&self) -> (usize, Option<u32>) {
        let own = (self.lost.len(), self.lost.first().map(|lost| lost.line));
        self.components
            .iter()
            .map(Component::lost_lines)
            .fold(own, |(count, first), (more, other)| {
                let earliest = [first, other].into_iter().flatten().min();
                (count + more, earliest)
            })
    }
}

/// The calendars of a feed (RFC 5545, section 3.4: one or more).
pub(crate) fn calendars(lines: &Lines) -> Result<Vec<Component<'_>>, NotACalendar> {
    begins_and_ends(lines)?;
    let mut calendars = Vec::new();
    let mut open: Vec<Component<'_>> = Vec::new();
    // Whether the line before may continue here, wrongly, without a fold.
    let mut in_text = false;
    for (number, line) in lines.iter() {
        // Invisible characters before a name (a zero-width space) are no part of it.
        let line = line.trim_start_matches(|c: char| !c.is_ascii() && !c.is_alphanumeric());
        let (name, _) = Property::split(line);
        let read = Property::read(line);
        match &read {
            Some(begin) if begin.is("BEGIN") => {
                let component = Component::new(begin.value.trim(), number);
                // An event that begins within an event: the END of the first is missing.
                if component.is("VEVENT")
                    && let Some(at) = open.iter().position(|outer| outer.is("VEVENT"))
                {
                    close(&mut open, at);
                }
                if open.is_empty() && !component.is("VCALENDAR") {
                    return Err(NotACalendar::Between(number));
                }
                // Readers would not look for it there.
                let within = open.last().is_some_and(|outer| !outer.is("VCALENDAR"));
                if component.is("VCALENDAR") && !open.is_empty() || component.is("VEVENT") && within {
                    return Err(NotACalendar::Within(number));
                }
                open.push(component);
                if open.len() > DEPTH {
                    return Err(NotACalendar::TooDeep);
                }
                in_text = false;
                continue;
            }
            Some(end) if end.is("END") => {
                let name = &*clean(end.value.trim());
                let last = open.pop().ok_or(NotACalendar::Misplaced(number))?;
                let mut done = last;
                if !done.is(name) {
                    // An alarm without END costs its event.
                    let event = open.pop().filter(|event| event.is("VEVENT") && event.is(name));
                    let mut event = event.ok_or(NotACalendar::Misplaced(number))?;
                    event.torn = true;
                    event.components.push(done);
                    done = event;
                }
                match open.last_mut() {
                    Some(outer) => {
                        outer.may_be_private |= done.may_be_private && !outer.is("VCALENDAR");
                        outer.components.push(done);
                    }
                    None => calendars.push(done),
                }
                in_text = false;
                continue;
            }
            _ => {}
        }
        let Some(component) = open.last_mut() else {
            return Err(NotACalendar::Between(number));
        };
        let behind = line.get(name.len()..).unwrap_or_default();
        component.swallowed.extend(swallowed::properties(behind));
        if swallowed::holds_event(behind) {
            // A text of an event may quote a calendar.
            if component.is("VCALENDAR") {
                return Err(NotACalendar::Swallowed(number));
            }
            component.lost.push(Lost {
                line: number,
                name: "",
            });
        }
        component.may_be_private |= match &read {
            Some(property) => privacy::hints(property, line),
            None => privacy::may_be_class(name, line, in_text),
        };
        match read {
            Some(property) => {
                in_text = privacy::is_of_no_use(property.name);
                // Meetings of a recurrence rule may be missing, so there is a warning.
                if privacy::holds_rule(&property, line) {
                    component.lost.push(Lost { line: number, name });
                }
                if privacy::is_run_together(name) {
                    component.may_be_private = true;
                    component.lost.push(Lost { line: number, name });
                }
                component.properties.push(property);
            }
            None => {
                in_text |= privacy::is_of_no_use(name);
                component.lost.push(Lost { line: number, name });
            }
        }
    }
    if open.is_empty() {
        Ok(calendars)
    } else {
        Err(NotACalendar::Truncated)
    }
}

/// A component's name without invisible characters, and without those that do not belong in a name: `VEVENT;`.
fn clean(name: &str) -> Cow<'_, str> {
    let stays = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.chars().all(stays) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.chars().filter(|c| stays(*c)).collect())
    }
}

/// Closes the components that are open from there on, marked as unfinished; the outer ones go on.
fn close(open: &mut Vec<Component<'_>>, at: usize) {
    while open.len() > at {
        let Some(mut inner) = open.pop() else { return };
        inner.torn = true;
        if let Some(outer) = open.last_mut() {
            outer.components.push(inner);
        }
    }
}

fn begins_and_ends(lines: &Lines) -> Result<(), NotACalendar> {
    let (_, first) = lines.iter().next().ok_or(NotACalendar::Empty)?;
    let is = |line: &str, name: &str| {
        let found = Property::read(line.trim());
        found.is_some_and(|found| found.is(name) && found.value.trim().eq_ignore_ascii_case("VCALENDAR"))
    };
    if !is(first, "BEGIN") {
        return Err(if first.trim_start().starts_with('<') {
            NotACalendar::WebPage
        } else {
            NotACalendar::SomethingElse
        });
    }
    match lines.last() {
        Some(last) if is(last, "END") => Ok(()),
        _ => Err(NotACalendar::Truncated),
    }
}
