//! The metrics of sources, connectors and sinks, in the text format of Prometheus ("Exposition formats", version 0.0.4).
//!
//! A label is the name of a source, connector or sink, or one of a few words; never a room, a subject, an address or a URL.
//! Counters begin at 0 when the program starts. The store's record of the last pass ([`Metrics::remember`]) is shown from the start, so
//! that a restart does not look like a source that never worked.

mod families;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use collector_engine::expiry::Kind;
use collector_engine::pass::PassReport;
use collector_engine::source::Usage;
use collector_store::{PassRecord, RecordChanges, RoomChanges, RoomCounts, SinkState};
use prometheus::{IntCounter, IntGaugeVec, Registry, TextEncoder};

use self::families::{Families, Forget};

/// The registry of all metrics. Clones are handles to the same registry.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    families: Families,
    configured_sinks: Mutex<BTreeSet<String>>,
}

/// Why there are no metrics: two have the same name, a defect of the collector.
#[derive(Debug, thiserror::Error)]
#[error("the metrics cannot be set up: {0}; this is a defect of the collector")]
pub struct MetricsError(#[from] prometheus::Error);

impl Metrics {
    /// Metrics with nothing counted yet.
    ///
    /// # Errors
    /// A defect of the collector.
    pub fn new() -> Result<Self, MetricsError> {
        let registry = Registry::new();
        let families = Families::register(&registry)?;
        families
            .build_info
            .with_label_values(&[env!("CARGO_PKG_VERSION")])
            .set(1);
        // The process itself: CPU time, memory, files, start.
        #[cfg(target_os = "linux")]
        registry.register(Box::new(
            prometheus::process_collector::ProcessCollector::for_self(),
        ))?;
        Ok(Self(Arc::new(Inner {
            registry,
            families,
            configured_sinks: Mutex::default(),
        })))
    }

    /// Shows the stored record of a source's last pass.
    pub fn remember(&self, pass: &PassRecord) {
        let all = &self.0.families;
        self.known(&pass.source);
        all.last_pass
            .with_label_values(&[&pass.source])
            .set(pass.ended_at);
        if let Some(at) = pass.success_at {
            all.last_success.with_label_values(&[&pass.source]).set(at);
        }
        self.rooms(&pass.source, pass.rooms);
    }

    /// Counts a pass that ended, at this UTC second.
    pub fn pass_ended(&self, report: &PassReport, at: i64) {
        let all = &self.0.families;
        let (source, rooms) = (report.source.as_str(), report.counts());
        let verdict = report.verdict();
        self.ended(source, verdict.as_str(), report.time, at);
        if verdict.is_success() {
            all.last_success.with_label_values(&[source]).set(at);
        }
        self.rooms(source, rooms);
        let RoomChanges {
            new, changed, gone, ..
        } = report.changes();
        for (kind, count) in [("added", new), ("updated", changed), ("removed", gone)] {
            all.changes.with_label_values(&[source, kind]).inc_by(count);
        }
        self.records(source, report.record_changes());
        self.used(
            source,
            &Usage {
                traffic: report.traffic.clone(),
                sandbox: report.sandbox,
            },
        );
    }

    /// Counts a pass that failed as a whole, at this UTC second, with its duration and usage. The figures of rooms stay those of the pass
    /// before.
    pub fn pass_failed(&self, source: &str, time: Duration, used: &Usage, at: i64) {
        self.ended(source, "failed", time, at);
        self.used(source, used);
    }

    /// Counts the usage and coverage records that a source brought.
    pub fn records(&self, source: &str, changes: RecordChanges) {
        let family = &self.0.families.records;
        for (outcome, count) in [
            ("new", changes.new),
            ("replaced", changes.replaced),
            ("unchanged", changes.same),
            ("contradicted", changes.contradicted),
        ] {
            family.with_label_values(&[source, outcome]).inc_by(count);
        }
    }

    /// Shows how many meetings are stored for a source.
    pub fn meetings(&self, source: &str, count: u64) {
        let gauge = self.0.families.meetings.with_label_values(&[source]);
        gauge.set(signed(count));
    }

    /// Shows when the first of these credentials of a source expires, in UTC seconds; none if the source signs in without one.
    pub fn expires(&self, source: &str, kind: Kind, at: Option<i64>) {
        let family = match kind {
            Kind::Certificate => &self.0.families.certificate_expires,
            Kind::RefreshToken => &self.0.families.refresh_token_expires,
        };
        match at {
            Some(at) => family.with_label_values(&[source]).set(at),
            // One that was not shown is fine.
            None => {
                let _ = family.remove_label_values(&[source]);
            }
        }
    }

    /// Shows how many requests of a source may be in flight at once now.
    pub fn requests_limit(&self, source: &str, limit: usize) {
        let gauge = self.0.families.requests_limit.with_label_values(&[source]);
        gauge.set(i64::try_from(limit).unwrap_or(i64::MAX));
    }

    /// Shows how often connectors were reloaded, by connector and result: total counts, not those since the last call.
    pub fn reloads(&self, counts: &[(&str, &str, u64)]) {
        for (connector, result, count) in counts {
            stand_at(
                &self.0.families.reloads.with_label_values(&[connector, result]),
                *count,
            );
        }
    }

    /// Shows how many panics there were since the program started.
    pub fn panics(&self, count: u64) {
        stand_at(&self.0.families.panics.with_label_values::<&str>(&[]), count);
    }

    /// Says which sinks are configured, and removes all series of others.
    pub fn configure_sinks(&self, names: &[String]) {
        let mut configured = self.configured_sinks();
        *configured = names.iter().cloned().collect();
        self.0.families.forget("sink", &|name| !configured.contains(name));
    }

    /// Shows the state of the configured sinks, at this UTC second. Others are left out: one may have been removed since the store was asked.
    pub fn sinks(&self, sinks: &[SinkState], now: i64) {
        let all = &self.0.families;
        let configured = self.configured_sinks();
        for sink in sinks.iter().filter(|sink| configured.contains(&sink.name)) {
            let name = [sink.name.as_str()];
            all.deliveries.with_label_values(&name);
            all.delivered_changes.with_label_values(&name);
            all.delivery_failures.with_label_values(&name);
            all.set_aside_total.with_label_values(&name);
            all.set_aside.with_label_values(&name).set(signed(sink.set_aside));
            all.refill.with_label_values(&name).set(signed(sink.refill));
            all.backlog.with_label_values(&name).set(signed(sink.backlog));
            let age = sink.oldest_at.map_or(0, |oldest| (now - oldest).max(0));
            all.backlog_age.with_label_values(&name).set(age);
            if let Some(at) = sink.success_at {
                all.last_delivery.with_label_values(&name).set(at);
            }
        }
    }

    /// Counts a batch that a sink accepted, with so many changes.
    pub fn delivered(&self, sink: &str, changes: u64) {
        let all = &self.0.families;
        all.deliveries.with_label_values(&[sink]).inc();
        all.delivered_changes.with_label_values(&[sink]).inc_by(changes);
    }

    /// Counts a batch of so many insights that a sink accepted.
    pub fn told(&self, sink: &str, insights: u64) {
        let all = &self.0.families;
        all.deliveries.with_label_values(&[sink]).inc();
        all.delivered_insights.with_label_values(&[sink]).inc_by(insights);
    }

    /// Counts a change that was set aside because a sink refused it.
    pub fn set_aside(&self, sink: &str) {
        self.0.families.set_aside_total.with_label_values(&[sink]).inc();
    }

    /// Counts a batch that a sink did not accept.
    pub fn delivery_failed(&self, sink: &str) {
        self.0.families.delivery_failures.with_label_values(&[sink]).inc();
    }

    /// Removes all series of a source that is no longer configured.
    pub fn forget_source(&self, source: &str) {
        self.0.families.forget("source", &|name| name == source);
    }

    /// All metrics, in the text format of Prometheus.
    pub fn render(&self) -> String {
        TextEncoder::new()
            .encode_to_string(&self.0.registry.gather())
            .unwrap_or_else(|error| {
                tracing::error!("cannot encode the metrics: {error}");
                String::new()
            })
    }

    fn configured_sinks(&self) -> MutexGuard<'_, BTreeSet<String>> {
        let configured = self.0.configured_sinks.lock();
        configured.unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self, source: &str, verdict: &str, time: Duration, at: i64) {
        let all = &self.0.families;
        self.known(source);
        all.passes.with_label_values(&[source, verdict]).inc();
        all.last_pass.with_label_values(&[source]).set(at);
        let duration = all.duration.with_label_values(&[source]);
        duration.set(time.as_secs_f64());
    }

    /// Starts the counters of a source at 0: Prometheus sees a first failure in a rate only if it saw the 0 before it.
    fn known(&self, source: &str) {
        let all = &self.0.families;
        for verdict in ["everything", "part", "nothing", "failed"] {
            all.passes.with_label_values(&[source, verdict]);
        }
        for kind in ["added", "updated", "removed"] {
            all.changes.with_label_values(&[source, kind]);
        }
        self.records(source, RecordChanges::default());
        self.used(source, &Usage::default());
    }

    fn rooms(&self, source: &str, rooms: RoomCounts) {
        for (outcome, count) in [
            ("collected", rooms.collected),
            ("denied", rooms.denied),
            ("missing", rooms.missing),
            ("throttled", rooms.throttled),
            ("failed", rooms.failed),
        ] {
            let gauge = self.0.families.rooms.with_label_values(&[source, outcome]);
            gauge.set(signed(count));
        }
    }

    fn used(&self, source: &str, used: &Usage) {
        let all = &self.0.families;
        let (traffic, sandbox, label) = (&used.traffic, &used.sandbox, [source]);
        for (status, count) in &traffic.answered {
            let status = status.to_string();
            all.requests.with_label_values(&[source, &status]).inc_by(*count);
        }
        for (class, count) in &traffic.unanswered {
            all.requests.with_label_values(&[source, class]).inc_by(*count);
        }
        all.retries.with_label_values(&label).inc_by(traffic.retries);
        all.throttled
            .with_label_values(&label)
            .inc_by((traffic.throttled + sandbox.put_back).as_secs_f64());
        all.bytes.with_label_values(&label).inc_by(traffic.bytes);
        all.calls.with_label_values(&label).inc_by(sandbox.calls);
        all.call_time
            .with_label_values(&label)
            .inc_by(sandbox.time.as_secs_f64());
        all.busy_time
            .with_label_values(&label)
            .inc_by(sandbox.busy.as_secs_f64());
        if sandbox.calls > 0 {
            peak(&all.peak_memory, source, sandbox.peak_memory);
        }
    }
}

/// Sets a counter to a count that is kept elsewhere.
fn stand_at(counter: &IntCounter, count: u64) {
    if count < counter.get() {
        counter.reset();
    }
    counter.inc_by(count - counter.get());
}

fn peak(gauge: &IntGaugeVec, source: &str, bytes: u64) {
    gauge.with_label_values(&[source]).set(signed(bytes));
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
