//! Authorization and validation: what the application may do, and what works.

pub use collector_model::check::{Check, CheckStatus, Mailbox};
pub use collector_model::connector::Permission;
pub use collector_model::consent::ConsentState;

/// How a source gets consent, and the progress of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The origin of the consent page, for the content security policy and for people: `https://login.microsoftonline.com`.
    pub consent_origin: String,
    /// The requested permissions.
    pub permissions: Vec<Permission>,
    /// Where the consent page returns to; must be registered with the application.
    pub redirect_uri: String,
    /// The progress of the consent; `None` if consent was not requested here.
    pub state: Option<ConsentState>,
}

/// The answer of the consent page. Not to be trusted before the program has checked it.
#[derive(Debug, Clone, Default)]
pub struct ConsentAnswer {
    /// The single-use state.
    pub state: Option<String>,
    /// `error`.
    pub error: Option<String>,
    /// `error_description`.
    pub error_description: Option<String>,
    /// `error_subcode`.
    pub error_subcode: Option<String>,
    /// `tenant`.
    pub tenant: Option<String>,
    /// `admin_consent`.
    pub admin_consent: Option<String>,
}

/// The current checks of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// When they were requested.
    pub begun_at: i64,
    /// Whether they are running.
    pub running: bool,
    /// When the last ones ended.
    pub ended_at: Option<i64>,
    /// When the program repeats them, because a check is pending.
    pub next_try_at: Option<i64>,
    /// When a pending check counts as failed.
    pub patience_until: Option<i64>,
    /// The checks, in the order in which they ran.
    pub checks: Vec<Check>,
    /// How many rooms were tried, and how many there are.
    pub rooms: Option<(u64, u64)>,
    /// Each room that was tried, those that cannot be read first.
    pub mailboxes: Vec<Mailbox>,
}
