//! The metrics by name, with help texts and labels, after Prometheus' conventions ("Metric and label naming"): base units, and `_total`
//! for counters.

use prometheus::core::{Collector, MetricVec, MetricVecBuilder};
use prometheus::{CounterVec, GaugeVec, IntCounterVec, IntGaugeVec, Opts, Registry};

/// Removes the series of label values from a family.
pub(super) trait Forget {
    /// Removes the series with this label whose value is gone.
    fn forget(&self, label: &str, is_gone: &dyn Fn(&str) -> bool);
}

impl<T: MetricVecBuilder> Forget for MetricVec<T> {
    fn forget(&self, label: &str, is_gone: &dyn Fn(&str) -> bool) {
        for family in self.collect() {
            for metric in family.get_metric() {
                let labels: std::collections::HashMap<&str, &str> = metric
                    .get_label()
                    .iter()
                    .map(|pair| (pair.name(), pair.value()))
                    .collect();
                if labels.get(label).is_some_and(|value| is_gone(value)) {
                    // One that is gone already is fine.
                    let _ = self.remove(&labels);
                }
            }
        }
    }
}

macro_rules! families {
    ($($field:ident: $kind:ident = $name:literal, $labels:expr, $help:literal;)*) => {
        /// All families.
        pub(super) struct Families {
            $(pub(super) $field: $kind,)*
        }

        impl Families {
            /// Creates the families and adds them to the registry.
            pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
                let families = Self {
                    $($field: $kind::new(Opts::new(concat!("collector_", $name), $help), &$labels)?,)*
                };
                $(registry.register(Box::new(families.$field.clone()))?;)*
                Ok(families)
            }
        }

        impl Forget for Families {
            fn forget(&self, label: &str, is_gone: &dyn Fn(&str) -> bool) {
                $(self.$field.forget(label, is_gone);)*
            }
        }
    };
}

families! {
    build_info: IntGaugeVec = "build_info", ["version"], "Always 1; the version is in the label.";

    panics: IntCounterVec = "panics_total", [], "Panics: defects of the collector. Each ended a pass, a delivery or a page.";

    last_success: IntGaugeVec = "last_success_timestamp_seconds", ["source"],
        "When the last complete or partial pass ended.";
    last_pass: IntGaugeVec = "last_pass_timestamp_seconds", ["source"], "When the last pass ended.";
    duration: GaugeVec = "last_pass_duration_seconds", ["source"], "How long the last pass took.";
    passes: IntCounterVec = "passes_total", ["source", "verdict"],
        "Passes by outcome: everything (complete), part (partial), nothing (nothing collected), failed.";
    rooms: IntGaugeVec = "rooms", ["source", "outcome"],
        "Rooms by outcome in the last pass: collected, denied, missing, throttled, failed.";
    meetings: IntGaugeVec = "meetings", ["source"], "Stored meetings.";
    changes: IntCounterVec = "meeting_changes_total", ["source", "kind"],
        "Stored changes of meetings: added, updated, removed.";
    records: IntCounterVec = "usage_records_total", ["source", "outcome"],
        "Usage and coverage records that were read or posted: new, replaced (a lower revision), unchanged, contradicted (another of the same revision stays).";

    certificate_expires: IntGaugeVec = "certificate_expires_timestamp_seconds", ["source"],
        "When the first of the certificates that the source signs in with expires.";
    refresh_token_expires: IntGaugeVec = "refresh_token_expires_timestamp_seconds", ["source"],
        "When the refresh token that the source signs in with expires unless it is used before.";

    requests: IntCounterVec = "http_requests_total", ["source", "status"],
        "Attempts at HTTP requests, by status, or by the error if there was no response.";
    retries: IntCounterVec = "http_retries_total", ["source"], "Repeated attempts at HTTP requests.";
    requests_limit: IntGaugeVec = "http_requests_in_flight_limit", ["source"],
        "Requests that may be in flight at once now; fewer than configured while the remote service throttles.";
    throttled: CounterVec = "throttled_seconds_total", ["source"],
        "Time that requests and rooms waited because the remote service asked them to, summed over parallel waits.";
    bytes: IntCounterVec = "http_received_bytes_total", ["source"], "Bytes of responses, decompressed.";

    calls: IntCounterVec = "sandbox_calls_total", ["source"], "Calls into the connector.";
    call_time: CounterVec = "sandbox_seconds_total", ["source"],
        "Time inside calls into the connector, waiting included, summed over parallel calls.";
    busy_time: CounterVec = "sandbox_busy_seconds_total", ["source"],
        "Time inside calls into the connector, without waiting.";
    peak_memory: IntGaugeVec = "sandbox_peak_memory_bytes", ["source"],
        "The most memory that one instance of the connector used in the last pass.";

    reloads: IntCounterVec = "connector_reloads_total", ["connector", "result"],
        "Connector versions that appeared in the plugin directory, by result.";

    backlog: IntGaugeVec = "sink_backlog_changes", ["sink"], "Changes waiting for the sink.";
    backlog_age: IntGaugeVec = "sink_oldest_change_age_seconds", ["sink"],
        "How long the oldest change has waited for the sink; 0 if none waits.";
    deliveries: IntCounterVec = "sink_deliveries_total", ["sink"], "Batches that the sink accepted.";
    delivered_changes: IntCounterVec = "sink_delivered_changes_total", ["sink"], "Changes that the sink accepted.";
    delivered_insights: IntCounterVec = "sink_delivered_insights_total", ["sink"],
        "Verdicts and days that the sink accepted.";
    delivery_failures: IntCounterVec = "sink_delivery_failures_total", ["sink"],
        "Batches that the sink did not accept.";
    set_aside_total: IntCounterVec = "sink_set_aside_total", ["sink"],
        "Changes that were set aside because the sink refused them.";
    set_aside: IntGaugeVec = "sink_set_aside_changes", ["sink"], "Changes set aside now.";
    refill: IntGaugeVec = "sink_refill_rooms", ["sink"], "Rooms whose meetings the sink has yet to receive again.";
    last_delivery: IntGaugeVec = "sink_last_success_timestamp_seconds", ["sink"], "When the sink last accepted changes.";
}
