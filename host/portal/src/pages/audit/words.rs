//! What the actions of the audit log are called on its page, and where what they were done to is shown.

use chrono::DateTime;
use maud::{Markup, html};

use crate::pages::elements::{foreign, instant, segment, short_name};

/// The actions with their names, in the order of the filter.
pub(super) const ACTIONS: [(&str, &str); 43] = [
    ("subjects-viewed", "Viewed subjects"),
    ("signed-in", "Signed in"),
    ("signed-out", "Signed out"),
    ("sign-in-refused", "Sign-in refused"),
    ("account-added", "Account added"),
    ("account-removed", "Account removed"),
    ("password-changed", "Password changed"),
    ("role-changed", "Role changed"),
    ("api-token-made", "API token made"),
    ("api-token-revoked", "API token revoked"),
    ("draft-begun", "Draft begun"),
    ("draft-discarded", "Draft discarded"),
    ("authorization-begun", "Sent to the consent page"),
    ("authorized", "Consent given"),
    ("authorized-unproven", "Consent given, not proved"),
    ("authorization-refused", "Consent refused"),
    ("authorization-disbelieved", "Answer of a consent page ignored"),
    ("validation-begun", "Validation started"),
    ("source-added", "Source added"),
    ("source-changed", "Source changed"),
    ("source-paused", "Source paused"),
    ("source-resumed", "Source resumed"),
    ("source-removed", "Source removed"),
    ("pass-requested", "Collected now"),
    ("source-purged", "Collected data purged"),
    ("subjects-purged", "Subjects purged"),
    ("viewing-enabled", "Viewing of subjects enabled"),
    ("viewing-disabled", "Viewing of subjects disabled"),
    ("secret-stored", "Secret stored"),
    ("secret-removed", "Secret removed"),
    ("secrets-reset", "Secrets reset"),
    ("space-joined", "Space joined to a room"),
    ("space-separated", "Space separated from a room"),
    ("connector-approved", "Connector approved"),
    ("sink-added", "Sink added"),
    ("sink-changed", "Sink changed"),
    ("sink-removed", "Sink removed"),
    ("sink-tried", "Sink tried"),
    ("sink-retried", "Sink retried"),
    ("sink-skipped", "Changes of a sink skipped"),
    ("sink-refilled", "Sink refilled"),
    ("retention-allowed", "Deletion of old meetings allowed"),
    ("usage-imported", "Usage records imported"),
];

/// An action by its name. One without a name is written as words.
pub(super) fn action(code: &str) -> String {
    let named = ACTIONS.iter().find(|(known, _)| *known == code);
    named.map_or_else(|| code.replace('-', " "), |(_, name)| (*name).to_owned())
}

/// What something was done to, with a link to its page.
pub(super) fn subject(action: &str, subject: &str) -> Markup {
    let is_source = matches!(
        action,
        "source-added"
            | "source-changed"
            | "source-paused"
            | "source-resumed"
            | "pass-requested"
            | "viewing-enabled"
            | "viewing-disabled"
    );
    html! {
        @if subject.is_empty() {} @else if is_source { a href={ "/sources/" (segment(subject)) } { (short_name(subject)) } } @else { (short_name(subject)) }
    }
}

/// The detail of an entry. Instants in it are shown in the reader's zone.
pub(super) fn detail(text: &str) -> Markup {
    // Nothing of nothing: narrow pages leave out cells that are empty.
    let words: Vec<&str> = if text.is_empty() {
        Vec::new()
    } else {
        text.split(' ').collect()
    };
    let time = |word: &str| {
        DateTime::parse_from_rfc3339(word)
            .ok()
            .map(|time| time.timestamp())
    };
    html! {
        @for (index, run) in words.chunk_by(|one, other| time(one).is_none() && time(other).is_none()).enumerate() {
            @if index > 0 { " " }
            @match run.first().and_then(|word| time(word)) {
                Some(at) => (instant(at)),
                None => (foreign(&run.join(" "))),
            }
        }
    }
}
