//! The metrics by name, with their help texts and labels, after Prometheus' conventions ("Metric and label naming"): base units,
//! `_total` for what only grows.

use prometheus::core::{Collector, MetricVec, MetricVecBuilder};
use prometheus::{CounterVec, GaugeVec, IntCounterVec, IntGaugeVec, Opts, Registry};

/// Takes the series of one label value out of a family.
pub(super) trait Forget {
    fn forget(&self, label: &str, value: &str);
}

impl<T: MetricVecBuilder> Forget for MetricVec<T> {
    fn forget(&self, label: &str, value: &str) {
        for family in self.collect() {
            for metric in family.get_metric() {
                let labels: std::collections::HashMap<&str, &str> = metric
                    .get_label()
                    .iter()
                    .map(|pair| (pair.name(), pair.value()))
                    .collect();
                if labels.get(label) == Some(&value) {
                    // Already gone is what was wanted.
                    let _ = self.remove(&labels);
                }
            }
        }
    }
}

macro_rules! families {
    ($($field:ident: $kind:ident = $name:literal, $labels:expr, $help:literal;)*) => {
        /// Every family, once.
        pub(super) struct Families {
            $(pub(super) $field: $kind,)*
        }

        impl Families {
            /// Makes them and adds them to the registry.
            pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
                let families = Self {
                    $($field: $kind::new(Opts::new(concat!("collector_", $name), $help), &$labels)?,)*
                };
                $(registry.register(Box::new(families.$field.clone()))?;)*
                Ok(families)
            }
        }

        impl Forget for Families {
            fn forget(&self, label: &str, value: &str) {
                $(self.$field.forget(label, value);)*
            }
        }
    };
}

families! {
    build_info: IntGaugeVec = "build_info", ["version"], "Always 1; the version is in the label.";

    panics: IntCounterVec = "panics_total", [], "Panics: defects of the collector, each of which cost a pass, a delivery or a page.";

    last_success: IntGaugeVec = "last_success_timestamp_seconds", ["source"],
        "When the last pass ended that collected something.";
    last_pass: IntGaugeVec = "last_pass_timestamp_seconds", ["source"], "When the last pass ended.";
    duration: GaugeVec = "last_pass_duration_seconds", ["source"], "How long the last pass took.";
    passes: IntCounterVec = "passes_total", ["source", "verdict"],
        "Passes by what they came to: everything, part, nothing, or failed as a whole.";
    rooms: IntGaugeVec = "rooms", ["source", "outcome"],
        "Rooms by what became of them in the last pass: collected, denied, missing, throttled, failed.";
    meetings: IntGaugeVec = "meetings", ["source"], "Meetings that are stored.";
    changes: IntCounterVec = "meeting_changes_total", ["source", "kind"],
        "Changes of meetings that were stored: added, updated, removed.";

    certificate_expires: IntGaugeVec = "certificate_expires_timestamp_seconds", ["source"],
        "When the first of the certificates ends that the source signs in with.";

    requests: IntCounterVec = "http_requests_total", ["source", "status"],
        "Attempts at HTTP requests, by status, or by what was in the way of an answer.";
    retries: IntCounterVec = "http_retries_total", ["source"], "Attempts that repeated one before.";
    requests_limit: IntGaugeVec = "http_requests_in_flight_limit", ["source"],
        "Requests that may be in flight at once now: fewer than configured while the service throttles.";
    throttled: CounterVec = "throttled_seconds_total", ["source"],
        "Time that requests and rooms waited because the service asked for it, added up over those side by side.";
    bytes: IntCounterVec = "http_received_bytes_total", ["source"], "Bytes of answers, decompressed.";

    calls: IntCounterVec = "sandbox_calls_total", ["source"], "Calls into the connector.";
    call_time: CounterVec = "sandbox_seconds_total", ["source"],
        "Time inside calls into the connector, waiting included, added up over those side by side.";
    busy_time: CounterVec = "sandbox_busy_seconds_total", ["source"],
        "Time inside calls into the connector without waiting.";
    peak_memory: IntGaugeVec = "sandbox_peak_memory_bytes", ["source"],
        "The most memory that one instance of the connector had in the last pass.";

    reloads: IntCounterVec = "connector_reloads_total", ["connector", "result"],
        "Versions of connectors that came into the plugin directory, by what became of them.";

    backlog: IntGaugeVec = "sink_backlog_changes", ["sink"], "Changes that wait for the sink.";
    backlog_age: IntGaugeVec = "sink_oldest_change_age_seconds", ["sink"],
        "How long the oldest change has waited for the sink; 0 when none waits.";
    deliveries: IntCounterVec = "sink_deliveries_total", ["sink"], "Batches that the sink took.";
    delivered_changes: IntCounterVec = "sink_delivered_changes_total", ["sink"], "Changes that the sink took.";
    delivery_failures: IntCounterVec = "sink_delivery_failures_total", ["sink"],
        "Batches that the sink did not take.";
    set_aside_total: IntCounterVec = "sink_set_aside_total", ["sink"],
        "Changes that the sink refused for themselves and that were set aside.";
    set_aside: IntGaugeVec = "sink_set_aside_changes", ["sink"], "Changes that are set aside now.";
    refill: IntGaugeVec = "sink_refill_rooms", ["sink"], "Rooms whose meetings the sink is still to be told anew.";
    last_delivery: IntGaugeVec = "sink_last_success_timestamp_seconds", ["sink"], "When the sink last took changes.";
}
