//! The meaning of an answer, or of none, for a room: the rules that most connectors need. Each errs on the safe side: an answer that cannot be
//! understood fails the room, which then keeps its stored meetings.

use crate::connector::{CollectError, Outcome};
use crate::host::{EmitError, FetchError, Response, SecretError};
use crate::reason::Reason;
use serde::de::DeserializeOwned;

impl Response {
    /// The JSON of an answer with status 200.
    ///
    /// # Errors
    /// The outcome of the room that this is the answer for: 401 and 403 are `denied`, 404 and 410 `missing`, 429 and 503 `retry-after`; every
    /// other status, and invalid or unexpected JSON, is `failed`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Outcome> {
        let code = Some(format!("HTTP {}", self.status));
        let reason = |message: &str| Reason {
            message: message.to_owned(),
            advice: None,
            code,
        };
        match self.status {
            // The error's text may contain a value, and so a subject: only its place is reported.
            200 => serde_json::from_slice(&self.body).map_err(|error| {
                let (line, column) = (error.line(), error.column());
                Outcome::Failed(
                    format!("the answer cannot be understood, at line {line} column {column}").into(),
                )
            }),
            401 | 403 => Err(Outcome::Denied(reason("the server refuses the credential"))),
            404 | 410 => Err(Outcome::Missing(reason("the server does not know the room"))),
            429 | 503 => Err(Outcome::RetryAfter(self.retry_after())),
            _ => Err(Outcome::Failed(reason(
                "the server answers with a status other than 200",
            ))),
        }
    }
}

/// Without an answer the room has failed. If a grant is missing, the message contains the configuration line that would add it.
impl From<FetchError> for Outcome {
    fn from(error: FetchError) -> Self {
        Self::Failed(error.to_string().into())
    }
}

/// A refused meeting fails its room: the collector keeps no part of a room.
impl From<EmitError> for Outcome {
    fn from(error: EmitError) -> Self {
        Self::Failed(format!("the collector refused a meeting: {error}").into())
    }
}

/// Without its credential, no room of a source can be collected.
impl From<SecretError> for CollectError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Unavailable(_) => Self::Unreachable(error.into()),
            SecretError::NotFound(_) | SecretError::Denied(_) | SecretError::Authorization(_) => {
                Self::Denied(error.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response {
            status,
            headers: vec![("retry-after".to_owned(), "7".to_owned())],
            body: body.into(),
        }
    }

    #[test]
    fn only_an_answer_that_is_understood_leaves_no_outcome() {
        assert_eq!(answer(200, "[1]").json(), Ok(vec![1]));
        for (status, outcome) in [
            (401, "Denied"),
            (403, "Denied"),
            (404, "Missing"),
            (410, "Missing"),
            (429, "RetryAfter(7)"),
            (503, "RetryAfter(7)"),
            (204, "Failed"),
            (302, "Failed"),
            (500, "Failed"),
        ] {
            let said = format!("{:?}", answer(status, "[1]").json::<Vec<u8>>());
            assert!(said.starts_with(&format!("Err({outcome}")), "{status}: {said}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told_by_its_place_alone() {
        let Err(Outcome::Failed(reason)) = answer(200, "[\n\"Secret plans\"]").json::<Vec<u8>>() else {
            panic!("it was understood")
        };
        assert_eq!(
            reason.message,
            "the answer cannot be understood, at line 2 column 14"
        );
    }
}
