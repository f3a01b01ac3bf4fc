//! What a feed's refusal means for its room. The address of a feed is often its only key: of it, nothing but the origin
//! is ever said.

use crate::calendar::NotACalendar;
use crate::series::BrokenFeed;
use crate::settings::origin;
use connector_sdk::{FetchError, Outcome, Reason, Response, SecretError};

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
        401 => Outcome::Denied(reason(
            format!("{name}: {origin} refuses it"),
            if asks_for_password(answer) {
                "The server asks for a user name and a password: set feed = { user = \"…\", env = \"…\" } in [source.credentials] \
                 (or file, keyring, stored, where the password is), or publish the calendar at an address that needs none."
            } else {
                "Set feed in [source.credentials], a bearer or a user name with a password, when the server asks for that; or \
                 publish the calendar again and set the new address as url."
            },
        )),
        403 => Outcome::Denied(reason(
            format!("{name}: {origin} refuses it"),
            "Some servers answer only to programs that they know: set user-agent to that of a browser (Mozilla/5.0). Else \
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

/// Whether the server would take HTTP Basic authentication (RFC 7617).
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
        // The collector's own words end with the line that would grant it.
        FetchError::RequestInvalid(_)
        | FetchError::RequestDenied(_)
        | FetchError::DestinationProhibited(_) => None,
        FetchError::HeaderSize(_) | FetchError::BodySize(_) | FetchError::BudgetExhausted(_) => {
            Some("Publish a shorter span of the calendar.")
        }
        FetchError::Bearer(_) => {
            Some("Correct feed in [source.credentials], or remove it when the feeds need none.")
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

/// Why an answer is no calendar.
pub(crate) fn of_text(name: &str, error: &NotACalendar) -> Reason {
    let advice = match error {
        NotACalendar::TooDeep
        | NotACalendar::Misplaced(_)
        | NotACalendar::Between(_)
        | NotACalendar::Within(_)
        | NotACalendar::Swallowed(_) => {
            "Nobody can tell which lines belong together. Have the calendar published anew, or tell who runs its server."
        }
        NotACalendar::Truncated => {
            "It broke off on its way, or its server did not write it to the end: the next pass tries again."
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

/// Why a calendar was not understood.
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
            "Tell in the setting zones what it stands for, for example zones = {{ {zone:?} = \"Europe/Berlin\" }}."
        ),
        (BrokenFeed::FreeBusy, _) => "Publish the calendar with its events, not only when it is free or busy.".to_owned(),
        (BrokenFeed::Dense, _) => "Look whether its rules say what was meant; or make the source's window shorter.".to_owned(),
        _ => "Nothing of the room is collected, since a meeting that is left out would look like a free room. Correct the \
              event in its calendar."
            .to_owned(),
    };
    Reason {
        message: format!("{name}: {error}"),
        advice: Some(advice),
        code: None,
    }
}
