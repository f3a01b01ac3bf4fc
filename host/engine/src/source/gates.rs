//! One gate for each source: whatever reads the source beside its pass in this process (a validation, the proof of a consent) shares the
//! places for requests in flight, and observes the pauses that the service asked for. To the service they are all one application.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use collector_egress::http::Gate;

/// The gates in use, by the source's name and its number of requests in flight: changing that number makes a new gate.
static GATES: Mutex<BTreeMap<(String, usize), Weak<Gate>>> = Mutex::new(BTreeMap::new());

/// The gate of a source with so many requests in flight.
pub(super) fn gate(source: &str, most: usize) -> Arc<Gate> {
    let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
    gates.retain(|_, gate| gate.strong_count() > 0);
    let known = gates.entry((source.to_owned(), most)).or_default();
    known.upgrade().unwrap_or_else(|| {
        let gate = Arc::new(Gate::new(most));
        *known = Arc::downgrade(&gate);
        gate
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_reads_a_source_shares_what_limits_it() {
        let pass = gate("gates-shared", 4);
        assert!(Arc::ptr_eq(&pass, &gate("gates-shared", 4)));
        pass.troubled();
        assert_eq!(gate("gates-shared", 4).limit(), 2);
        assert!(!Arc::ptr_eq(&pass, &gate("gates-other", 4)));
    }

    #[test]
    fn a_source_that_may_do_more_or_that_nobody_reads_begins_anew() {
        let pass = gate("gates-anew", 4);
        pass.troubled();
        assert_eq!(gate("gates-anew", 8).limit(), 8);
        drop(pass);
        assert_eq!(gate("gates-anew", 4).limit(), 4);
    }
}
