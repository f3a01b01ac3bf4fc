//! A request as the routes see it, from the wire or from inside a batch.

use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::answer::{Answer, GraphAnswer as _};
use crate::fault::Fault;
use crate::zone::zone;

/// Characters that an address keeps.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Encodes text for an address, or for an `@odata.context`.
pub(crate) fn encoded(key: &str) -> String {
    utf8_percent_encode(key, KEPT).to_string()
}

/// A request with its address parsed and decoded.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query as received, from the root of the version: `/users/a@x/calendarView?$top=5`.
    pub(crate) target: String,
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Empty for requests inside a batch: those with a body are refused.
    pub(crate) body: Bytes,
    /// The fault that affects it.
    pub(crate) fault: Option<Fault>,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str, headers: Vec<(String, String)>) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // `users('id')` is the other way to write `users/id`.
        let path = sim::path(path)
            .flat_map(
                |part| match part.strip_suffix("')").and_then(|rest| rest.split_once("('")) {
                    Some((set, key)) => vec![set.to_owned(), key.to_owned()],
                    None => vec![part],
                },
            )
            .collect();
        Self {
            method: method.to_ascii_uppercase(),
            target: target.to_owned(),
            path,
            query: sim::query(query),
            headers,
            body: Bytes::new(),
            fault: None,
        }
    }

    /// The form in its body, whose fields are read like a query.
    pub(crate) fn form(&self) -> Self {
        let text = String::from_utf8_lossy(&self.body);
        Self::new("POST", &format!("/?{text}"), Vec::new())
    }

    /// The value of a query parameter, whatever the case of its name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// A parameter that must be a whole number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, Answer> {
        let Some(text) = self.parameter(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            Answer::error(
                400,
                "BadRequest",
                &format!("Invalid value '{text}' for {name} query option found. The {name} query option requires a non-negative integer value."),
            )
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// The names of `$select`; `None` for everything.
    pub(crate) fn select(&self) -> Option<Vec<&str>> {
        let names = self.parameter("$select")?;
        Some(
            names
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .collect(),
        )
    }

    /// The properties of an item that `$select` names.
    pub(crate) fn selected(&self, item: &Value) -> Value {
        let (Some(names), Value::Object(fields)) = (self.select(), item) else {
            return item.clone();
        };
        let wanted = fields
            .iter()
            .filter(|(field, _)| names.iter().any(|name| name.eq_ignore_ascii_case(field)));
        Value::Object(
            wanted
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    /// Fails if a fault refuses a page of this many items. The client requested `asked`, or by default gets `size`.
    pub(crate) fn check_page(&self, asked: Option<usize>, size: usize, items: usize) -> Result<(), Answer> {
        let refusal = self
            .fault
            .as_ref()
            .and_then(|fault| fault.refuses_page(asked, size, items));
        refusal.map_or(Ok(()), Err)
    }

    /// The same address with other paging, for a nextLink.
    pub(crate) fn target_with_skip(&self, skip: usize) -> String {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let mut pairs: Vec<&str> = query
            .split('&')
            .filter(|pair| {
                let name = pair.split('=').next().unwrap_or_default();
                !pair.is_empty()
                    && !name.eq_ignore_ascii_case("$skip")
                    && !name.eq_ignore_ascii_case("%24skip")
            })
            .collect();
        let skip = format!("$skip={skip}");
        pairs.push(&skip);
        format!("{path}?{}", pairs.join("&"))
    }
}

/// The client's preferences, from one or several `Prefer` headers.
/// Source: "Get event" and "Get immutable identifiers for Outlook resources", Microsoft Graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preferences {
    /// The zone, with the client's name for it.
    pub(crate) zone: Option<(String, chrono_tz::Tz)>,
    pub(crate) page_size: Option<usize>,
    pub(crate) immutable_ids: bool,
    /// The value of `Preference-Applied`.
    applied: String,
}

impl Preferences {
    pub(crate) fn of(request: &Request) -> Result<Self, Answer> {
        let mut found = Self::default();
        let mut applied: Vec<String> = Vec::new();
        let lines = request.headers.iter().filter(|(name, _)| name == "prefer");
        for item in lines.flat_map(|(_, line)| split_outside_quotes(line)) {
            let (name, value) = item.split_once('=').unwrap_or((&item, ""));
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"'));
            match name.as_str() {
                "outlook.timezone" => {
                    let Some(tz) = zone(value) else {
                        return Err(Answer::error(
                            400,
                            "TimeZoneNotSupportedException",
                            &format!(
                                "A valid TimeZone value must be specified. The following TimeZone value is not supported: '{value}'."
                            ),
                        ));
                    };
                    found.zone = Some((value.to_owned(), tz));
                }
                "odata.maxpagesize" => match value.parse::<usize>() {
                    Ok(size) if size > 0 => found.page_size = Some(size),
                    _ => continue,
                },
                "idtype" if value.eq_ignore_ascii_case("ImmutableId") => found.immutable_ids = true,
                "outlook.body-content-type" => {}
                _ => continue,
            }
            applied.push(item.trim().to_owned());
        }
        found.applied = applied.join(", ");
        Ok(found)
    }

    /// Adds `Preference-Applied` to an answer.
    pub(crate) fn told_in(&self, answer: Answer) -> Answer {
        if self.applied.is_empty() {
            answer
        } else {
            answer.header("preference-applied", self.applied.as_str())
        }
    }
}

fn split_outside_quotes(line: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = items.last_mut() {
            last.push(letter);
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_come_in_one_line_or_in_several() {
        let several = vec![
            (
                "prefer".to_owned(),
                "outlook.timezone=\"W. Europe Standard Time\", odata.maxpagesize=7".to_owned(),
            ),
            ("prefer".to_owned(), "IdType=\"ImmutableId\"".to_owned()),
        ];
        let found = Preferences::of(&Request::new("GET", "/users", several))
            .ok()
            .unwrap();
        assert_eq!(found.zone.map(|z| z.1), Some(chrono_tz::Tz::Europe__Berlin));
        assert_eq!((found.page_size, found.immutable_ids), (Some(7), true));
    }

    #[test]
    fn an_address_is_decoded_and_its_key_form_understood() {
        let request = Request::new(
            "GET",
            "/users('a%40x.com')/calendarView?%24top=5&b=1+2",
            Vec::new(),
        );
        assert_eq!(request.path, ["users", "a@x.com", "calendarView"]);
        assert_eq!(request.number("$top").ok().unwrap(), Some(5));
        assert_eq!(request.parameter("B"), Some("1 2"));
        assert_eq!(
            request.target_with_skip(5),
            "/users('a%40x.com')/calendarView?%24top=5&b=1+2&$skip=5"
        );
    }
}
