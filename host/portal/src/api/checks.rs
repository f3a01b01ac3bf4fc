//! Authorization and validation: what is permitted, and what works.

/// A permission that is asked of the administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its name: `Calendars.Read`.
    pub name: String,
    /// What it is used for here.
    pub purpose: String,
}

/// How a source gets consent, and how far that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The origin of the consent page, for the page's policy and for people: `https://login.microsoftonline.com`.
    pub consent_origin: String,
    /// What is asked for.
    pub permissions: Vec<Permission>,
    /// Where it comes back to, to be registered with the application.
    pub redirect_uri: String,
    /// How far it is.
    pub state: AuthorizationState,
}

/// How far a consent is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationState {
    /// Nobody was asked here.
    NotAsked,
    /// Somebody was sent to the consent page and has not come back.
    Asked {
        /// When.
        at: i64,
    },
    /// Consent was given, and a token of the tenant proved it.
    Granted {
        /// When.
        at: i64,
        /// Whose account clicked.
        by: String,
        /// The tenant's id.
        tenant: String,
    },
    /// Consent was given, and no token could be had yet: servers may not have heard of it.
    Unproven {
        /// When.
        at: i64,
        /// Why there is none.
        problem: String,
        /// What to do.
        advice: String,
    },
    /// It was refused.
    Refused {
        /// When.
        at: i64,
        /// What happened, in words.
        problem: String,
        /// What to do next.
        advice: String,
        /// The other side's code: `AADSTS65004`.
        code: Option<String>,
    },
}

/// What the consent page sent back. None of it is believed before the program checked it.
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

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckStatus {
    /// It works.
    Passed,
    /// It works, and something should be looked at.
    Warning,
    /// It works for a part, which is fine where that is wanted.
    Limited,
    /// It does not work yet; it is tried again by itself.
    Pending,
    /// It does not work.
    Failed,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What: `token`, `room list hq-rooms@contoso.com`.
    pub name: String,
    /// What became of it.
    pub status: CheckStatus,
    /// What was found.
    pub message: String,
    /// What to do about it: may hold a command of several lines.
    pub advice: Option<String>,
    /// The other side's code.
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

/// The checks of a target as they stand now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validation {
    /// When they were asked for.
    pub begun_at: i64,
    /// Whether they are being made now.
    pub running: bool,
    /// When the last ones ended.
    pub ended_at: Option<i64>,
    /// When they are made again by themselves, because something is pending.
    pub next_try_at: Option<i64>,
    /// When what is pending counts as failed.
    pub patience_until: Option<i64>,
    /// What was found, in the order in which it was tried.
    pub checks: Vec<Check>,
    /// How many rooms were tried, and of how many.
    pub rooms: Option<(u64, u64)>,
    /// Each room that was tried, those that cannot be read first.
    pub mailboxes: Vec<Mailbox>,
}
