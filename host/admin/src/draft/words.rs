//! Problems in the words of a form. The configuration's own name keys, and show what to write into the file; a form has labels, and one enters
//! values.

use collector_model::form::{Field, FieldKind, Form, Problem, REFRESH_TOKEN, cell_of};

/// The keys of a source, beside its settings, that examples name.
const KEYS: [&str; 3] = ["name", "every", "client-id"];
/// The ways in which the configuration refers to a secret, and what they are called elsewhere. A secret that was typed into a form is stored.
const REFERENCES: [(&str, &str); 4] = [
    ("stored", ""),
    ("env", "the environment variable "),
    ("file", "the file "),
    ("keyring", "the keyring's secret "),
];

/// A text about keys of the configuration in the words of the form: `url` is called *Address* there, and of `url = "https://…"`, an example of a
/// line, one enters the value.
pub fn in_words(form: &Form, text: &str) -> String {
    let text = form.fields.iter().fold(text.to_owned(), |text, field| {
        text.replace(&format!("`{}`", field.key), &format!("“{}”", field.title))
    });
    let columns = form.fields.iter().flat_map(|field| match &field.kind {
        FieldKind::Rows(columns) => columns.as_slice(),
        _ => &[],
    });
    let keys = form.fields.iter().chain(columns).map(|field| field.key.as_str());
    keys.chain(KEYS).fold(text, |text, key| without_key(&text, key))
}

/// What a check or a pass says, in the words of forms: it is written for whoever edits the configuration.
pub fn of_check(text: &str) -> String {
    text.replace(" to http in [source.grants]", " to “Allowed origins”")
        .replace("client-id", "client ID")
}

/// A problem of a source that is being set up, at a field of its form and in the form's words.
pub fn of_source(form: &Form, problem: Problem) -> Problem {
    let Problem { key, problem, remedy } = at_lacking(within_field(form, problem));
    let is_secret = matches!(
        key.as_str(),
        "client-secret" | "certificate" | "certificate-password"
    ) || key.starts_with("secrets.");
    let (problem, remedy) = match key.as_str() {
        "client-id" if problem.ends_with("is missing") => (
            "it is missing".to_owned(),
            "enter the application (client) ID of the registration".to_owned(),
        ),
        "client-secret" if problem.starts_with("no credential") && form.refreshes() => {
            ("it is missing".to_owned(), "enter it here".to_owned())
        }
        "client-secret" if problem.starts_with("no credential") => (
            "there is neither a client secret nor a certificate".to_owned(),
            "enter one of the two".to_owned(),
        ),
        "certificate" if remedy.contains("certificate-password") => (
            problem,
            "enter its password under “Certificate password”".to_owned(),
        ),
        _ if is_secret && remedy.contains("{ ") => (problem, "enter it here".to_owned()),
        // The program reads one window; the form has a field for each of its ends.
        "ahead" if problem == "it is empty" => (
            "the window is empty".to_owned(),
            "let it reach back or ahead, for example 1d and 14d".to_owned(),
        ),
        "every" | "back" | "ahead" | "grants" => (problem, remedy.replace('"', "")),
        _ => (problem, remedy),
    };
    Problem {
        key,
        problem: in_words(form, &without_references(problem)),
        remedy: in_words(form, &remedy),
    }
}

/// What a refresh token needs beside it, at the field of that.
fn at_lacking(problem: Problem) -> Problem {
    let of_token = problem.key.strip_prefix("secrets.") == Some(REFRESH_TOKEN);
    match problem.problem.strip_prefix("it needs ") {
        Some(lacking) if of_token => Problem {
            key: lacking.to_owned(),
            problem: "it is missing".to_owned(),
            ..problem
        },
        _ => problem,
    }
}

/// What is wrong inside of a list or table, which is one field of the form, at that field.
fn within_field(form: &Form, problem: Problem) -> Problem {
    let is_inside = |field: &&Field| {
        let rest = problem
            .key
            .strip_prefix("settings.")
            .and_then(|key| key.strip_prefix(&field.key));
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    let is_cell = |field: &Field| match (&field.kind, cell_of(&problem.key)) {
        (FieldKind::Rows(columns), Some((_, _, column))) => columns.iter().any(|known| known.key == column),
        _ => false,
    };
    let own = form
        .fields
        .iter()
        .any(|field| problem.key == format!("settings.{}", field.key));
    match form.fields.iter().find(is_inside) {
        Some(field) if !own && !is_cell(field) => {
            let key = format!("settings.{}", field.key);
            let inside = problem.key.get(key.len() + 1..).unwrap_or_default();
            Problem {
                problem: format!("{inside}: {}", problem.problem),
                key,
                ..problem
            }
        }
        _ => problem,
    }
}

/// A text in which examples of lines for this key are only their values.
fn without_key(text: &str, key: &str) -> String {
    let begin = format!("{key} = \"");
    let (mut shown, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(&begin) {
        let Some((value, after)) = after.split_once('"') else {
            break;
        };
        shown.push_str(before);
        // The end of a longer key is another key.
        if before.ends_with(|last: char| last == '-' || last == '_' || last.is_alphanumeric()) {
            shown.push_str(&format!("{begin}{value}\""));
        } else {
            shown.push_str(value);
        }
        rest = after;
    }
    shown + rest
}

/// A text in which a reference to a secret is what it refers to, and a stored secret is "it".
fn without_references(text: String) -> String {
    REFERENCES.iter().fold(text, |text, (kind, words)| {
        let Some((before, after)) = text.split_once(&format!("{{ {kind} = \"")) else {
            return text;
        };
        match after.split_once("\" }") {
            Some((_, after)) if words.is_empty() => format!("{before}it{after}"),
            Some((name, after)) => format!("{before}{words}{name}{after}"),
            None => text,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let field = |key: &str, title: &str, kind| Field {
            key: key.into(),
            title: title.into(),
            help: String::new(),
            kind,
            required: false,
            advanced: false,
            default: None,
            examples: Vec::new(),
            max_length: None,
        };
        Form {
            connector: "ics".into(),
            title: String::new(),
            description: String::new(),
            fields: vec![
                field("time-zone", "Time zone", FieldKind::Text),
                field("zone", "Zone", FieldKind::Text),
                field("zones", "Zones", FieldKind::Json),
                field(
                    "feeds",
                    "Feeds",
                    FieldKind::Rows(vec![field("room", "Room", FieldKind::Text)]),
                ),
            ],
            signs_in: true,
            consents: true,
            secrets: Vec::new(),
        }
    }

    fn said(key: &str, problem: &str, remedy: &str) -> (String, String, String) {
        let problem = Problem {
            key: key.into(),
            problem: problem.into(),
            remedy: remedy.into(),
        };
        let shown = of_source(&form(), problem);
        (shown.key, shown.problem, shown.remedy)
    }

    fn shown(key: &str, problem: &str, remedy: &str) -> (String, String, String) {
        (key.into(), problem.into(), remedy.into())
    }

    #[test]
    fn a_check_speaks_of_what_a_form_has() {
        let told = "https://a.example is not granted to this source; add \"https://a.example\" to http in [source.grants]. Check tenant and client-id.";
        assert_eq!(
            of_check(told),
            "https://a.example is not granted to this source; add \"https://a.example\" to “Allowed origins”. Check tenant and client ID."
        );
    }

    #[test]
    fn an_example_of_a_line_is_only_what_to_enter() {
        let zone = "Give an IANA name, for example time-zone = \"Europe/Berlin\".";
        assert_eq!(
            said("settings.time-zone", "\"x\" is no zone; see `zones`", zone),
            shown(
                "settings.time-zone",
                "\"x\" is no zone; see “Zones”",
                "Give an IANA name, for example Europe/Berlin."
            )
        );
        assert_eq!(
            said(
                "name",
                "it is missing",
                "give it a name, such as name = \"contoso\""
            ),
            shown("name", "it is missing", "give it a name, such as contoso")
        );
        assert_eq!(
            said(
                "every",
                "\"x\" is not a length of time",
                "write it like \"30s\", \"5m\""
            ),
            shown("every", "\"x\" is not a length of time", "write it like 30s, 5m")
        );
        for text in ["zone = \"open", "zone = ", "no-zone = \"x\""] {
            assert_eq!(without_key(text, "zone"), text);
        }
    }

    #[test]
    fn credentials_are_entered_and_not_referred_to() {
        assert_eq!(
            said(
                "client-id",
                "`client-id` is missing",
                "add client-id = \"…\", the id"
            ),
            shown(
                "client-id",
                "it is missing",
                "enter the application (client) ID of the registration"
            )
        );
        assert_eq!(
            said(
                "client-secret",
                "no credential is configured",
                "add client-secret = { env = \"X\" }"
            ),
            shown(
                "client-secret",
                "there is neither a client secret nor a certificate",
                "enter one of the two"
            )
        );
        assert_eq!(
            said(
                "certificate",
                "{ stored = \"hq.certificate.1\" } cannot be used: wrong password",
                "add its password: certificate-password = { env = \"VARIABLE\" }"
            ),
            shown(
                "certificate",
                "it cannot be used: wrong password",
                "enter its password under “Certificate password”"
            )
        );
        assert_eq!(
            said(
                "secrets.feed",
                "{ file = \"a.txt\" } has several lines",
                "put it on one line"
            ),
            shown(
                "secrets.feed",
                "the file a.txt has several lines",
                "put it on one line"
            )
        );
    }

    #[test]
    fn what_is_wrong_inside_of_a_field_is_told_at_the_field() {
        assert_eq!(
            said("settings.zones.Oslo office", "it is not a text", "").0,
            "settings.zones"
        );
        assert_eq!(
            said("settings.zones.Oslo office", "it is not a text", "").1,
            "Oslo office: it is not a text"
        );
        // A cell of rows has a field of its own.
        assert_eq!(
            said("settings.feeds.0.room", "it is missing", "").0,
            "settings.feeds.0.room"
        );
        assert_eq!(
            said("settings.feeds.0.floor", "it is unknown", "").0,
            "settings.feeds"
        );
    }
}
