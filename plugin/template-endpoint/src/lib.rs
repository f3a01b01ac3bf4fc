//! A complete connector for devices to start from: spaces and records from an HTTP API with JSON and a bearer token, which names kinds, forms
//! and states as `collector usage export` does. `../README.md` explains it.

use chrono::{DateTime, Utc};
use connector_sdk::*;

/// The content of `[source.settings]`, which the collector has checked against the schema in `describe`.
#[derive(serde::Deserialize)]
struct Settings {
    url: String,
}

/// A room of the API.
#[derive(serde::Deserialize)]
struct Room {
    key: String,
    name: String,
    address: Option<String>,
    capacity: Option<u32>,
    kinds: Vec<String>,
}

/// A record of the API.
#[derive(serde::Deserialize)]
struct Record {
    key: String,
    revision: u64,
    device: Option<String>,
    start: DateTime<Utc>,
    end: Option<DateTime<Utc>>,
    #[serde(flatten)]
    content: Content,
}

/// What a record says.
#[derive(serde::Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Content {
    Usage {
        kind: String,
        form: String,
        value: serde_json::Value,
        resolution: Option<u32>,
    },
    Coverage {
        kinds: Vec<String>,
        state: String,
        reason: Option<String>,
    },
}

/// The connector.
pub struct Template;
connector_sdk::export!(Template as endpoint - connector);

impl Connector for Template {
    fn describe() -> Manifest {
        Manifest {
            name: "template-endpoint".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            title: "Template for devices".into(),
            description: "Collects what sensors saw from an HTTP API with JSON.".into(),
            settings_schema: include_str!("settings.json").into(),
            hosts: vec![], // The address is a setting, so the administrator grants its origin.
            secrets: vec![SecretNeed::new("sensors", "The API's token, sent as a bearer.")],
            slice_size: 20,
        }
    }

    async fn validate(host: &impl Host, _: &str) -> Vec<Check> {
        vec![Check::tried("token", host.secret("sensors").await)]
    }
}

impl Endpoint for Template {
    async fn list_spaces(host: &impl Host, settings: &str) -> Result<Listing, CollectError> {
        let Settings { url } = read_settings(settings)?;
        let token = host.secret("sensors").await?;
        let answer = host
            .fetch(Request::get(format!("{url}/spaces")), Some(&token))
            .await?;
        let rooms: Vec<Room> = answer.json()?;
        let spaces = rooms.into_iter().map(|room| Space {
            key: room.key,
            name: room.name,
            address: room.address.map(|address| address.to_lowercase()),
            capacity: room.capacity,
            kinds: room.kinds.iter().filter_map(|kind| Kind::of(kind)).collect(),
            ..Space::default()
        });
        Ok(Listing {
            spaces: spaces.collect(),
            problems: vec![],
        })
    }

    async fn collect_usage(
        host: &impl Host,
        settings: &str,
        spaces: &[SpaceRequest],
        window: Window,
    ) -> Result<Vec<SpaceResult>, CollectError> {
        let Settings { url } = read_settings(settings)?;
        let token = host.secret("sensors").await?;
        let mut results = Vec::new();
        for space in spaces {
            let url = format!(
                "{url}/spaces/{}?from={}&to={}",
                space.key, window.start, window.end
            );
            let answer = host.fetch(Request::get(url), Some(&token)).await;
            results.push(space.became(read(host, &space.key, answer)));
        }
        Ok(results)
    }
}

/// Emits the records of an answer. The error is the outcome of a space that cannot be read.
fn read(host: &impl Host, space: &str, answer: Fetched) -> Result<SpaceOutcome, SpaceOutcome> {
    for record in answer?.json::<Vec<Record>>()? {
        emit(host, space, record)?;
    }
    Ok(SpaceOutcome::Collected(None))
}

fn emit(host: &impl Host, space: &str, record: Record) -> Result<(), SpaceOutcome> {
    let unknown = |what: &str| SpaceOutcome::Failed(format!("the {what} of a record is unknown").into());
    let (space, key) = (space.into(), record.key.into());
    let device = record.device.map(Into::into);
    let (start, end) = (record.start.timestamp(), record.end.map(|end| end.timestamp()));
    match record.content {
        Content::Usage {
            kind,
            form,
            value,
            resolution,
        } => host.emit_usage(&UsageRecord {
            kind: Kind::of(&kind).ok_or_else(|| unknown("kind"))?,
            form: Form::of(&form).ok_or_else(|| unknown("form"))?,
            value: match value.as_bool() {
                Some(flag) => Value::Flag(flag),
                // A device that cannot count is blind; it has not counted nobody.
                None => Value::Number(
                    value
                        .as_u64()
                        .and_then(|n| n.try_into().ok())
                        .ok_or_else(|| unknown("value"))?,
                ),
            },
            space,
            device,
            key,
            revision: record.revision,
            withdrawn: false,
            start,
            end,
            resolution,
        })?,
        Content::Coverage { kinds, state, reason } => host.emit_coverage(&CoverageRecord {
            space,
            device,
            key,
            revision: record.revision,
            withdrawn: false,
            kinds: kinds
                .iter()
                .map(|kind| Kind::of(kind).ok_or_else(|| unknown("kind")))
                .collect::<Result<_, _>>()?,
            start,
            end: end.unwrap_or(start),
            state: State::of(&state).ok_or_else(|| unknown("state"))?,
            reason: reason.map(Into::into),
        })?,
    }
    Ok(())
}
