//! One gate a source: what reads it beside its pass in this process (a validation, a consent that is proved) shares the places for requests
//! under way, and leaves a service alone that asked for it. To the service all of them are one application.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use collector_egress::http::Gate;

/// The gates that somebody uses, by the name of the source and how many requests it may have under way: one that is changed begins anew.
static GATES: Mutex<BTreeMap<(String, usize), Weak<Gate>>> = Mutex::new(BTreeMap::new());

/// The gate of a source that may have so many requests under way.
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
