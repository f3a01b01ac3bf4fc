//! What a feed's refusal means for its room. The address of a feed is often its only key: of it, nothing but the origin
//! is ever said.

use crate::calendar::NotACalendar;
use crate::retry;
use crate::schedule::BrokenFeed;
use crate::settings::origin;
use crate::world::{FetchError, Outcome, Reason, Response};

/// The outcome of an answer that holds no calendar; none when it may hold one.
pub(crate) fn of_answer(name: &str, url: &str, answer: &Response) -> Option<Outcome> {
    let status = answer.status;
    let origin = origin(url);
    let reason = |message: String, advice: &str| Reason {
        message,
        advice: Some(advice.to_owned()),
        code: Some(format!("HTTP {status}")),
    };
    Some(match status {
        200 => return None,
        401 | 403 => Outcome::Denied(reason(
            format!("{name}: {origin} refuses it"),
            "Publish the calendar again and set the new address as url, or set the credential \"feed\" when the server \
             asks for a bearer.",
        )),
        404 | 410 => Outcome::Missing(reason(
            format!("{name}: {origin} does not have it"),
            "Publish the calendar again, and set the new address as url.",
        )),
        429 | 503 => Outcome::RetryAfter(retry::seconds(
            answer.header("retry-after"),
            answer.header("date"),
        )),
        300..=399 => {
            let to = answer
                .header("location")
                .map(crate::settings::origin)
                .filter(|to| to.contains("://"));
            Outcome::Failed(reason(
                format!("{name}: {origin} sends on to {}", to.unwrap_or("another address")),
                "Set the final address as url, and grant its origin.",
            ))
        }
        _ => Outcome::Failed(reason(
            format!("{name}: {origin} answers with status {status}"),
            "Open the address in a browser: it must download a calendar.",
        )),
    })
}

/// Why there was no answer.
pub(crate) fn of_fetch(name: &str, error: &FetchError) -> Reason {
    let advice = match error {
        // The collector's own words end with the line that would grant it.
        FetchError::Refused(_) => None,
        FetchError::TooMuch(_) => Some("Publish a shorter span of the calendar."),
        FetchError::Broken(_) => Some("Check that the collector's machine reaches the server."),
        FetchError::Bearer(_) => {
            Some("Correct feed in [source.credentials], or remove it when the feeds need none.")
        }
    };
    Reason {
        message: format!("{name}: {error}"),
        advice: advice.map(str::to_owned),
        code: None,
    }
}

/// Why an answer is no calendar.
pub(crate) fn of_text(name: &str, error: &NotACalendar) -> Reason {
    Reason {
        message: format!("{name}: {error}"),
        advice: Some(
            "Open the address in a browser: it must download a calendar (a file of type .ics).".to_owned(),
        ),
        code: None,
    }
}

/// Why a calendar was not understood.
pub(crate) fn of_feed(name: &str, error: &BrokenFeed) -> Reason {
    use crate::event::BrokenEvent;
    let advice = match error {
        BrokenFeed::Event {
            cause: BrokenEvent::NoZone,
            ..
        } => "Set time-zone to where the rooms are, for example time-zone = \"Europe/Berlin\".",
        _ => {
            "Nothing of the room is collected, since a meeting that is left out would look like a free room. Correct the event \
              in its calendar."
        }
    };
    Reason {
        message: format!("{name}: {error}"),
        advice: Some(advice.to_owned()),
        code: None,
    }
}
