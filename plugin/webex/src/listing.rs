//! The workspaces of an organisation as spaces, with what is needed to tell later whether their devices were connected.
//!
//! One list gives all of it, page by page. Where Webex leaves out devices or capabilities (a next page can lose the parameters of the first),
//! they are asked for separately.

use crate::advice;
use crate::api::{Trouble, Webex, percent, text};
use crate::settings::{self, PeopleCount};
use crate::sight::{Link, Poll};
use crate::workspace::{Detects, Workspace, device};
use connector_sdk::{CollectError, Host, Kind, Level, Listing, Reason, SettingsProblem, Space};
use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};

/// How many workspaces' capabilities are asked for side by side, where the list lacks them.
const AT_ONCE: usize = 8;

/// The longest name of a workspace or location, in bytes.
const MAX_NAME: usize = 1024;

/// The spaces of the source.
///
/// # Errors
/// Nothing at all could be done, for one reason: unusable settings, no token, Webex out of reach, a scope or role that is missing.
pub(crate) async fn list_spaces<H: Host>(host: &H, settings: &str) -> Result<Listing, CollectError> {
    let settings = settings::parse(settings)?;
    let webex = Webex::new(host, &settings);
    let found = find(&webex).await?;
    if found.desks > 0 {
        let message = format!(
            "{} workspaces are hot desks or desks of one person and are left out",
            found.desks
        );
        host.log(Level::Info, &message);
    }
    Ok(found.into_listing())
}

/// What the lists of an organisation hold.
pub(crate) struct Found {
    pub(crate) workspaces: Vec<Seen>,
    /// How many workspaces were left out as desks.
    pub(crate) desks: usize,
    locations: HashMap<String, Location>,
    /// What could not be listed, or not as a whole, and why.
    pub(crate) problems: Vec<(List, Reason)>,
}

/// A list that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    Locations,
    Workspaces,
    Devices,
    Capabilities,
}

/// A workspace, and when Webex told about it.
pub(crate) struct Seen {
    pub(crate) workspace: Workspace,
    pub(crate) at: i64,
}

struct Location {
    name: String,
    zone: Option<String>,
}

/// Reads the lists.
pub(crate) async fn find<H: Host>(webex: &Webex<'_, H>) -> Result<Found, CollectError> {
    let mut found = Found {
        workspaces: Vec::new(),
        desks: 0,
        locations: HashMap::new(),
        problems: Vec::new(),
    };
    let locations = found.read_locations(webex).await?;
    let queries = match &locations {
        None => vec![String::new()],
        Some(ids) => ids
            .iter()
            .map(|id| format!("&locationId={}", percent(id)))
            .collect(),
    };
    for query in queries {
        found.read_workspaces(webex, &query, locations.as_ref()).await?;
    }
    found.complete_devices(webex).await;
    found.complete_capabilities(webex).await;
    if webex.settings.people == PeopleCount::Off {
        let detects = found
            .workspaces
            .iter_mut()
            .filter_map(|seen| seen.workspace.detects.as_mut());
        detects.for_each(|detects| detects.people = false);
    }
    Ok(found)
}

impl Found {
    /// Reads the locations. Returns the ids of those that the settings name; none if they name none.
    async fn read_locations<H: Host>(
        &mut self,
        webex: &Webex<'_, H>,
    ) -> Result<Option<BTreeSet<String>>, CollectError> {
        const WHAT: &str = "the locations";
        let wanted = &webex.settings.locations;
        let known = &mut self.locations;
        let read = webex
            .pages("/locations", "", |item| {
                if let Some(id) = text(&item.value, "id") {
                    known.insert(id.to_owned(), Location::read(&item.value));
                }
            })
            .await;
        match read {
            Ok(None) => {}
            Ok(Some(why)) => self.problem(List::Locations, advice::incomplete(WHAT, &why)),
            // Without the list, a name may be any location's; only a scope that is missing stays missing.
            Err(trouble)
                if advice::ends_all(&trouble) || (!wanted.is_empty() && !advice::is_forbidden(&trouble)) =>
            {
                return Err(advice::collect_error(WHAT, &trouble, webex.settings));
            }
            // Names and zones are missing, nothing else.
            Err(trouble) => self.problem(List::Locations, advice::reason(WHAT, &trouble, webex.settings)),
        }
        let known = &self.locations;
        if wanted.is_empty() {
            return Ok(None);
        }
        let mut ids = BTreeSet::new();
        let mut unknown = Vec::new();
        for entry in wanted {
            let named: Vec<&String> = known
                .iter()
                .filter(|(id, location)| *id == entry || location.name.to_lowercase() == entry.to_lowercase())
                .map(|(id, _)| id)
                .collect();
            if !named.is_empty() {
                ids.extend(named.into_iter().cloned());
            } else if known.is_empty() {
                // Without the list nobody knows which entries are ids.
                ids.insert(entry.clone());
            } else {
                unknown.push(entry.as_str());
            }
        }
        if ids.is_empty() {
            return Err(CollectError::Settings(vec![no_location(&unknown, known)]));
        }
        for entry in unknown {
            let problem = no_location(&[entry], &self.locations);
            let reason = Reason {
                message: problem.problem,
                advice: Some(problem.remedy),
                code: None,
            };
            self.problem(List::Locations, reason);
        }
        Ok(Some(ids))
    }

    async fn read_workspaces<H: Host>(
        &mut self,
        webex: &Webex<'_, H>,
        query: &str,
        locations: Option<&BTreeSet<String>>,
    ) -> Result<(), CollectError> {
        const WHAT: &str = "the workspaces";
        let mut known: HashSet<String> = self
            .workspaces
            .iter()
            .map(|seen| seen.workspace.id.clone())
            .collect();
        let (mut undated, mut unreadable) = (false, 0_usize);
        let mut pages_with_devices = HashSet::new();
        let mut fresh: Vec<(usize, Seen)> = Vec::new();
        let query = format!("includeCapabilities=true&includeDevices=true{query}");
        let read = webex
            .pages("/workspaces", &query, |item| {
                let Some(workspace) = Workspace::read(&item.value) else {
                    unreadable += 1;
                    return;
                };
                // A next page can lose the filter.
                let is_wanted = locations.is_none_or(|wanted| {
                    workspace
                        .location
                        .as_ref()
                        .is_some_and(|location| wanted.contains(location))
                });
                if !is_wanted || !known.insert(workspace.id.clone()) {
                    return;
                }
                if workspace.devices.is_some() {
                    pages_with_devices.insert(item.page);
                }
                match item.at {
                    _ if workspace.is_desk => self.desks += 1,
                    Some(at) => fresh.push((item.page, Seen { workspace, at })),
                    None => undated = true,
                }
            })
            .await
            .map_err(|trouble| advice::collect_error(WHAT, &trouble, webex.settings))?;
        if undated {
            return Err(CollectError::Failed(Reason {
                message: format!(
                    "{WHAT}: the answer has no Date, so nobody knows when the devices were connected"
                ),
                advice: Some("Look for a proxy that removes the header Date.".to_owned()),
                code: None,
            }));
        }
        for (page, mut seen) in fresh {
            // On a page with devices, what has none lacks the property.
            if pages_with_devices.contains(&page) {
                seen.workspace.devices.get_or_insert_default();
            }
            self.workspaces.push(seen);
        }
        if let Some(why) = read {
            self.problem(List::Workspaces, advice::incomplete(WHAT, &why));
        }
        if unreadable > 0 {
            let message = format!("{unreadable} workspaces have no usable id and are left out");
            self.problem(List::Workspaces, message.into());
        }
        Ok(())
    }

    /// Reads the list of devices if workspaces came without theirs: once for all.
    async fn complete_devices<H: Host>(&mut self, webex: &Webex<'_, H>) {
        const WHAT: &str = "the devices";
        if self
            .workspaces
            .iter()
            .all(|seen| seen.workspace.devices.is_some())
        {
            return;
        }
        let mut devices: HashMap<String, Vec<(String, Link)>> = HashMap::new();
        let mut at = None;
        let read = webex
            .pages("/devices", "", |item| {
                // The first page is the oldest.
                at = at.or(item.at);
                if let Some((workspace, found)) = device(&item.value) {
                    let devices = devices.entry(workspace.to_owned()).or_default();
                    if !devices.iter().any(|(id, _)| *id == found.0) {
                        devices.push(found);
                    }
                }
            })
            .await;
        match read {
            Ok(None) => {
                for seen in &mut self.workspaces {
                    if seen.workspace.devices.is_none() {
                        let own = devices.remove(&seen.workspace.id).unwrap_or_default();
                        seen.workspace.devices = Some(own);
                        seen.at = at.unwrap_or(seen.at);
                    }
                }
            }
            Ok(Some(why)) => self.problem(List::Devices, advice::incomplete(WHAT, &why)),
            Err(trouble) => {
                self.problem(List::Devices, advice::reason(WHAT, &trouble, webex.settings));
            }
        }
    }

    /// Asks for the capabilities of each workspace that came without them.
    async fn complete_capabilities<H: Host>(&mut self, webex: &Webex<'_, H>) {
        let missing = self
            .workspaces
            .iter_mut()
            .filter(|seen| seen.workspace.detects.is_none());
        let asked = missing.map(|seen| async move {
            let path = format!("/workspaces/{}/capabilities", percent(&seen.workspace.id));
            let answer = webex.get::<Value>(&path).await?;
            let detects = answer.value.get("capabilities").and_then(Detects::read);
            seen.workspace.detects =
                Some(detects.ok_or_else(|| Trouble::Unreadable("it has no capabilities".to_owned()))?);
            Ok::<(), Trouble>(())
        });
        let mut answers = stream::iter(asked).buffered(AT_ONCE);
        let (mut failed, mut first) = (0_usize, None);
        while let Some(answer) = answers.next().await {
            if let Err(trouble) = answer {
                failed += 1;
                first.get_or_insert(trouble);
            }
        }
        drop(answers);
        if let Some(trouble) = first {
            let what = format!("the capabilities of {failed} workspaces");
            let reason = advice::reason(&what, &trouble, webex.settings);
            self.problem(List::Capabilities, reason);
        }
    }

    fn problem(&mut self, of: List, reason: Reason) {
        self.problems.push((of, reason));
    }

    fn into_listing(self) -> Listing {
        let locations = self.locations;
        let space = |seen: Seen| {
            let poll = seen.poll();
            let workspace = seen.workspace;
            let location = workspace.location.as_ref().and_then(|id| locations.get(id));
            Space {
                name: cut(&workspace.name),
                address: workspace.address,
                building: location.map(|location| cut(&location.name)),
                capacity: workspace.capacity,
                time_zone: location.and_then(|location| location.zone.clone()),
                kinds: kinds(&poll),
                key: workspace.id,
                notes: poll.text(),
            }
        };
        Listing {
            spaces: self.workspaces.into_iter().map(space).collect(),
            problems: self.problems.into_iter().map(|(_, reason)| reason).collect(),
        }
    }
}

impl Seen {
    /// What was found about it, for its collection.
    pub(crate) fn poll(&self) -> Poll {
        let workspace = &self.workspace;
        let detects = workspace.detects.unwrap_or_default();
        Poll {
            at: self.at,
            presence: detects.presence,
            people: detects.people,
            maintained: workspace.maintained,
            planned: workspace.planned,
            devices: workspace.devices.clone(),
        }
    }
}

impl Location {
    fn read(value: &Value) -> Self {
        let is_zone = |zone: &&str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
            zone.len() <= 64 && zone.chars().all(plain)
        };
        Self {
            name: text(value, "name").unwrap_or_default().to_owned(),
            zone: text(value, "timeZone").filter(is_zone).map(str::to_owned),
        }
    }
}

/// What is reported about a workspace. Calls are not: in Teams mode a device's own word for them is not to be relied on.
fn kinds(poll: &Poll) -> Vec<Kind> {
    let kinds = [
        (poll.sees_use(), Kind::InUse),
        (poll.sees_people(), Kind::PeopleCount),
    ];
    let reported = kinds.into_iter().filter(|(reported, _)| *reported);
    reported.map(|(_, kind)| kind).collect()
}

fn no_location(entries: &[&str], known: &HashMap<String, Location>) -> SettingsProblem {
    let mut names: Vec<&str> = known.values().map(|location| location.name.as_str()).collect();
    names.sort_unstable();
    let some: Vec<&str> = names.iter().copied().take(5).collect();
    let more = if names.len() > some.len() { ", …" } else { "" };
    SettingsProblem {
        key: "locations".to_owned(),
        problem: format!("there is no Webex location {:?}", entries.join(", ")),
        remedy: format!(
            "The locations are {}{more}; their ids are accepted too.",
            some.join(", ")
        ),
    }
}

/// A name that is not longer than the contract allows.
fn cut(name: &str) -> String {
    let end = (0..=MAX_NAME.min(name.len()))
        .rev()
        .find(|at| name.is_char_boundary(*at));
    name.get(..end.unwrap_or(0)).unwrap_or(name).to_owned()
}
