//! The forms of the kinds of sinks: their fields, in the words of people.

use collector_model::form::{Field, FieldKind, Form};

/// The field that tells how the collector signs in.
pub(super) const LOGIN: &str = "login";
/// Signing in by a user and a password.
pub(super) const USER: &str = "user and password";
/// Signing in by a password alone: the user is in the address.
pub(super) const PASSWORD: &str = "password";
/// Signing in by a token.
pub(super) const TOKEN: &str = "token";
/// Signing in by a file with the user's credentials.
pub(super) const CREDENTIALS: &str = "credentials file";

/// The form of a kind of sink, as `type` names it; none if this program has no such sinks.
pub fn form(kind: &str) -> Option<Form> {
    if !collector_sinks::BUILT.contains(&kind) {
        return None;
    }
    let (title, description, fields) = match kind {
        "jsonl" => (
            "JSON Lines",
            "Appends each change to a file, as a line of JSON.",
            jsonl(),
        ),
        "webhook" => (
            "Webhook",
            "Posts changes to a web server, with a signature.",
            webhook(),
        ),
        "postgresql" => (
            "PostgreSQL",
            "Keeps tables of the meetings in a database.",
            postgresql(),
        ),
        "nats" => (
            "NATS JetStream",
            "Publishes each change as a message of a stream.",
            nats(),
        ),
        "parquet" => (
            "Parquet",
            "Keeps a file of the meetings of each source and day, for DuckDB, ClickHouse and Trino.",
            parquet(),
        ),
        _ => return None,
    };
    Some(Form {
        connector: kind.to_owned(),
        title: title.to_owned(),
        description: description.to_owned(),
        fields,
        signs_in: false,
        consents: false,
        secrets: Vec::new(),
    })
}

/// The forms of all kinds of sinks that this program has.
pub fn forms() -> Vec<Form> {
    collector_sinks::BUILT
        .iter()
        .filter_map(|kind| form(kind))
        .collect()
}

fn field(key: &str, title: &str, help: &str, example: &str) -> Field {
    Field {
        key: key.to_owned(),
        title: title.to_owned(),
        help: help.to_owned(),
        kind: FieldKind::Text,
        required: false,
        advanced: false,
        default: None,
        examples: Some(example.to_owned())
            .filter(|example| !example.is_empty())
            .into_iter()
            .collect(),
        max_length: Some(2_048),
    }
}

fn required(field: Field) -> Field {
    Field {
        required: true,
        ..field
    }
}

fn advanced(field: Field) -> Field {
    Field {
        advanced: true,
        ..field
    }
}

fn with_default(default: &str, field: Field) -> Field {
    Field {
        default: Some(default.to_owned()),
        ..field
    }
}

fn secret(key: &str, title: &str, help: &str) -> Field {
    Field {
        kind: FieldKind::Secret,
        ..field(key, title, help, "")
    }
}

fn insights() -> Field {
    Field {
        kind: FieldKind::Toggle,
        default: Some("false".to_owned()),
        ..field(
            "insights",
            "Also deliver verdicts and days",
            "What became of each booking, and the figures of each room and date.",
            "",
        )
    }
}

fn ca() -> Field {
    advanced(field(
        "ca",
        "Certificates of your own authority",
        "A PEM file on the collector's machine, if the server's certificate is not from a public authority.",
        "our-ca.pem",
    ))
}

fn login(choices: &[&str], default: &str) -> Field {
    Field {
        kind: FieldKind::Choice(choices.iter().map(|choice| (*choice).to_owned()).collect()),
        default: Some(default.to_owned()),
        ..field(
            LOGIN,
            "Sign in with",
            "How the collector signs in to the server.",
            "",
        )
    }
}

fn jsonl() -> Vec<Field> {
    vec![
        required(field(
            "path",
            "File",
            "A file of its own on the collector's machine, relative to the configuration file. - is the standard output of the service.",
            "changes.jsonl",
        )),
        insights(),
        advanced(with_default(
            "100MiB",
            field(
                "rotate",
                "Largest size",
                "At this size the file is put aside, and a new one begins.",
                "1GiB",
            ),
        )),
        advanced(Field {
            kind: FieldKind::Number,
            ..with_default(
                "5",
                field(
                    "keep",
                    "Files to keep",
                    "How many files that were put aside are kept.",
                    "30",
                ),
            )
        }),
    ]
}

fn webhook() -> Vec<Field> {
    vec![
        required(field(
            "url",
            "Address",
            "Where the collector posts changes. It begins with https://, or with http:// on the collector's own machine.",
            "https://rooms.example.com/changes",
        )),
        required(secret(
            "secret",
            "Signing secret",
            "The same as the receiver has. This makes one: echo whsec_$(openssl rand -base64 32)",
        )),
        insights(),
        ca(),
        advanced(Field {
            kind: FieldKind::Number,
            ..with_default(
                "500",
                field("batch", "Most changes in a request", "1 to 10,000.", "100"),
            )
        }),
        advanced(with_default(
            "1d",
            field(
                "longest-pause",
                "Longest pause",
                "The longest pause that the receiver may ask for.",
                "1h",
            ),
        )),
    ]
}

fn postgresql() -> Vec<Field> {
    vec![
        required(field(
            "url",
            "Address",
            "Server, user and database, without the password. For another port: db.example.com:5433.",
            "postgresql://collector@db.example.com/rooms",
        )),
        login(&[PASSWORD], "no password"),
        secret("password", "Password", "The password of the user in the address."),
        with_default(
            "collector",
            field(
                "schema",
                "Schema",
                "Where the tables are. The collector creates it if it is missing.",
                "meetings",
            ),
        ),
        insights(),
        ca(),
    ]
}

fn nats() -> Vec<Field> {
    vec![
        required(field(
            "url",
            "Address",
            "The server. It begins with tls://, or with nats:// on the collector's own machine.",
            "tls://nats.example.com:4222",
        )),
        with_default(
            "COLLECTOR",
            field(
                "stream",
                "Stream",
                "The collector creates it if it is missing.",
                "ROOMS",
            ),
        ),
        with_default(
            "rooms",
            field(
                "subject",
                "Subject",
                "What the subjects of all messages begin with.",
                "hq.rooms",
            ),
        ),
        login(&[USER, TOKEN, CREDENTIALS], "nothing"),
        field("user", "User", "With a user and a password.", "collector"),
        secret("password", "Password", "With a user and a password."),
        secret("token", "Token", "With a token."),
        Field {
            kind: FieldKind::SecretFile,
            ..field(
                "credentials",
                "Credentials file",
                "With a credentials file: the text of the .creds file.",
                "",
            )
        },
        insights(),
        ca(),
    ]
}

fn parquet() -> Vec<Field> {
    vec![required(field(
        "directory",
        "Directory",
        "A directory of its own on the collector's machine, relative to the configuration file. It is created if it is missing.",
        "lake",
    ))]
}
