//! Export of spans by OTLP over HTTP, as the standard variables of OpenTelemetry configure it
//! ("OpenTelemetry Protocol Exporter", `OTEL_EXPORTER_OTLP_…`).
//!
//! A thread of its own sends spans in batches. If the receiver is down or slow, spans are dropped when the queue is full; no pass waits
//! for it.

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

/// The variables with the receiver's address. Without either, nothing is exported.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];
const PROTOCOLS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];
/// The only supported protocol.
const PROTOCOL: &str = "http/protobuf";
const NAME: &str = "collector";
/// How long the program waits at its end for the last spans.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why spans are not exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The environment asks for another protocol.
    #[error("{0} asks for {1:?}, which is not supported; set it to {PROTOCOL}, usually port 4318")]
    Protocol(&'static str, String),
    /// A variable is invalid, or there are no trusted certificates.
    #[error("{0}; check the variables OTEL_EXPORTER_OTLP_…")]
    Setup(String),
}

/// Exports spans until it is finished.
pub struct Exporter(SdkTracerProvider);

impl Exporter {
    /// The exporter that the environment asks for, if it does.
    ///
    /// # Errors
    /// The environment asks for something that is not supported.
    pub fn from_environment() -> Result<Option<Self>, ExportError> {
        let off = variable(&["OTEL_SDK_DISABLED"])
            .is_some_and(|(_, value)| value.eq_ignore_ascii_case("true"))
            || variable(&["OTEL_TRACES_EXPORTER"]).is_some_and(|(_, value)| value == "none");
        if off || variable(&ENDPOINTS).is_none() {
            return Ok(None);
        }
        if let Some((name, value)) = variable(&PROTOCOLS)
            && value != PROTOCOL
        {
            return Err(ExportError::Protocol(
                name,
                collector_model::text::plain(&value).into_owned(),
            ));
        }
        Self::new(None).map(Some)
    }

    /// An exporter to this URL, or to the environment's.
    pub(super) fn new(url: Option<&str>) -> Result<Self, ExportError> {
        let mut builder = SpanExporter::builder().with_http();
        if let Some(url) = url {
            builder = builder.with_endpoint(url);
        }
        let exporter = builder
            .build()
            .map_err(|error| ExportError::Setup(error.to_string()))?;
        // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override the name.
        let named = Resource::builder().build();
        let named = named.get(&"service.name".into()).map(|name| name.to_string());
        let mut resource = Resource::builder().with_attribute(opentelemetry::KeyValue::new(
            "service.version",
            env!("CARGO_PKG_VERSION"),
        ));
        if named.is_none_or(|name| name.starts_with("unknown_service")) {
            resource = resource.with_service_name(NAME);
        }
        Ok(Self(
            SdkTracerProvider::builder()
                .with_resource(resource.build())
                .with_batch_exporter(exporter)
                .build(),
        ))
    }

    /// The layer that takes our own spans only: events and foreign spans may hold addresses.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(NAME))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_filter(
                filter_fn(|metadata| {
                    metadata.is_span() && metadata.target() == collector_egress::trace::TARGET
                })
                .with_max_level_hint(LevelFilter::DEBUG),
            )
    }

    /// Sends the remaining spans, for a few seconds at most.
    pub fn finish(self) {
        self.finish_within(PATIENCE);
    }

    pub(super) fn finish_within(self, patience: Duration) {
        if let Err(error) = self.0.shutdown_with_timeout(patience) {
            tracing::warn!("could not export the last spans: {error}");
        }
    }
}

/// The first of these variables that is set and not empty.
fn variable(names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.is_empty()).then_some((*name, value))
    })
}

#[cfg(test)]
mod tests;
