//! What connectors say, in the host's own types. All strings in them are foreign text.

use super::bindings::{administered_connector, administration, connector as wit, meetings, types};
use crate::meeting::{Meeting, Status, Subject};
use crate::outcome::{Outcome, Reason};
use crate::room::{Room, RoomAddress};

/// What a connector is and asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The name that sources use.
    pub name: String,
    /// The connector's own version.
    pub version: String,
    /// What people call it.
    pub title: String,
    /// What it collects from where.
    pub description: String,
    /// A JSON Schema of its settings.
    pub settings_schema: String,
    /// The origins that it may need, as it wrote them.
    pub hosts: Vec<String>,
    /// The credentials that it may ask for.
    pub secrets: Vec<SecretNeed>,
    /// How many rooms it wants in one call; at least 1.
    pub slice_size: usize,
}

/// A credential that a connector asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretNeed {
    /// Its name.
    pub name: String,
    /// What it is used for.
    pub purpose: String,
    /// Whether the connector must see the value.
    pub reveal: bool,
}

/// How a source gets its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The name under which the connector asks for the token.
    pub secret: String,
    /// Where the token comes from, as the connector wrote it.
    pub token_endpoint: String,
    /// What is asked for.
    pub scope: String,
    /// The origins that the token may be sent to, as the connector wrote them.
    pub audience: Vec<String>,
    /// Where an administrator consents.
    pub consent_page: Option<String>,
    /// What the administrator is asked for.
    pub permissions: Vec<Permission>,
}

/// A permission and what it is used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Its name.
    pub name: String,
    /// What it is used for.
    pub purpose: String,
}

/// A room list that could not be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListProblem {
    /// The list, as configured.
    pub room_list: String,
    /// Why.
    pub reason: Reason,
}

/// The rooms of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// Each room once.
    pub rooms: Vec<Room>,
    /// The lists that could not be expanded.
    pub problems: Vec<ListProblem>,
}

/// Why nothing at all could be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CollectError {
    /// The settings cannot be used.
    Settings(Vec<crate::settings::SettingsProblem>),
    /// The other side refuses the source.
    Denied(Reason),
    /// The other side cannot be reached.
    Unreachable(Reason),
    /// The other side asks to come back after so many seconds.
    RetryAfter(u32),
    /// Anything else.
    Failed(Reason),
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckStatus {
    /// It works.
    Passed,
    /// It works, and something should be looked at.
    Warning,
    /// It works for a part.
    Limited,
    /// It does not work yet.
    Pending,
    /// It does not work.
    Failed,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was tried.
    pub name: String,
    /// What became of it.
    pub status: CheckStatus,
    /// What was found, and what to do about it.
    pub reason: Reason,
}

/// A way to limit what the application may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guide {
    /// What it is called.
    pub title: String,
    /// What it does.
    pub description: String,
    /// In the order in which they are taken.
    pub steps: Vec<Step>,
}

/// One step of a guide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done, and what to see to.
    pub text: String,
    /// What is run, in the other side's own command language; several lines.
    pub commands: Option<String>,
}

pub(super) fn manifest(from: wit::Manifest) -> Manifest {
    Manifest {
        name: from.name,
        version: from.version,
        title: from.title,
        description: from.description,
        settings_schema: from.settings_schema,
        hosts: from.hosts,
        secrets: from
            .secrets
            .into_iter()
            .map(|need| SecretNeed {
                name: need.name,
                purpose: need.purpose,
                reveal: need.reveal,
            })
            .collect(),
        slice_size: usize::try_from(from.slice_size)
            .unwrap_or(usize::MAX)
            .clamp(1, 1_000),
    }
}

pub(super) fn authorization(from: wit::Oauth) -> Authorization {
    Authorization {
        secret: from.secret,
        token_endpoint: from.token_endpoint,
        scope: from.scope,
        audience: from.audience,
        consent_page: from.consent_page,
        permissions: from
            .permissions
            .into_iter()
            .map(|permission| Permission {
                name: permission.name,
                purpose: permission.purpose,
            })
            .collect(),
    }
}

pub(super) fn settings_problems(from: Vec<wit::SettingsProblem>) -> Vec<crate::settings::SettingsProblem> {
    from.into_iter()
        .map(|problem| crate::settings::SettingsProblem {
            key: problem.key,
            problem: problem.problem,
            remedy: problem.remedy,
        })
        .collect()
}

/// The same type again, as the larger world has it.
pub(super) fn administered_settings_problems(
    from: Vec<administered_connector::SettingsProblem>,
) -> Vec<crate::settings::SettingsProblem> {
    from.into_iter()
        .map(|problem| crate::settings::SettingsProblem {
            key: problem.key,
            problem: problem.problem,
            remedy: problem.remedy,
        })
        .collect()
}

pub(super) fn guide(from: administration::Guide) -> Guide {
    Guide {
        title: from.title,
        description: from.description,
        steps: from
            .steps
            .into_iter()
            .map(|step| Step {
                text: step.text,
                commands: step.commands,
            })
            .collect(),
    }
}

pub(super) fn expansion(from: wit::Expansion) -> Expansion {
    Expansion {
        rooms: from.rooms.into_iter().map(room).collect(),
        problems: from
            .problems
            .into_iter()
            .map(|problem| ListProblem {
                room_list: problem.room_list,
                reason: reason(problem.reason),
            })
            .collect(),
    }
}

fn room(from: wit::Room) -> Room {
    Room {
        address: RoomAddress::new(&from.address),
        key: from.key,
        name: from.name,
        building: from.building,
        capacity: from.capacity,
        lists: from.lists,
    }
}

pub(super) fn reason(from: types::Reason) -> Reason {
    Reason {
        message: from.message,
        advice: from.advice,
        code: from.code,
    }
}

pub(super) fn collect_error(from: wit::CollectError) -> CollectError {
    match from {
        wit::CollectError::Settings(problems) => CollectError::Settings(settings_problems(problems)),
        wit::CollectError::Denied(why) => CollectError::Denied(reason(why)),
        wit::CollectError::Unreachable(why) => CollectError::Unreachable(reason(why)),
        wit::CollectError::RetryAfter(seconds) => CollectError::RetryAfter(seconds),
        wit::CollectError::Failed(why) => CollectError::Failed(reason(why)),
    }
}

pub(super) fn outcome(from: wit::Outcome) -> Outcome {
    match from {
        wit::Outcome::Complete(cursor) => Outcome::Complete(cursor),
        wit::Outcome::Changes(cursor) => Outcome::Changes(cursor),
        wit::Outcome::RetryAfter(seconds) => Outcome::RetryAfter(seconds),
        wit::Outcome::Denied(why) => Outcome::Denied(reason(why)),
        wit::Outcome::Missing(why) => Outcome::Missing(reason(why)),
        wit::Outcome::Failed(why) => Outcome::Failed(reason(why)),
    }
}

pub(super) fn check(from: wit::Check) -> Check {
    Check {
        name: from.name,
        status: match from.status {
            wit::CheckStatus::Passed => CheckStatus::Passed,
            wit::CheckStatus::Warning => CheckStatus::Warning,
            wit::CheckStatus::Limited => CheckStatus::Limited,
            wit::CheckStatus::Pending => CheckStatus::Pending,
            wit::CheckStatus::Failed => CheckStatus::Failed,
        },
        reason: reason(from.reason),
    }
}

pub(super) fn meeting(from: meetings::Meeting) -> Meeting {
    Meeting {
        id: from.id,
        series: from.series,
        subject: match from.subject {
            meetings::Subject::Text(text) => Subject::Text(text),
            meetings::Subject::Withheld => Subject::Withheld,
            meetings::Subject::None => Subject::None,
        },
        start: from.start,
        end: from.end,
        all_day: from.all_day,
        status: match from.status {
            meetings::Status::Confirmed => Status::Confirmed,
            meetings::Status::Tentative => Status::Tentative,
            meetings::Status::Cancelled => Status::Cancelled,
        },
    }
}
