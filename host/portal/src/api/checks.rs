//! Authorization and validation: what the application may do, and what works.

/// A permission requested from the administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its name: `Calendars.Read`.
    pub name: String,
    /// What the collector uses it for.
    pub purpose: String,
}

/// How a source gets consent, and the progress of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The origin of the consent page, for the content security policy and for people: `https://login.microsoftonline.com`.
    pub consent_origin: String,
    /// The requested permissions.
    pub permissions: Vec<Permission>,
    /// Where the consent page returns to; must be registered with the application.
    pub redirect_uri: String,
    /// The progress of the consent.
    pub state: AuthorizationState,
}

/// The progress of a consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationState {
    /// Consent was not requested here.
    NotAsked,
    /// A browser was sent to the consent page and has not returned.
    Asked {
        /// When.
        at: i64,
    },
    /// Consent was given, and a token from the tenant proved it.
    Granted {
        /// When.
        at: i64,
        /// The account that requested it.
        by: String,
        /// The tenant's id.
        tenant: String,
    },
    /// Consent was given, but no token is available yet: it may not have reached all servers.
    Unproven {
        /// When.
        at: i64,
        /// Why there is no token.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// Consent was refused.
    Refused {
        /// When.
        at: i64,
        /// What happened, in words.
        problem: String,
        /// What to do next.
        advice: String,
        /// The service's error code: `AADSTS65004`.
        code: Option<String>,
    },
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

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckStatus {
    /// It works.
    Passed,
    /// It works, but needs attention.
    Warning,
    /// It works in part, which is fine where that is intended.
    Limited,
    /// It does not work yet; the program retries it.
    Pending,
    /// It does not work.
    Failed,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked: `token`, `room list hq-rooms@contoso.com`.
    pub name: String,
    /// Its result.
    pub status: CheckStatus,
    /// What the check found.
    pub message: String,
    /// What to do about it; may contain a command of several lines.
    pub advice: Option<String>,
    /// The service's error code.
    pub code: Option<String>,
}

/// A room as the validation found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Its address.
    pub address: String,
    /// Its name.
    pub name: String,
    /// `collected` (it can be read), `denied`, `missing`, `throttled`, `failed`.
    pub outcome: String,
    /// Why it cannot be read.
    pub cause: Option<String>,
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
