//! What a feed's refusal means for its room. The address of a feed is often its only key: messages contain nothing of it but the
//! origin.

use crate::calendar::NotACalendar;
use crate::series::BrokenFeed;
use connector_sdk::address;
use connector_sdk::{FetchError, Outcome, Reason, Response, SecretError};

/// The outcome of an answer without a calendar; none if the answer may contain one.
pub(crate) fn of_answer(name: &str, url: &str, answer: &Response) -> Option<Outcome> {
    let status = answer.status;
    let origin = address::origin(url);
    let reason = |message: String, advice: &str| Reason {
        message,
        advice: Some(advice.to_owned()),
        code: Some(format!("HTTP {status}")),
    };
    Some(match status {
        200 => return None,
        401 => Outcome::Denied(reason(
            format!("{name}: {origin} refuses it"),
            if asks_for_password(answer) {
                "The server asks for a user name and a password: set feed = { user = \"…\", env = \"…\" } in [source.credentials] \
                 (or file, keyring or stored instead of env), or publish the calendar at an address that needs none."
            } else {
                "If the server asks for it, set feed in [source.credentials] to a bearer token, or to a user name with a \
                 password. Otherwise publish the calendar again and set the new address as url."
            },
        )),
        403 => Outcome::Denied(reason(
            format!("{name}: {origin} refuses it"),
            "Some servers answer only programs that they know: set user-agent to a browser's (Mozilla/5.0). Otherwise \
             publish the calendar again and set the new address as url, or set feed in [source.credentials].",
        )),
        404 | 410 => Outcome::Missing(reason(
            format!("{name}: {origin} does not have it"),
            "Publish the calendar again, and set the new address as url.",
        )),
        429 | 503 => Outcome::RetryAfter(answer.retry_after()),
        300..=399 => {
            let to = answer
                .header("location")
                .map(address::origin)
                .filter(|to| to.contains("://"));
            Outcome::Failed(reason(
                format!(
                    "{name}: {origin} redirects to {}",
                    to.unwrap_or("another address")
                ),
                "Set the final address as url, and grant its origin.",
            ))
        }
        _ => Outcome::Failed(reason(
            format!("{name}: {origin} answers with status {status}"),
            "Open the address in a browser: it must download a calendar.",
        )),
    })
}

/// Whether the server offers HTTP Basic authentication (RFC 7617).
fn asks_for_password(answer: &Response) -> bool {
    answer
        .headers
        .iter()
        .filter(|(name, _)| name == "www-authenticate")
        .flat_map(|(_, challenges)| challenges.split(','))
        .filter_map(|challenge| challenge.split_whitespace().next())
        .any(|scheme| scheme.eq_ignore_ascii_case("Basic"))
}

/// Why there was no answer.
pub(crate) fn of_fetch(name: &str, error: &FetchError) -> Reason {
    let advice = match error {
        // The collector's own text ends with the line that would grant it.
        FetchError::RequestInvalid(_)
        | FetchError::RequestDenied(_)
        | FetchError::DestinationProhibited(_) => None,
        FetchError::HeaderSize(_) | FetchError::BodySize(_) | FetchError::BudgetExhausted(_) => {
            Some("Publish a shorter span of the calendar.")
        }
        FetchError::Bearer(_) => {
            Some("Correct feed in [source.credentials], or remove it if the feeds need none.")
        }
        _ => Some("Check that the collector's machine reaches the server."),
    };
    let said = match error {
        FetchError::Bearer(SecretError::Authorization(failure)) => {
            format!("the credential \"feed\": refused with {}", failure.error)
        }
        FetchError::Bearer(_) => format!("the credential \"feed\": {}", error.text()),
        _ => error.text().to_owned(),
    };
    Reason {
        message: format!("{name}: {said}"),
        advice: advice.map(str::to_owned),
        code: None,
    }
}

/// Why an answer is not a calendar.
pub(crate) fn of_text(name: &str, error: &NotACalendar) -> Reason {
    let advice = match error {
        NotACalendar::TooDeep
        | NotACalendar::Misplaced(_)
        | NotACalendar::Between(_)
        | NotACalendar::Within(_)
        | NotACalendar::Swallowed(_) => {
            "It is unclear which lines belong together. Publish the calendar again, or tell the operator of its server."
        }
        NotACalendar::Truncated => {
            "The download broke off, or the server did not write the calendar to its end. The next pass tries again."
        }
        NotACalendar::WebPage | NotACalendar::Empty | NotACalendar::SomethingElse => {
            "Open the address in a browser: it must download a calendar (a file of type .ics)."
        }
    };
    Reason {
        message: format!("{name}: {error}"),
        advice: Some(advice.to_owned()),
        code: None,
    }
}

/// Why a calendar could not be understood.
pub(crate) fn of_feed(name: &str, error: &BrokenFeed) -> Reason {
    use crate::event::BrokenEvent;
    let cause = match error {
        BrokenFeed::Event { cause, .. } => Some(cause),
        BrokenFeed::Twice(_) | BrokenFeed::FreeBusy | BrokenFeed::Dense => None,
    };
    let advice = match (error, cause) {
        (_, Some(BrokenEvent::NoZone)) => {
            "Set time-zone to where the rooms are, for example time-zone = \"Europe/Berlin\".".to_owned()
        }
        (_, Some(BrokenEvent::UnknownZone(zone))) => format!(
            "Map the name to a time zone in the setting zones, for example zones = {{ {zone:?} = \"Europe/Berlin\" }}."
        ),
        (BrokenFeed::FreeBusy, _) => "Publish the calendar with its events, not only its free and busy times.".to_owned(),
        (BrokenFeed::Dense, _) => "Check that its recurrence rules are as intended, or shorten the source's window.".to_owned(),
        _ => "The room is not collected, because a missing meeting would make it look free. Correct the event in its \
              calendar."
            .to_owned(),
    };
    Reason {
        message: format!("{name}: {error}"),
        advice: Some(advice),
        code: None,
    }
}
