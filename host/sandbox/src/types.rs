//! What connectors return, in the host's own types. All strings in them are foreign text, within their [`bounds`].

use collector_model::check::{Check, CheckStatus};
use collector_model::connector::{Guide, Permission, SecretNeed, Step};
use collector_model::form::Problem;
use collector_model::meeting::{Meeting, Status, Subject};
use collector_model::outcome::{Outcome, Reason};
use collector_model::room::{Room, RoomAddress};

use super::bindings::{
    administered_connector, administration, connector as wit, endpoint_connector, meetings, types,
};
use super::bounds::{self, Excess};
use super::known::Known;
use crate::settings::Schema;

/// What a connector is and asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The name that sources use.
    pub name: String,
    /// The connector's own version.
    pub version: String,
    /// The name for people.
    pub title: String,
    /// What it collects, and from where.
    pub description: String,
    /// A JSON Schema of its settings.
    pub settings_schema: Schema,
    /// The origins that it may need, as written by the connector.
    pub hosts: Vec<String>,
    /// The credentials that it may ask for.
    pub secrets: Vec<SecretNeed>,
    /// How many rooms it wants in one call; at least 1.
    pub slice_size: usize,
}

/// How a source gets its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The name under which the connector asks for the token.
    pub secret: String,
    /// Where the token comes from, as written by the connector.
    pub token_endpoint: String,
    /// What the token is for.
    pub scope: String,
    /// The origins that the token may be sent to, as written by the connector.
    pub audience: Vec<String>,
    /// Where an administrator consents.
    pub consent_page: Option<String>,
    /// What the administrator is asked for.
    pub permissions: Vec<Permission>,
}

/// A room list that could not be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListProblem {
    /// The list, as configured.
    pub room_list: String,
    /// Why.
    pub reason: Reason,
}

/// A room with a detail that exceeds its limit. It is known, but cannot be collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRoom {
    /// The room; details over their limits are cut.
    pub room: Room,
    /// Which detail that is.
    pub reason: Reason,
}

/// The rooms of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// Each room once.
    pub rooms: Vec<Room>,
    /// The rooms that cannot be collected.
    pub refused: Vec<RefusedRoom>,
    /// The room lists that could not be expanded.
    pub problems: Vec<ListProblem>,
}

/// Why a source failed as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CollectError {
    /// The settings cannot be used.
    Settings(Vec<Problem>),
    /// The service refuses the source.
    Denied(Reason),
    /// The service cannot be reached.
    Unreachable(Reason),
    /// The service asks for another try after so many seconds.
    RetryAfter(u32),
    /// Anything else.
    Failed(Reason),
}

/// Converts a manifest, given the schema that was read from it.
pub(super) fn manifest(from: wit::Manifest, settings_schema: Schema) -> Result<Manifest, Excess> {
    Ok(Manifest {
        name: bounds::CONNECTOR.take(from.name)?,
        version: bounds::VERSION.take(from.version)?,
        title: bounds::TITLE.take(from.title)?,
        description: bounds::DESCRIPTION.take(from.description)?,
        settings_schema,
        hosts: bounds::ORIGINS.take_each(from.hosts, |host| bounds::ORIGIN.take(host))?,
        secrets: bounds::SECRETS.take_each(from.secrets, |need| {
            Ok(SecretNeed {
                name: bounds::SECRET.take(need.name)?,
                purpose: bounds::PURPOSE.take(need.purpose)?,
                reveal: need.reveal,
            })
        })?,
        slice_size: usize::try_from(from.slice_size)
            .unwrap_or(usize::MAX)
            .clamp(1, 1_000),
    })
}

pub(super) fn authorization(from: wit::Oauth) -> Result<Authorization, Excess> {
    Ok(Authorization {
        secret: bounds::SECRET.take(from.secret)?,
        token_endpoint: bounds::PAGE.take(from.token_endpoint)?,
        scope: bounds::SCOPE.take(from.scope)?,
        audience: bounds::ORIGINS.take_each(from.audience, |origin| bounds::ORIGIN.take(origin))?,
        consent_page: bounds::PAGE.take(from.consent_page)?,
        permissions: bounds::PERMISSIONS.take_each(from.permissions, |permission| {
            Ok(Permission {
                name: bounds::PERMISSION.take(permission.name)?,
                purpose: bounds::PURPOSE.take(permission.purpose)?,
            })
        })?,
    })
}

/// Every world has a type of its own for the same problem.
macro_rules! into_problem {
    ($($world:ident),+) => {
        $(impl From<$world::SettingsProblem> for Problem {
            fn from(from: $world::SettingsProblem) -> Self {
                let $world::SettingsProblem { key, problem, remedy } = from;
                Self { key, problem, remedy }
            }
        })+
    };
}
into_problem!(wit, administered_connector, endpoint_connector);

pub(super) fn settings_problems(from: Vec<impl Into<Problem>>, known: &Known) -> Vec<Problem> {
    let problems = from.into_iter().map(|problem| {
        let Problem { key, problem, remedy } = problem.into();
        Problem {
            key: bounds::SETTING.cut(known.cut(key)),
            problem: bounds::WORDS.cut(known.cut(problem)),
            remedy: bounds::WORDS.cut(known.cut(remedy)),
        }
    });
    first_problems(problems.collect())
}

fn first_problems(problems: Vec<Problem>) -> Vec<Problem> {
    bounds::SETTINGS_PROBLEMS.cut_list(problems, |more| Problem {
        key: String::new(),
        problem: format!("there are {more} more problems"),
        remedy: "correct the others first".to_owned(),
    })
}

pub(super) fn guides(from: Vec<administration::Guide>) -> Result<Vec<Guide>, Excess> {
    bounds::GUIDES.take_each(from, |guide| {
        Ok(Guide {
            title: bounds::TITLE.take(guide.title)?,
            description: bounds::DESCRIPTION.take(guide.description)?,
            steps: bounds::STEPS.take_each(guide.steps, |step| {
                Ok(Step {
                    text: bounds::STEP.take(step.text)?,
                    commands: bounds::COMMANDS.take(step.commands)?,
                })
            })?,
        })
    })
}

pub(super) fn expansion(from: wit::Expansion, known: &Known) -> Result<Expansion, Excess> {
    let found = bounds::ROOMS.take(from.rooms)?;
    let problems = bounds::LIST_PROBLEMS.take(from.problems)?;
    let mut expansion = Expansion {
        rooms: Vec::with_capacity(found.len()),
        refused: Vec::new(),
        problems: problems
            .into_iter()
            .map(|problem| ListProblem {
                room_list: bounds::ROOM_LIST.cut(problem.room_list),
                reason: reason(problem.reason, known),
            })
            .collect(),
    };
    for found in found {
        let room = room(found);
        match within_bounds(&room) {
            Ok(()) => expansion.rooms.push(room),
            Err(excess) => expansion.refused.push(RefusedRoom {
                room: cut_room(room),
                reason: Reason::new(excess.to_string()),
            }),
        }
    }
    Ok(expansion)
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

fn within_bounds(room: &Room) -> Result<(), Excess> {
    bounds::ADDRESS.check(room.address.as_str())?;
    bounds::KEY.check(&room.key)?;
    bounds::ROOM_NAME.check(&room.name)?;
    bounds::BUILDING.check(&room.building)?;
    bounds::ROOM_LISTS.check(&room.lists)?;
    room.lists
        .iter()
        .try_for_each(|list| bounds::ROOM_LIST.check(list))
}

/// Cuts a room that is only shown, and never handed back to the connector.
fn cut_room(room: Room) -> Room {
    let lists = room.lists.into_iter().map(|list| bounds::ROOM_LIST.cut(list));
    Room {
        address: RoomAddress::new(&bounds::ADDRESS.cut(room.address.as_str().to_owned())),
        key: bounds::KEY.cut(room.key),
        name: bounds::ROOM_NAME.cut(room.name),
        building: room.building.map(|building| bounds::BUILDING.cut(building)),
        capacity: room.capacity,
        lists: bounds::ROOM_LISTS.cut_list(lists.collect(), |more| format!("{more} more")),
    }
}

pub(super) fn reason(from: types::Reason, known: &Known) -> Reason {
    Reason {
        message: bounds::WORDS.cut(known.cut(from.message)),
        advice: from.advice.map(|advice| bounds::WORDS.cut(known.cut(advice))),
        code: from.code.map(|code| bounds::CODE.cut(known.cut(code))),
    }
}

pub(super) fn collect_error(from: wit::CollectError, known: &Known) -> CollectError {
    match from {
        wit::CollectError::Settings(problems) => CollectError::Settings(settings_problems(problems, known)),
        wit::CollectError::Denied(why) => CollectError::Denied(reason(why, known)),
        wit::CollectError::Unreachable(why) => CollectError::Unreachable(reason(why, known)),
        wit::CollectError::RetryAfter(seconds) => CollectError::RetryAfter(seconds),
        wit::CollectError::Failed(why) => CollectError::Failed(reason(why, known)),
    }
}

pub(super) fn outcome(from: wit::Outcome, known: &Known) -> Outcome {
    // A cut cursor would lead somewhere else.
    let read = |outcome: fn(Option<String>) -> Outcome, cursor| match bounds::CURSOR.take(cursor) {
        Ok(cursor) => outcome(cursor),
        Err(excess) => Outcome::Failed(Reason::new(excess.to_string())),
    };
    match from {
        wit::Outcome::Complete(cursor) => read(Outcome::Complete, cursor),
        wit::Outcome::Changes(cursor) => read(Outcome::Changes, cursor),
        wit::Outcome::RetryAfter(seconds) => Outcome::RetryAfter(seconds),
        wit::Outcome::Denied(why) => Outcome::Denied(reason(why, known)),
        wit::Outcome::Missing(why) => Outcome::Missing(reason(why, known)),
        wit::Outcome::Failed(why) => Outcome::Failed(reason(why, known)),
    }
}

pub(super) fn checks(from: Vec<wit::Check>, known: &Known) -> Vec<Check> {
    bounds::CHECKS.cut_list(
        from.into_iter().map(|from| check(from, known)).collect(),
        |more| Check {
            name: "checks".to_owned(),
            status: CheckStatus::Failed,
            reason: Reason::new(format!("{more} more checks were left out")),
        },
    )
}

fn check(from: wit::Check, known: &Known) -> Check {
    Check {
        name: bounds::CHECK_NAME.cut(known.cut(from.name)),
        status: match from.status {
            wit::CheckStatus::Passed => CheckStatus::Passed,
            wit::CheckStatus::Warning => CheckStatus::Warning,
            wit::CheckStatus::Limited => CheckStatus::Limited,
            wit::CheckStatus::Pending => CheckStatus::Pending,
            wit::CheckStatus::Failed => CheckStatus::Failed,
        },
        reason: reason(from.reason, known),
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
