//! The rules that decide when something goes wrong: by probability from a seed, or by script.

use std::sync::{Mutex, PoisonError};

use crate::fault::Fault;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Any,
    Outer,
    Inner,
}

#[derive(Clone, Copy, Debug)]
enum Times {
    Always,
    Nth(u64),
    First(u64),
    Chance(f64),
}

/// Decides when a [`Fault`] happens. Made with [`when`].
#[derive(Clone, Debug)]
pub struct Rule<F> {
    part: String,
    layer: Layer,
    times: Times,
    /// Fires only while more than this many whole requests are under way.
    beyond: Option<usize>,
    /// `None` until [`Rule::then`].
    fault: Option<F>,
    seen: u64,
}

/// A rule for the requests whose decoded path or query contains `part`, in any case; `""` is every request.
/// By default it fires at each of them.
///
/// ```
/// # #[derive(Clone)] enum Fault { Throttled, BadGateway }
/// # use sim::when;
/// when("conf-a@contoso.com/calendarView").inner().nth(2).then(Fault::Throttled);
/// when("").chance(0.05).then(Fault::BadGateway);
/// ```
#[must_use]
pub fn when<F>(part: &str) -> Rule<F> {
    Rule {
        part: part.to_lowercase(),
        layer: Layer::Any,
        times: Times::Always,
        beyond: None,
        fault: None,
        seen: 0,
    }
}

impl<F> Rule<F> {
    /// Limits the rule to requests inside a batch.
    #[must_use]
    pub fn inner(mut self) -> Self {
        self.layer = Layer::Inner;
        self
    }

    /// Limits the rule to whole requests, such as a batch.
    #[must_use]
    pub fn outer(mut self) -> Self {
        self.layer = Layer::Outer;
        self
    }

    /// Limits the rule to the n-th matching request, counting from 1.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.times = Times::Nth(n);
        self
    }

    /// Limits the rule to the first n matching requests.
    #[must_use]
    pub fn first(mut self, n: u64) -> Self {
        self.times = Times::First(n);
        self
    }

    /// Fires with this probability, from the simulator's seed.
    #[must_use]
    pub fn chance(mut self, probability: f64) -> Self {
        self.times = Times::Chance(probability);
        self
    }

    /// Fires only while more than this many whole requests, including this one, are under way.
    #[must_use]
    pub fn beyond(mut self, in_flight: usize) -> Self {
        self.beyond = Some(in_flight);
        self
    }

    /// Sets what happens.
    #[must_use]
    pub fn then(mut self, fault: F) -> Self {
        self.fault = Some(fault);
        self
    }
}

/// The rules in force and the dice.
#[derive(Debug)]
pub struct Faults<F> {
    state: Mutex<(Vec<Rule<F>>, fastrand::Rng)>,
}

impl<F: Fault> Faults<F> {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new((Vec::new(), fastrand::Rng::with_seed(1))),
        }
    }

    pub(crate) fn add(&self, rule: Rule<F>) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .push(rule);
    }

    pub(crate) fn clear(&self) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .clear();
    }

    pub(crate) fn seed(&self, seed: u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1 = fastrand::Rng::with_seed(seed);
    }

    /// Shuffles the parts of a batch's answer.
    pub fn shuffle<T>(&self, items: &mut [T]) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .1
            .shuffle(items);
    }

    /// The fault of the first rule that fires for this request, with `in_flight` requests under way.
    pub fn pick(&self, inner: bool, target: &str, in_flight: usize) -> Option<F> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (rules, dice) = &mut *state;
        if rules.is_empty() {
            return None;
        }
        let target = percent_encoding::percent_decode_str(target)
            .decode_utf8_lossy()
            .to_lowercase();
        // Every rule counts every matching request, so that "the third" does not depend on other rules.
        let mut found = None;
        for rule in rules {
            let Some(fault) = &rule.fault else {
                continue;
            };
            let fits = match rule.layer {
                Layer::Any => !inner || fault.on_wire().is_none(),
                Layer::Outer => !inner,
                Layer::Inner => inner && fault.on_wire().is_none(),
            };
            let few = rule.beyond.is_some_and(|most| in_flight <= most);
            if !fits || few || !target.contains(&rule.part) || !fault.concerns(&target) {
                continue;
            }
            rule.seen += 1;
            let fires = match rule.times {
                Times::Always => true,
                Times::Nth(n) => rule.seen == n,
                Times::First(n) => rule.seen <= n,
                Times::Chance(probability) => dice.f64() < probability,
            };
            if fires && found.is_none() {
                found = Some(fault.clone());
            }
        }
        found
    }
}
