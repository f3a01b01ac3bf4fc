//! An answer before it goes on the wire, and errors in Graph's envelope.

use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use serde_json::{Value, json};

use crate::ids;
use crate::room::{Missing, Refusal};

/// Status, headers and body, and the delay before the answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
    pub(crate) delay: Duration,
}

/// The content type of Graph's JSON, word for word.
pub(crate) const JSON: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self {
            status,
            headers,
            body: body.into(),
            delay: Duration::ZERO,
        }
    }

    pub(crate) fn bytes(body: Vec<u8>) -> Self {
        Self::new(200, JSON, body)
    }

    pub(crate) fn json(value: &Value) -> Self {
        Self::new(200, JSON, value.to_string())
    }

    /// An answer without a body, as gateways give for 502, 503 and 504.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            delay: Duration::ZERO,
        }
    }

    /// Graph's envelope. Source: "Microsoft Graph error responses and resource types".
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let id = ids::fresh();
        let body = json!({"error": {"code": code, "message": message, "innerError": {
            "date": Utc::now().format("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": id,
            "client-request-id": id,
        }}});
        Self::new(status, "application/json", body.to_string())
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The directory's refusal of an app that lacks a permission.
    pub(crate) fn directory_refusal() -> Self {
        Self::error(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    }

    /// Exchange's refusals. Source: "Limiting application permissions to specific Exchange Online mailboxes".
    pub(crate) fn refusal(refusal: Refusal) -> Self {
        let message = match refusal {
            Refusal::AccessDenied => "Access is denied. Check credentials and try again.",
            Refusal::AccessPolicy => {
                "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings."
            }
            Refusal::ODataDisabled => "Access to OData is disabled.",
        };
        Self::error(403, "ErrorAccessDenied", message)
    }

    pub(crate) fn missing(form: Missing, name: &str) -> Self {
        let (code, message) = match form {
            Missing::InvalidUser => (
                "ErrorInvalidUser",
                format!("The requested user '{name}' is invalid."),
            ),
            Missing::ResourceNotFound => (
                "ResourceNotFound",
                format!("Resource could not be discovered: user '{name}'."),
            ),
            Missing::NoDirectoryObject => (
                "Request_ResourceNotFound",
                format!(
                    "Resource '{name}' does not exist or one of its queried reference-property objects are not present."
                ),
            ),
            Missing::ItemNotFound => (
                "ErrorItemNotFound",
                "The specified object was not found in the store.".to_owned(),
            ),
            Missing::NotEnabledForRest => (
                "MailboxNotEnabledForRESTAPI",
                "The mailbox is either inactive, soft-deleted, or is hosted on-premise.".to_owned(),
            ),
        };
        Self::error(404, code, &message)
    }

    /// 405, for all but `GET`, and for all but `POST` of a batch.
    pub(crate) fn wrong_method() -> Self {
        Self::error(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
    }

    /// 400 for a page that is too large, in the words of Graph's parser.
    pub(crate) fn top_exceeded(most: usize, asked: usize) -> Self {
        Self::error(
            400,
            "RequestBroker--ParseUri",
            &format!(
                "The limit of '{most}' for Top query has been exceeded. The value from the incoming request is '{asked}'."
            ),
        )
    }

    /// 400 for an address without a route, in the words of Graph's parser.
    pub(crate) fn no_segment(name: &str) -> Self {
        Self::error(
            400,
            "BadRequest",
            &format!("Resource not found for the segment '{name}'."),
        )
    }
}
