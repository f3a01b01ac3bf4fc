//! Opens a configured sink: reads its secrets and files, and hands the settings to the crate of the sinks.

use std::path::Path;

use collector_egress::credential::SecretRef;
use collector_engine::configured::ConfigProblem;
use collector_sinks::{
    NatsCredentials, NatsSettings, PostgresqlSettings, SinkError, SinkSettings, WebhookSettings,
};
use secrecy::SecretString;

use super::{Kind, NatsLogin, Sink};

/// Why a sink cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A secret or a file of a setting cannot be read.
    #[error("{0}")]
    Setting(Box<ConfigProblem>),
    /// A setting cannot be used.
    #[error("{place}: sink {name:?}: {error}")]
    Unusable {
        /// Where the sink stands in the file.
        place: String,
        /// Its name.
        name: String,
        /// Which setting, and why.
        error: SinkError,
    },
}

impl Sink {
    /// Opens the sink, and returns how many changes it takes at once.
    ///
    /// # Errors
    /// See [`OpenError`]: with file, line and remedy.
    pub fn open(&self) -> Result<(Box<dyn collector_sinks::Sink>, usize), OpenError> {
        let settings = self.settings()?;
        let batch = settings.batch();
        collector_sinks::open(settings)
            .map(|sink| (sink, batch))
            .map_err(|error| OpenError::Unusable {
                place: self.location("type"),
                name: self.name.clone(),
                error,
            })
    }

    fn settings(&self) -> Result<SinkSettings, OpenError> {
        Ok(match &self.kind {
            Kind::Jsonl(settings) => SinkSettings::Jsonl(settings.clone()),
            Kind::Parquet(settings) => SinkSettings::Parquet(settings.clone()),
            Kind::Postgresql {
                url,
                password,
                ca,
                schema,
            } => SinkSettings::Postgresql(PostgresqlSettings {
                url: url.clone(),
                password: password
                    .as_ref()
                    .map(|password| self.secret("password", password))
                    .transpose()?,
                ca: self.file("ca", ca.as_deref())?,
                schema: schema.clone(),
            }),
            Kind::Webhook {
                url,
                secret,
                ca,
                batch,
                longest_pause,
            } => SinkSettings::Webhook(WebhookSettings {
                url: url.clone(),
                secret: self.secret("secret", secret)?,
                ca: self.file("ca", ca.as_deref())?,
                batch: *batch,
                longest_pause: *longest_pause,
            }),
            Kind::Nats {
                url,
                stream,
                subject,
                login,
                ca,
            } => SinkSettings::Nats(NatsSettings {
                url: url.clone(),
                stream: stream.clone(),
                subject: subject.clone(),
                credentials: match login {
                    NatsLogin::None => NatsCredentials::None,
                    NatsLogin::UserPassword(user, password) => {
                        NatsCredentials::UserPassword(user.clone(), self.secret("password", password)?)
                    }
                    NatsLogin::Token(token) => NatsCredentials::Token(self.secret("token", token)?),
                    NatsLogin::Credentials(credentials) => {
                        NatsCredentials::File(self.secret("credentials", credentials)?)
                    }
                },
                ca: self.file("ca", ca.as_deref())?,
            }),
        })
    }

    fn secret(&self, key: &str, reference: &SecretRef) -> Result<SecretString, OpenError> {
        read_secret(key, reference, |key, problem, remedy| {
            self.problem(key, problem, remedy)
        })
        .map_err(OpenError::Setting)
    }

    fn file(&self, key: &str, path: Option<&Path>) -> Result<Option<Vec<u8>>, OpenError> {
        read_file(key, path, |key, problem, remedy| {
            self.problem(key, problem, remedy)
        })
        .map_err(OpenError::Setting)
    }
}

/// The secret of a key. `problem` makes a problem of a key, what is wrong, and the remedy.
pub(in crate::config) fn read_secret(
    key: &str,
    reference: &SecretRef,
    problem: impl Fn(&str, &str, &str) -> ConfigProblem,
) -> Result<SecretString, Box<ConfigProblem>> {
    reference
        .read(key)
        .map_err(|error| Box::new(problem(key, &error.to_string(), error.remedy())))
}

/// The content of the file that a key names, if it does.
pub(in crate::config) fn read_file(
    key: &str,
    path: Option<&Path>,
    problem: impl Fn(&str, &str, &str) -> ConfigProblem,
) -> Result<Option<Vec<u8>>, Box<ConfigProblem>> {
    path.map(|path| {
        std::fs::read(path).map_err(|error| {
            let cause = format!("{} cannot be read: {error}", path.display());
            Box::new(problem(
                key,
                &cause,
                "correct the path, relative to the configuration file",
            ))
        })
    })
    .transpose()
}
