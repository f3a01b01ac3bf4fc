//! The errors of Entra. Source: "Microsoft Entra authentication and authorization error codes".

use chrono::Utc;
use serde_json::json;

use crate::answer::Answer;
use crate::ids;

/// An error of Entra: flat, unlike Graph's.
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) code: u32,
    pub(crate) text: String,
}

pub(crate) fn refused<T>(
    status: u16,
    error: &'static str,
    code: u32,
    text: impl Into<String>,
) -> Result<T, Refused> {
    Err(Refused {
        status,
        error,
        code,
        text: text.into(),
    })
}

impl Refused {
    /// The refusal in the form of the token endpoint.
    pub(crate) fn answer(self) -> Answer {
        let Self {
            status,
            error,
            code,
            text,
        } = self;
        let (trace, correlation) = (ids::fresh(), ids::fresh());
        let now = Utc::now().format("%Y-%m-%d %H:%M:%SZ").to_string();
        let body = json!({
            "error": error,
            "error_description": format!("AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"),
            "error_codes": [code],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        });
        Answer::new(status, "application/json; charset=utf-8", body.to_string())
    }
}
