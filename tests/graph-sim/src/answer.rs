//! The answers of Graph: JSON, and errors in its envelope.

use chrono::Utc;
use serde_json::{Value, json};
pub(crate) use sim::Answer;

use crate::ids;
use crate::room::{Missing, Refusal};

/// The content type of Graph's JSON, word for word.
pub(crate) const JSON: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// The constructors that Graph adds to [`Answer`].
pub(crate) trait GraphAnswer {
    fn bytes(body: Vec<u8>) -> Answer {
        Answer::new(200, JSON, body)
    }

    fn json(value: &Value) -> Answer {
        Answer::new(200, JSON, value.to_string())
    }

    /// Graph's envelope. Source: "Microsoft Graph error responses and resource types".
    fn error(status: u16, code: &str, message: &str) -> Answer {
        let id = ids::fresh();
        let body = json!({"error": {"code": code, "message": message, "innerError": {
            "date": Utc::now().format("%Y-%m-%dT%H:%M:%S").to_string(),
            "request-id": id,
            "client-request-id": id,
        }}});
        Answer::new(status, "application/json", body.to_string())
    }

    /// The directory's refusal of an app that lacks a permission.
    fn directory_refusal() -> Answer {
        Self::error(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    }

    /// Exchange's refusals. Source: "Limiting application permissions to specific Exchange Online mailboxes".
    fn refusal(refusal: Refusal) -> Answer {
        let message = match refusal {
            Refusal::AccessDenied => "Access is denied. Check credentials and try again.",
            Refusal::AccessPolicy => {
                "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings."
            }
            Refusal::ODataDisabled => "Access to OData is disabled.",
        };
        Self::error(403, "ErrorAccessDenied", message)
    }

    fn missing(form: Missing, name: &str) -> Answer {
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
    fn wrong_method() -> Answer {
        Self::error(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
    }

    /// 400 for a page that is too large, in the words of Graph's parser.
    fn top_exceeded(most: usize, asked: usize) -> Answer {
        Self::error(
            400,
            "RequestBroker--ParseUri",
            &format!(
                "The limit of '{most}' for Top query has been exceeded. The value from the incoming request is '{asked}'."
            ),
        )
    }

    /// 400 for an address without a route, in the words of Graph's parser.
    fn no_segment(name: &str) -> Answer {
        Self::error(
            400,
            "BadRequest",
            &format!("Resource not found for the segment '{name}'."),
        )
    }
}

impl GraphAnswer for Answer {}
