//! Writes refused sign-ins to the audit log: the first at once, and the number of those that follow once a minute, so that guessing
//! cannot fill the log. Counts that are not written when the program ends are lost.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use crate::api::{Backend, Deed};
use crate::fault::Fault;
use crate::slowdown::network;

/// The time between two lines about the same refusal.
const PERIOD: Duration = Duration::from_secs(60);
/// Pairs of name and network that have lines of their own. Further ones are combined by name.
const KEYS: usize = 1_000;

/// The subject of a line: refusals that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Refusal {
    /// The account; empty when none has the name.
    subject: String,
    /// What was wrong.
    why: &'static str,
    /// `None` stands for many networks.
    network: Option<IpAddr>,
}

/// Records refused sign-ins.
pub(crate) struct Refusals {
    backend: Arc<dyn Backend>,
    counts: Counts,
}

/// Refusals since the last line, by subject.
#[derive(Default)]
struct Counts(Mutex<HashMap<Refusal, u64>>);

impl Refusals {
    pub(crate) fn new(backend: Arc<dyn Backend>) -> Self {
        Self {
            backend,
            counts: Counts::default(),
        }
    }

    /// Logs or counts a refused sign-in from an address.
    ///
    /// # Errors
    /// The backend could not write the line.
    pub(crate) async fn refused(
        self: &Arc<Self>,
        address: IpAddr,
        subject: &str,
        why: &'static str,
    ) -> Result<(), Fault> {
        let Some(first) = self.counts.count(address, subject, why) else {
            return Ok(());
        };
        let from = match first.network {
            Some(_) => address.to_string(),
            None => place(None),
        };
        tokio::spawn(Arc::clone(self).sum_up(first));
        self.write(subject, format!("from {from}: {why}")).await
    }

    /// Writes once a minute how many followed, until a minute passes without one.
    async fn sum_up(self: Arc<Self>, refusal: Refusal) {
        loop {
            sleep(PERIOD).await;
            let Some(more) = self.counts.take(&refusal) else {
                return;
            };
            let Refusal {
                subject,
                why,
                network,
            } = &refusal;
            let detail = format!("from {}: {why}, {more} more within a minute", place(*network));
            // No caller waits for this, and the program's log has the reason of a failure.
            let _ = self.write(subject, detail).await;
        }
    }

    async fn write(&self, subject: &str, detail: String) -> Result<(), Fault> {
        let deed = Deed::new("nobody", "sign-in-refused", subject, detail);
        Ok(self.backend.audit(deed).await?)
    }
}

fn place(network: Option<IpAddr>) -> String {
    match network {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => format!("{address}/64"),
        None => "many addresses".to_owned(),
    }
}

impl Counts {
    fn lock(&self) -> MutexGuard<'_, HashMap<Refusal, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one refusal. Returns the refusal to write a line about, if there was no recent line about it.
    fn count(&self, address: IpAddr, subject: &str, why: &'static str) -> Option<Refusal> {
        let mut counts = self.lock();
        let mut refusal = Refusal {
            subject: subject.to_owned(),
            why,
            network: Some(network(address)),
        };
        if counts.len() >= KEYS && !counts.contains_key(&refusal) {
            refusal.network = None;
        }
        if let Some(count) = counts.get_mut(&refusal) {
            *count += 1;
            return None;
        }
        counts.insert(refusal.clone(), 0);
        Some(refusal)
    }

    /// Takes the count since the last line. With no refusals since then, forgets the entry and returns `None`.
    fn take(&self, refusal: &Refusal) -> Option<u64> {
        let mut counts = self.lock();
        match counts.get_mut(refusal).map(std::mem::take) {
            Some(0) | None => {
                counts.remove(refusal);
                None
            }
            more => more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn those_that_follow_are_counted_by_name_and_network() {
        let refusals = Counts::default();
        let first = refusals.count(ip("2001:db8::1"), "ada", "wrong").unwrap();
        assert_eq!(refusals.count(ip("2001:db8::2"), "ada", "wrong"), None);
        assert_eq!(refusals.count(ip("2001:db8::3"), "ada", "wrong"), None);
        assert!(refusals.count(ip("2001:db8::1"), "grace", "wrong").is_some());
        assert!(refusals.count(ip("192.0.2.1"), "ada", "wrong").is_some());
        assert_eq!(refusals.take(&first), Some(2));
        assert_eq!(refusals.take(&first), None);
        // After that, counting starts again.
        assert!(refusals.count(ip("2001:db8::1"), "ada", "wrong").is_some());
    }

    #[test]
    fn from_many_networks_there_is_one_line_for_a_name() {
        let refusals = Counts::default();
        let of = |number: usize| IpAddr::from(u32::try_from(number).unwrap().to_be_bytes());
        for number in 0..KEYS {
            let refusal = refusals.count(of(number), "ada", "wrong").unwrap();
            assert_eq!(refusal.network, Some(of(number)));
        }
        let refusal = refusals.count(of(KEYS), "ada", "wrong").unwrap();
        assert_eq!(refusal.network, None);
        assert_eq!(refusals.count(of(KEYS + 1), "ada", "wrong"), None);
        // Earlier networks keep their own lines.
        assert_eq!(refusals.count(of(0), "ada", "wrong"), None);
        assert_eq!(refusals.take(&refusal), Some(1));
    }
}
