//! One `[[source]]` that is collected.

use std::ops::RangeInclusive;
use std::time::Duration;

use collector_engine::configured::{Credentials, Egress, Limits, ManagedIdentity, RefreshToken, Source};
use collector_model::form::REFRESH_TOKEN;
use collector_model::window::Span;
use serde_json::Value;
use toml::de::DeValue;

use super::reader::Reader;
use super::receiver::RECEIVE;
use super::secret::{Folders, password_ref, secret, secrets};
use super::{egress, grants};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How often a source may be collected.
const EVERY: RangeInclusive<Duration> = Duration::from_millis(100)..=DAY.saturating_mul(30);
/// How far a window may reach; Graph itself expands no more than 1,825 days.
const WINDOW: RangeInclusive<Duration> = Duration::ZERO..=DAY.saturating_mul(3_660);
const SLICE_TIME: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(60 * 60);
const PASS_TIME: RangeInclusive<Duration> = Duration::from_secs(1)..=DAY;
const PASS_DATA: RangeInclusive<u64> = 1 << 20..=1 << 40;

/// Reads one `[[source]]`. `collector` is the egress for sources without one of their own.
pub(super) fn read(mut reader: Reader<'_>, folders: Folders<'_>, collector: &Egress) -> Option<Source> {
    let name = reader.source_name();
    reader.ask(RECEIVE);
    let connector = reader.needed(
        "connector",
        "name a file of the plugin directory: connector = \"o365\"",
    );
    if let Some(connector) = &connector
        && (connector.contains(['/', '\\']) || connector.starts_with('.') || connector.ends_with(".wasm"))
    {
        reader.problem(
            "connector",
            &format!("{connector:?} is not a connector's name"),
            "give the file's name in the plugin directory without `.wasm`",
        );
    }
    let source = Source {
        every: reader
            .duration("every", EVERY)
            .unwrap_or(Duration::from_secs(5 * 60)),
        paused: reader.boolean("paused").unwrap_or(false),
        viewing: reader.boolean("view-subjects").unwrap_or(true),
        window: window(&mut reader),
        settings: reader
            .table("settings")
            .map_or_else(|| Value::Object(serde_json::Map::default()), |table| table.json()),
        credentials: reader
            .table("credentials")
            .map(|table| credentials(table, folders))
            .unwrap_or_default(),
        grants: reader.table("grants").map(grants::read).unwrap_or_default(),
        limits: reader.table("limits").map(limits).unwrap_or_default(),
        egress: reader
            .table("egress")
            .map(|table| egress::of_source(table, folders))
            .unwrap_or_default()
            .within(collector),
        places: reader.places(),
        written: reader.json(),
        name: name.clone().unwrap_or_default(),
        connector: connector.clone().unwrap_or_default(),
    };
    reader.finish();
    (name.is_some() && connector.is_some()).then_some(source)
}

fn window(reader: &mut Reader<'_>) -> Span {
    let mut span = Span::default();
    if let Some(mut window) = reader.table("window") {
        span.back = window.duration("back", WINDOW).unwrap_or(span.back);
        span.ahead = window.duration("ahead", WINDOW).unwrap_or(span.ahead);
        window.finish();
        if span.back.as_secs() == 0 && span.ahead.as_secs() == 0 {
            reader.problem(
                "window",
                "it is empty",
                "make it reach back or ahead, such as { back = \"1d\", ahead = \"14d\" }",
            );
        }
    }
    span
}

fn credentials(mut reader: Reader<'_>, folders: Folders<'_>) -> Credentials {
    let mut credentials = Credentials {
        client_id: reader.string("client-id"),
        ..Credentials::default()
    };
    credentials.client_secret = secrets(&mut reader, "client-secret", folders);
    credentials.certificate = secrets(&mut reader, "certificate", folders);
    credentials.certificate_password = secrets(&mut reader, "certificate-password", folders);
    credentials.federated_token = secret(&mut reader, "federated-token", folders);
    credentials.managed_identity = managed_identity(&mut reader);
    credentials.refresh_token = refresh_token(&mut reader, folders);
    for (name, value) in reader.rest() {
        let name = name.to_owned();
        if let Some((reference, user)) = password_ref(&reader, &name, value, folders) {
            credentials.users.extend(user.map(|user| (name.clone(), user)));
            credentials.others.insert(name, reference);
        }
    }
    credentials
}

/// The managed identity: true, or a table with the id of a user-assigned one. Excludes other ways to sign in.
fn managed_identity(reader: &mut Reader<'_>) -> Option<ManagedIdentity> {
    const KEY: &str = "managed-identity";
    let (_, value) = reader.rest().into_iter().find(|(name, _)| *name == KEY)?;
    let identity = match value {
        DeValue::Table(_) => reader.table(KEY).map(|mut table| {
            let client_id = table.string("client-id");
            table.finish();
            ManagedIdentity { client_id }
        }),
        DeValue::Boolean(is) => {
            reader.ask(KEY);
            is.then(ManagedIdentity::default)
        }
        other => {
            reader.ask(KEY);
            reader.wrong_type(
                KEY,
                "true, or { client-id = \"…\" } for a user-assigned one",
                other,
            );
            None
        }
    }?;
    if reader.has("client-id") {
        reader.problem(
            "client-id",
            "a managed identity is not a registered application",
            "remove client-id; for a user-assigned identity write managed-identity = { client-id = \"…\" }",
        );
    }
    for other in ["client-secret", "certificate", "federated-token", REFRESH_TOKEN] {
        if reader.has(other) {
            reader.problem(
                other,
                "managed-identity is set, too, and signs in without it",
                "remove one of the two",
            );
        }
    }
    Some(identity)
}

/// The refresh token. The application that it was issued to proves by its secret who it is.
fn refresh_token(reader: &mut Reader<'_>, folders: Folders<'_>) -> Option<RefreshToken> {
    let is_there = reader.has(REFRESH_TOKEN);
    let place = secret(reader, REFRESH_TOKEN, folders);
    // What managed-identity excludes is told there.
    if is_there && !reader.has("managed-identity") {
        for other in ["certificate", "certificate-password", "federated-token"] {
            if reader.has(other) {
                reader.problem(
                    other,
                    "refresh-token is set, too, and is used with a client secret alone",
                    "remove one of the two",
                );
            }
        }
        for (needed, remedy) in [
            (
                "client-id",
                "add client-id = \"…\", the id of the application that the token was issued to",
            ),
            (
                "client-secret",
                "add client-secret = { env = \"VARIABLE\" }, the secret of the application that the token was issued to",
            ),
        ] {
            if !reader.has(needed) {
                reader.problem(REFRESH_TOKEN, &format!("it needs {needed}"), remedy);
            }
        }
    }
    Some(RefreshToken {
        place: place?,
        data: folders.data.to_owned(),
    })
}

fn limits(mut reader: Reader<'_>) -> Limits {
    let default = Limits::default();
    let limits = Limits {
        requests: reader.number("requests", 1..=64).unwrap_or(default.requests),
        slice_time: reader
            .duration("slice-time", SLICE_TIME)
            .unwrap_or(default.slice_time),
        pass_time: reader
            .duration("pass-time", PASS_TIME)
            .unwrap_or(default.pass_time),
        memory: reader
            .bytes("memory", 16 << 20..=2 << 30)
            .and_then(|bytes| usize::try_from(bytes).ok())
            .unwrap_or(default.memory),
        pass_data: reader.bytes("pass-data", PASS_DATA).unwrap_or(default.pass_data),
    };
    reader.finish();
    limits
}
