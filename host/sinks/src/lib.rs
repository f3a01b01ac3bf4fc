//! Sinks: where changes of meetings go besides the collector's own store.
//!
//! The collector keeps each change until the sink has it, hands changes over in batches and in order, and after an error or a crash
//! hands the same again. So a sink takes all of a batch or says that it failed, repeats nothing by itself, and makes a repeat
//! harmless: each change has an id of its own for ever.

mod error;
#[cfg(test)]
mod fixture;
mod jsonl;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "postgresql")]
mod postgresql;
mod settings;
#[cfg(feature = "webhook")]
mod webhook;

use collector_model::change::Change;
pub use error::{Cause, SinkError};
use futures::FutureExt as _;
use futures::future::BoxFuture;
pub use jsonl::{JsonlSettings, Target};
pub use settings::{NatsCredentials, NatsSettings, PostgresqlSettings, WebhookSettings};

/// The most changes that a sink is handed at once, unless it says otherwise.
pub const BATCH: usize = 500;

/// The kinds of sinks that this build has, as the configuration names them.
pub const BUILT: &[&str] = &[
    "jsonl",
    #[cfg(feature = "webhook")]
    "webhook",
    #[cfg(feature = "postgresql")]
    "postgresql",
    #[cfg(feature = "nats")]
    "nats",
];

/// Somewhere that changes can be handed to.
pub trait Sink: Send {
    /// The number of the last change of a store that the sink has; 0: it has none of them. None: it cannot tell. Asked before the first
    /// delivery, and again after each failure.
    fn applied<'a>(&'a mut self, store: &'a str) -> BoxFuture<'a, Result<Option<i64>, SinkError>> {
        let _ = store;
        async { Ok(None) }.boxed()
    }

    /// Takes all changes of a batch, which are in the order of their numbers. After an error it is called again with the same
    /// changes, with more that begin with them, or with fewer; or a snapshot in it is begun anew, with new numbers.
    fn deliver<'a>(&'a mut self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), SinkError>>;
}

/// What a sink needs to know.
pub enum SinkSettings {
    /// A file of JSON Lines, or standard output.
    Jsonl(JsonlSettings),
    /// A table of PostgreSQL that holds the meetings that are there now.
    Postgresql(PostgresqlSettings),
    /// A web server that takes signed requests.
    Webhook(WebhookSettings),
    /// A stream of NATS JetStream.
    Nats(NatsSettings),
}

impl SinkSettings {
    /// The most changes that the sink wants at once.
    pub fn batch(&self) -> usize {
        match self {
            Self::Webhook(settings) => settings.batch,
            Self::Jsonl(_) | Self::Nats(_) | Self::Postgresql(_) => BATCH,
        }
    }
}

/// Makes a sink. Nothing is contacted yet: a server that is down is an error of the first delivery.
///
/// # Errors
/// The settings cannot be used: what is wrong with them, and what would be right. Or this build has no such sink.
pub fn open(settings: SinkSettings) -> Result<Box<dyn Sink>, SinkError> {
    Ok(match settings {
        SinkSettings::Jsonl(settings) => Box::new(jsonl::Jsonl::new(settings)),
        #[cfg(feature = "postgresql")]
        SinkSettings::Postgresql(settings) => Box::new(postgresql::Postgresql::new(settings)?),
        #[cfg(feature = "webhook")]
        SinkSettings::Webhook(settings) => Box::new(webhook::Webhook::new(settings)?),
        #[cfg(feature = "nats")]
        SinkSettings::Nats(settings) => Box::new(nats::Nats::new(settings)?),
        #[cfg(not(all(feature = "postgresql", feature = "webhook", feature = "nats")))]
        _ => {
            return Err(SinkError::new(
                "this program was built without sinks of this type",
            ));
        }
    })
}
