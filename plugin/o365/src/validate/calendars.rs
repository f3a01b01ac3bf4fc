//! Calendars of some rooms: which can be read, and whether a policy blocks the others. That may be intended, so it is not a failure as long as
//! others can be read.

use super::Sample;
use crate::calendar::{self, Probe};
use crate::powershell::quoted;
use crate::settings::Settings;
use connector_sdk::{Check, CheckStatus, Host, Reason, Room};
use graph::checks::{self, failed_or_pending, passed, patient};
use graph::claims::Claims;
use graph::{Graph, Refusal, Trouble, advice};

/// The result of a sample.
pub(super) struct Tried {
    sample: Sample,
    probe: Result<Probe, Trouble>,
}

/// Asks for one event of each room of a sample, in one request.
pub(super) async fn try_some<H: Host>(graph: &Graph<'_, H>, sample: Sample) -> Tried {
    let probe = calendar::probe(graph, &sample.rooms).await;
    Tried { sample, probe }
}

impl Tried {
    pub(super) fn rooms(&self) -> &[Room] {
        &self.sample.rooms
    }

    /// The rooms whose calendars can be read.
    pub(super) fn readable_rooms(&self) -> impl Iterator<Item = &Room> {
        let calendars = self.probe.iter().flat_map(|probe| &probe.calendars);
        let rooms = self.sample.rooms.iter().zip(calendars);
        rooms
            .filter(|(_, calendar)| calendar.is_ok())
            .map(|(room, _)| room)
    }

    /// Whether any calendar can be read.
    pub(super) fn readable(&self) -> bool {
        self.readable_rooms().next().is_some()
    }

    /// Why the others cannot be read, by the rooms' addresses.
    pub(super) fn troubles(&self) -> impl Iterator<Item = (&str, &Trouble)> {
        let rooms = self.sample.rooms.iter().enumerate();
        rooms.filter_map(|(at, room)| {
            let trouble = match &self.probe {
                Ok(probe) => probe.calendars.get(at)?.as_ref().err()?,
                Err(trouble) => trouble,
            };
            Some((room.address.as_str(), trouble))
        })
    }

    /// When they were tried, by the service's clock, in UTC seconds.
    pub(super) fn at(&self) -> Option<i64> {
        self.probe.as_ref().ok()?.at
    }
}

/// The check of a sample. `anything_readable` tells whether any calendar of any sample can be read: then the permission has arrived, and
/// refusals are intended.
pub(super) fn check(tried: &Tried, anything_readable: bool, claims: &Claims, settings: &Settings) -> Check {
    let name = format!("calendars of {}", tried.sample.of);
    if let Err(trouble) = &tried.probe {
        let reason = patient(advice::reason(&name, trouble, settings));
        let status = if anything_readable {
            CheckStatus::Limited
        } else {
            failed_or_pending(advice::may_pass(trouble))
        };
        return checks::check(&name, status, reason);
    }
    let troubles: Vec<(&str, &Trouble)> = tried.troubles().collect();
    let count = tried.rooms().len();
    let can = format!(
        "{} of {count} calendars tried can be read",
        count - troubles.len().min(count)
    );
    if troubles.is_empty() {
        return passed(&name, can);
    }
    if !anything_readable {
        let may_pass = troubles.iter().any(|(_, trouble)| advice::may_pass(trouble));
        let Told { names, mut reason } = tell(&troubles, settings);
        reason.message = format!("{can}, not {names}; {}", reason.message);
        return checks::check(&name, failed_or_pending(may_pass), patient(reason));
    }
    let (by_policy, other): (Vec<_>, Vec<_>) = troubles.into_iter().partition(|(_, t)| is_policy(t));
    let mut whole = Reason {
        message: can,
        ..Reason::default()
    };
    let mut advice = Vec::new();
    if let [(room, trouble), ..] = by_policy.as_slice() {
        let Told { names, reason } = tell(&by_policy, settings);
        whole.message.push_str(&format!(
            "; limited by policy, which is fine if intended: not {names}; {}",
            reason.message
        ));
        whole.code = reason.code;
        let user_agent = matches!(trouble, Trouble::Refused(refusal) if advice::blames_user_agent(refusal));
        advice.push(match reason.advice {
            Some(advice) if user_agent => advice,
            _ => widen(room, claims),
        });
    }
    if !other.is_empty() {
        let Told { names, reason } = tell(&other, settings);
        whole
            .message
            .push_str(&format!("; not {names}; {}", reason.message));
        whole.code = whole.code.or(reason.code);
        advice.extend(reason.advice);
    }
    whole.advice = Some(advice.join(" "));
    checks::check(&name, CheckStatus::Limited, patient(whole))
}

/// Rooms that cannot be read, and why the first of them cannot.
struct Told {
    names: String,
    reason: Reason,
}

fn tell(troubles: &[(&str, &Trouble)], settings: &Settings) -> Told {
    let names: Vec<&str> = troubles.iter().map(|(room, _)| *room).collect();
    let first = troubles.first();
    Told {
        names: advice::some_of(&names),
        reason: first.map_or_else(Reason::default, |(room, trouble)| {
            advice::reason(&format!("calendar of {room}"), trouble, settings)
        }),
    }
}

/// Whether a policy blocks the application from a mailbox, given that it may read others.
fn is_policy(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(Refusal { status: 403, .. }))
}

/// The Exchange commands that allow reading a room.
fn widen(room: &str, claims: &Claims) -> String {
    let (room, application) = (quoted(room), quoted(claims.client_id().unwrap_or("CLIENT-ID")));
    format!(
        "Nothing, if that is intended. Otherwise add the room to the group of the policy or scope in Exchange: \
         Add-DistributionGroupMember -Identity GROUP -Member {room}. To see what is allowed: \
         Test-ApplicationAccessPolicy -Identity {room} -AppId {application}, or, with RBAC for Applications, \
         Test-ServicePrincipalAuthorization -Identity {application} -Resource {room}."
    )
}
