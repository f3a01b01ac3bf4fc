//! The sources that receive, with their tokens as digests: what the service knows of them between two changes of the configuration.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use collector_admin::config::Receiver;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

/// The digest of a token. Digests have one length, so comparing them tells nothing about tokens.
type Digest = [u8; 32];

/// Shortest token, in bytes. Right tokens are never slowed down, so none may be short enough to be found by guessing.
const SHORTEST: usize = 16;

/// The sources that receive, by name.
#[derive(Default)]
pub(crate) struct Receivers(Mutex<BTreeMap<String, Receiving>>);

/// A source that receives.
pub(crate) struct Receiving {
    /// Its table in the configuration.
    written: serde_json::Value,
    /// The digests of its tokens, or why there are none.
    tokens: Result<Vec<Digest>, String>,
    heartbeat: Option<Duration>,
    /// Whether it was told that the source contradicts itself.
    contradicted: bool,
}

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opens {
    /// The source that was named, whose devices have this heartbeat.
    Named(Option<Duration>),
    /// Another source.
    Another,
    /// Nothing.
    Nothing,
}

impl Receiving {
    /// Reads the tokens of a source, which may wait for a keyring.
    pub(crate) fn open(receiver: &Receiver) -> Self {
        let problem = |what: &str, remedy| Err(receiver.problem("receive.token", what, remedy).to_string());
        let read = receiver.tokens.iter().map(|token| match token.read("token") {
            Ok(token) if token.expose_secret().len() < SHORTEST => problem(
                &format!("it has fewer than {SHORTEST} characters, so it could be guessed"),
                "make a longer one, for example with `openssl rand -hex 32`",
            ),
            Ok(token) => Ok(digest(token.expose_secret())),
            Err(error) => problem(&error.to_string(), error.remedy()),
        });
        let (read, unread): (Vec<_>, Vec<_>) = read.partition(Result::is_ok);
        let tokens: Vec<Digest> = read.into_iter().flatten().collect();
        let mut problems = unread.into_iter().filter_map(Result::err);
        // One that is gone, or not there yet, does not shut out those that are.
        let tokens = match problems.next() {
            Some(problem) if tokens.is_empty() => Err(problem),
            problem => {
                for problem in problem.into_iter().chain(problems) {
                    tracing::warn!(source = %receiver.name, "{problem}");
                }
                Ok(tokens)
            }
        };
        Self {
            written: receiver.written.clone(),
            tokens,
            heartbeat: receiver.heartbeat,
            contradicted: false,
        }
    }

    /// Why it receives nothing; none if it does.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.tokens.as_ref().err().map(String::as_str)
    }

    fn has(&self, token: &Digest) -> Choice {
        let tokens = self.tokens.as_deref().unwrap_or_default();
        tokens
            .iter()
            .fold(Choice::from(0), |found, known| found | known.ct_eq(token))
    }
}

impl Receivers {
    /// Whether a source stands here as it is configured.
    pub(crate) fn has(&self, receiver: &Receiver) -> bool {
        let all = self.lock();
        let before = all.get(&receiver.name);
        before.is_some_and(|before| before.written == receiver.written)
    }

    /// Adds a source, or replaces the one of this name.
    pub(crate) fn put(&self, name: &str, receiving: Receiving) {
        self.lock().insert(name.to_owned(), receiving);
    }

    /// Keeps only the sources of these names, and returns the names of the others.
    pub(crate) fn keep(&self, names: &[&str]) -> Vec<String> {
        let mut all = self.lock();
        let gone: Vec<String> = all
            .keys()
            .filter(|name| !names.contains(&name.as_str()))
            .cloned()
            .collect();
        for name in &gone {
            all.remove(name);
        }
        gone
    }

    /// What a token opens. Every token of every source is compared, in constant time.
    pub(crate) fn opens(&self, source: Option<&str>, token: &str) -> Opens {
        let token = digest(token);
        let (mut named, mut any) = (Choice::from(0), Choice::from(0));
        let mut heartbeat = None;
        for (name, receiving) in self.lock().iter() {
            let found = receiving.has(&token);
            any |= found;
            if Some(name.as_str()) == source {
                named |= found;
                heartbeat = receiving.heartbeat;
            }
        }
        if named.into() {
            Opens::Named(heartbeat)
        } else if any.into() {
            Opens::Another
        } else {
            Opens::Nothing
        }
    }

    /// How often the devices of a source post at least. None if there is no such source.
    pub(crate) fn heartbeat(&self, source: &str) -> Option<Option<Duration>> {
        self.lock().get(source).map(|receiving| receiving.heartbeat)
    }

    /// Notes that a source contradicts itself. Returns whether this is the first time since it was configured as it is.
    pub(crate) fn is_first_contradiction(&self, source: &str) -> bool {
        let mut all = self.lock();
        all.get_mut(source)
            .is_some_and(|receiving| !std::mem::replace(&mut receiving.contradicted, true))
    }

    /// Why sources receive nothing, by name.
    pub(crate) fn problems(&self) -> BTreeMap<String, String> {
        let all = self.lock();
        let problem =
            |(name, receiving): (&String, &Receiving)| Some((name.clone(), receiving.problem()?.to_owned()));
        all.iter().filter_map(problem).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Receiving>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(token: &str) -> Digest {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiving(tokens: &[&str]) -> Receiving {
        Receiving {
            written: serde_json::Value::Null,
            tokens: Ok(tokens.iter().map(|token| digest(token)).collect()),
            heartbeat: None,
            contradicted: false,
        }
    }

    #[test]
    fn a_token_opens_its_own_source_and_each_of_its_tokens_does() {
        let receivers = Receivers::default();
        receivers.put("sensors", receiving(&["new", "old"]));
        receivers.put("cameras", receiving(&["other"]));
        receivers.put(
            "broken",
            Receiving {
                tokens: Err("the file is gone".into()),
                ..receiving(&[])
            },
        );
        for (source, token, opens) in [
            (Some("sensors"), "new", Opens::Named(None)),
            (Some("sensors"), "old", Opens::Named(None)),
            (Some("sensors"), "other", Opens::Another),
            (Some("nobody"), "other", Opens::Another),
            (None, "new", Opens::Another),
            (Some("sensors"), "newer", Opens::Nothing),
            (Some("broken"), "", Opens::Nothing),
        ] {
            assert_eq!(receivers.opens(source, token), opens, "{source:?} {token}");
        }
        assert_eq!(receivers.keep(&["sensors"]), ["broken", "cameras"]);
        assert_eq!(receivers.opens(Some("cameras"), "other"), Opens::Nothing);
    }
}
