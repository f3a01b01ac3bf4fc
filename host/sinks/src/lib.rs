//! Sinks: where changes of meetings go, besides the collector's own store; and, if they ask for them, verdicts of bookings and figures of days.
//!
//! The collector keeps each change until the sink has it, delivers changes in order and in batches, and after an error or a crash
//! delivers the same changes again. So a sink takes a whole batch or reports an error, repeats nothing by itself, and makes repeats
//! harmless: each change has an id that is unique for ever.

mod error;
mod jsonl;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "parquet")]
pub mod parquet;
#[cfg(feature = "postgresql")]
mod postgresql;
mod settings;
#[cfg(feature = "webhook")]
mod webhook;
mod writable;

use std::time::Duration;

use collector_model::change::Change;
use collector_model::insight::{After, Insight};
pub use error::{Cause, SinkError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
pub use jsonl::{JsonlSettings, Target};
pub use settings::{NatsCredentials, NatsSettings, ParquetSettings, PostgresqlSettings, WebhookSettings};
use tokio::time::timeout;

/// Most changes in one delivery, unless the sink sets another limit.
pub const BATCH: usize = 500;

/// The kinds of sinks in this build, as the configuration names them.
pub const BUILT: &[&str] = &[
    "jsonl",
    #[cfg(feature = "webhook")]
    "webhook",
    #[cfg(feature = "postgresql")]
    "postgresql",
    #[cfg(feature = "nats")]
    "nats",
    #[cfg(feature = "parquet")]
    "parquet",
];

/// A destination for changes.
pub trait Sink: Send {
    /// The number of the last change of a store that the sink has; 0 if it has none, `None` if it cannot tell. The collector asks before
    /// the first delivery and after each failure.
    fn applied<'a>(&'a mut self, store: &'a str) -> BoxFuture<'a, Result<Option<i64>, SinkError>> {
        let _ = store;
        async { Ok(None) }.boxed()
    }

    /// Takes all changes of a batch, in the order of their numbers. After an error the collector delivers the same changes again, possibly
    /// fewer, or with more after them; or it starts a snapshot in the batch again, with new numbers.
    fn deliver<'a>(&'a mut self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), SinkError>>;

    /// Takes all insights of a part, in their order, after the changes of meetings that it has. After an error the collector tells the same again,
    /// possibly fewer.
    fn tell<'a>(
        &'a mut self,
        after: &'a After,
        insights: &'a [Insight],
    ) -> BoxFuture<'a, Result<(), SinkError>>;

    /// Finds out whether the sink could deliver, and returns in words what was found. Delivers nothing and leaves nothing behind.
    fn try_out(&mut self) -> BoxFuture<'_, Result<String, SinkError>>;

    /// Does some of what the sink put off until no change waits for it. The collector calls it again and again while none does.
    fn settle(&mut self) -> BoxFuture<'_, Result<(), SinkError>> {
        async { Ok(()) }.boxed()
    }
}

/// The settings of a sink.
pub enum SinkSettings {
    /// A file of JSON Lines, or standard output.
    Jsonl(JsonlSettings),
    /// A PostgreSQL table of the current meetings.
    Postgresql(PostgresqlSettings),
    /// A web server that receives signed requests.
    Webhook(WebhookSettings),
    /// A stream of NATS JetStream.
    Nats(NatsSettings),
    /// A directory of Parquet files.
    Parquet(ParquetSettings),
}

impl SinkSettings {
    /// Most changes in one delivery to the sink.
    pub fn batch(&self) -> usize {
        match self {
            Self::Webhook(settings) => settings.batch,
            Self::Jsonl(_) | Self::Nats(_) | Self::Parquet(_) | Self::Postgresql(_) => BATCH,
        }
    }
}

/// How long a sink is tried.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tries a sink for a while: see [`Sink::try_out`].
///
/// # Errors
/// What failed, and what to check.
pub async fn try_out(sink: &mut dyn Sink) -> Result<String, SinkError> {
    match timeout(PATIENCE, sink.try_out()).await {
        Ok(tried) => tried,
        Err(_) => Err(SinkError::new(format!(
            "nothing answered within {} seconds; correct `url`, or look at the server, and at firewalls on the way to it",
            PATIENCE.as_secs()
        ))),
    }
}

/// Posts messages that are no changes, such as a summary.
pub trait Messenger: Send + Sync {
    /// Posts a JSON object. A repeat of a message has the same id and the same body.
    fn post<'a>(&'a self, id: &'a str, body: &'a str) -> BoxFuture<'a, Result<(), SinkError>>;
}

/// Creates what posts messages to a webhook, signed like the changes of a sink, without contacting anything.
///
/// # Errors
/// The settings are not usable; the message says why and what would be right. Or this build has no webhooks.
#[cfg_attr(not(feature = "webhook"), allow(unused_variables))]
pub fn messenger(settings: WebhookSettings) -> Result<Box<dyn Messenger>, SinkError> {
    #[cfg(feature = "webhook")]
    return Ok(Box::new(webhook::Webhook::new(settings)?));
    #[cfg(not(feature = "webhook"))]
    Err(SinkError::new("this program was built without webhooks"))
}

/// Creates a sink, without contacting anything: a server that is down is an error of the first delivery.
///
/// # Errors
/// The settings are not usable; the message says why and what would be right. Or this build has no such sink.
pub fn open(settings: SinkSettings) -> Result<Box<dyn Sink>, SinkError> {
    Ok(match settings {
        SinkSettings::Jsonl(settings) => Box::new(jsonl::Jsonl::new(settings)),
        #[cfg(feature = "postgresql")]
        SinkSettings::Postgresql(settings) => Box::new(postgresql::Postgresql::new(settings)?),
        #[cfg(feature = "webhook")]
        SinkSettings::Webhook(settings) => Box::new(webhook::Webhook::new(settings)?),
        #[cfg(feature = "nats")]
        SinkSettings::Nats(settings) => Box::new(nats::Nats::new(settings)?),
        #[cfg(feature = "parquet")]
        SinkSettings::Parquet(settings) => Box::new(parquet::Parquet::new(settings)),
        #[cfg(not(all(
            feature = "nats",
            feature = "parquet",
            feature = "postgresql",
            feature = "webhook"
        )))]
        _ => {
            return Err(SinkError::new(
                "this program was built without sinks of this type",
            ));
        }
    })
}
