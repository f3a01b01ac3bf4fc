//! The spans of a pass: pass → expand and slice → HTTP request, and commit. They say what took how long and how it ended; never
//! which room, never the path or query of an address, in which rooms stand and which for a published calendar are its secret.
//!
//! Nobody looks at them unless they are exported or the log is asked for them (`COLLECTOR_LOG=debug`); then a
//! span costs the reading of one flag.

use tracing::Span;
use tracing::field::Empty;

use crate::grant::Origin;

/// What our spans are told from everybody else's by.
pub const TARGET: &str = "collector::trace";

macro_rules! span {
    ($($fields:tt)*) => { tracing::debug_span!(target: TARGET, $($fields)*) };
}

/// A pass of a source.
pub fn pass(source: &str) -> Span {
    span!(
        "pass",
        source,
        verdict = Empty,
        rooms = Empty,
        otel.status_code = Empty
    )
}

/// How the pass ended. `rooms` is how many it had.
pub fn pass_ended(span: &Span, verdict: &str, rooms: usize) {
    span.record("verdict", verdict);
    span.record("rooms", rooms);
}

/// The pass failed as a whole.
pub fn pass_failed(span: &Span) {
    span.record("verdict", "failed");
    span.record("otel.status_code", "ERROR");
}

/// The reading of the room lists.
pub fn expand() -> Span {
    span!("expand")
}

/// The call for one slice.
pub fn slice(rooms: usize) -> Span {
    span!("slice", rooms)
}

/// The storing of one room.
pub fn commit() -> Span {
    span!("commit")
}

/// One attempt at a request, with the attributes of the OpenTelemetry semantic conventions for HTTP clients; `number` is 1 for
/// the first.
pub fn request(method: &reqwest::Method, origin: &Origin, number: u32) -> Span {
    let span = span!(
        "http",
        otel.name = method.as_str(),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = method.as_str(),
        server.address = %origin.host(),
        server.port = origin.port(),
        http.request.resend_count = Empty,
        http.response.status_code = Empty,
        error.type = Empty,
    );
    if number > 1 {
        span.record("http.request.resend_count", number - 1);
    }
    span
}

/// The attempt was answered.
pub fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 400 {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", status);
    }
}

/// The attempt was not answered, for this one word.
pub fn failed(span: &Span, class: &'static str) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", class);
}
