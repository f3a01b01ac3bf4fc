//! The query options of call records: which records are listed, and what is shown with them.
//! Source: "List callRecords", "Get callRecord", Microsoft Graph.

use chrono::{DateTime, Utc};

use crate::answer::{Answer, GraphAnswer as _};
use crate::call_record::Shown;
use crate::request::Request;

/// The properties of a record that `$select` may name.
const PROPERTIES: [&str; 9] = [
    "id",
    "version",
    "type",
    "modalities",
    "lastModifiedDateTime",
    "startDateTime",
    "endDateTime",
    "joinWebUrl",
    "organizer_v2",
];

fn bad(message: &str) -> Answer {
    Answer::error(400, "BadRequest", message)
}

/// Refuses the options that call records do not know, besides those in `known`. `$skip` and `$skiptoken` are parts of our
/// links.
pub(crate) fn check_options(request: &Request, known: &[&str]) -> Result<(), Answer> {
    let names = request.query.iter().map(|(name, _)| name);
    let mut unknown = names.filter(|name| {
        let is = |known: &&str| known.eq_ignore_ascii_case(name);
        name.starts_with('$') && !known.iter().chain(&["$skip", "$skiptoken"]).any(is)
    });
    unknown.next().map_or(Ok(()), |name| {
        Err(bad(&format!(
            "Query option '{name}' is not allowed. To allow it, set the 'AllowedQueryOptions' property on EnableQueryAttribute or QueryValidationSettings."
        )))
    })
}

/// Refuses a `$select` of properties that a record does not have.
pub(crate) fn check_select(request: &Request) -> Result<(), Answer> {
    let names = request.select().unwrap_or_default();
    let mut unknown = names.into_iter().filter(|name| {
        let is = |known: &&str| known.eq_ignore_ascii_case(name);
        !PROPERTIES.iter().any(is)
    });
    unknown.next().map_or(Ok(()), |name| {
        Err(bad(&format!(
            "Could not find a property named '{name}' on type 'microsoft.graph.callRecords.callRecord'."
        )))
    })
}

/// What is shown with a record, or with its sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expand {
    pub(crate) sessions: bool,
    pub(crate) segments: bool,
    pub(crate) participants: bool,
}

impl Expand {
    /// Reads `$expand` of a record.
    pub(crate) fn of_record(request: &Request) -> Result<Self, Answer> {
        let mut found = Self::default();
        for item in items(request) {
            match item.to_lowercase().as_str() {
                "sessions" => found.sessions = true,
                "sessions($expand=segments)" => (found.sessions, found.segments) = (true, true),
                "participants_v2" => found.participants = true,
                _ => return Err(not_expanded(item, "callRecord")),
            }
        }
        Ok(found)
    }

    /// Reads `$expand` of the sessions of a record.
    pub(crate) fn of_sessions(request: &Request) -> Result<Self, Answer> {
        let mut found = Self::default();
        for item in items(request) {
            if !item.eq_ignore_ascii_case("segments") {
                return Err(not_expanded(item, "session"));
            }
            found.segments = true;
        }
        Ok(found)
    }
}

fn items(request: &Request) -> impl Iterator<Item = &str> {
    let text = request.parameter("$expand").unwrap_or_default();
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn not_expanded(item: &str, of: &str) -> Answer {
    bad(&format!(
        "Could not find a property named '{item}' on type 'microsoft.graph.callRecords.{of}'."
    ))
}

/// The supported filters: `startDateTime` compared with instants, and the id of a participant, joined by `and`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter(Vec<Clause>);

#[derive(Debug, PartialEq, Eq)]
enum Clause {
    /// Whether the start compared with the instant may be less, equal, greater.
    Start([bool; 3], DateTime<Utc>),
    Participant(String),
}

impl Filter {
    /// Reads `$filter`.
    pub(crate) fn of(request: &Request) -> Result<Self, Answer> {
        let Some(text) = request.parameter("$filter") else {
            return Ok(Self::default());
        };
        // No supported clause can contain the word as such: ids are GUIDs or numbers.
        let clauses = text.split(" and ").map(str::trim).map(Clause::read);
        let clauses: Option<Vec<Clause>> = clauses.collect();
        clauses.map(Self).ok_or_else(|| {
            bad("The query specified in the URI is not valid. Only startDateTime (lt, le, gt, ge) and participants_v2/any(p:p/id eq '{id}') can be filtered.")
        })
    }

    pub(crate) fn fits(&self, shown: &Shown<'_>) -> bool {
        self.0.iter().all(|clause| match clause {
            Clause::Start([less, equal, greater], at) => match shown.record.start.cmp(at) {
                std::cmp::Ordering::Less => *less,
                std::cmp::Ordering::Equal => *equal,
                std::cmp::Ordering::Greater => *greater,
            },
            // Ids of the directory are in lower case here, and texts are compared as they stand.
            Clause::Participant(id) => shown.record.everybody().any(|party| party.id == *id),
        })
    }
}

impl Clause {
    fn read(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("participants_v2/any(") {
            let (variable, rest) = rest.strip_suffix(')')?.split_once(':')?;
            let path = format!("{}/id", variable.trim());
            let (operator, literal) = rest.trim().strip_prefix(&path)?.trim().split_once(' ')?;
            let id = literal.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            return (operator == "eq" && !id.contains('\'')).then(|| Self::Participant(id.to_owned()));
        }
        let mut words = text.split_whitespace();
        let (name, operator, literal) = (words.next()?, words.next()?, words.next()?);
        let may_be = match operator {
            "lt" => [true, false, false],
            "le" => [true, true, false],
            "ge" => [false, true, true],
            "gt" => [false, false, true],
            _ => return None,
        };
        let at = DateTime::parse_from_rfc3339(literal).ok()?;
        (name == "startDateTime" && words.next().is_none()).then(|| Self::Start(may_be, at.to_utc()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Option<usize> {
        let target = format!("/communications/callRecords?$filter={text}");
        let read = Filter::of(&Request::new("GET", &target, Vec::new()));
        read.ok().map(|filter| filter.0.len())
    }

    #[test]
    fn starts_and_one_participant_can_be_filtered() {
        let (from, to) = (
            "startDateTime ge 2026-03-10T10:00:00Z",
            "startDateTime lt 2026-03-11",
        );
        assert_eq!(filter(from), Some(1));
        assert_eq!(filter(&format!("{from} and {to}T00:00:00Z")), Some(2));
        let participant = "participants_v2/any(p:p/id eq 'a-1')";
        assert_eq!(filter(participant), Some(1));
        assert_eq!(filter("participants_v2/any(x: x/id eq 'a-1')"), Some(1));
        assert_eq!(filter(&format!("{from} and {participant}")), Some(2));
    }

    #[test]
    fn nothing_else_can_be_filtered() {
        for text in [
            "",
            "endDateTime ge 2026-03-10T10:00:00Z",
            "startDateTime eq 2026-03-10T10:00:00Z",
            "startDateTime ge '2026-03-10T10:00:00Z'",
            "startDateTime ge 2026-03-10",
            "startDateTime ge 2026-03-10T10:00:00+01:00",
            "startDateTime ge 2026-03-10T10:00:00Z or version eq 1",
            "participants_v2/any(p:p/id ne 'a')",
            "participants_v2/any(p:q/id eq 'a')",
            "participants_v2/any(p:p/name eq 'a')",
            "participants/any(p:p/id eq 'a')",
            "organizer_v2/id eq 'a'",
        ] {
            assert_eq!(filter(text), None, "{text}");
        }
    }
}
