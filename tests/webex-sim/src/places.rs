//! Workspaces, their devices, locations and floors.

use serde_json::{Map, Value, json};
use sim::Answer;

use crate::answer::{found, refused};
use crate::call::Call;
use crate::device::Device;
use crate::list::list;
use crate::place::Location;
use crate::workspace::{Calendar, Workspace};

const WORKSPACES: &[&str] = &["spark-admin:workspaces_read"];
const LOCATIONS: &[&str] = &["spark-admin:locations_read", "spark-admin:people_read"];
/// The scopes for devices.
pub(crate) const DEVICES: &[&str] = &["spark-admin:devices_read"];

/// Answers `/v1/workspaces`.
pub(crate) fn workspaces(call: &Call<'_>) -> Result<Answer, Answer> {
    call.requires(WORKSPACES)?;
    call.refuses(&[
        "workspaceLocationId",
        "calling",
        "supportedDevices",
        "deviceHostedMeetingsEnabled",
        "devicePlatform",
        "healthLevel",
        "customAttribute",
    ])?;
    let fits = |workspace: &&Workspace| {
        let calendar = match workspace.calendar {
            Calendar::None => "none",
            Calendar::Microsoft(_) => "microsoft",
            Calendar::Google(_) => "google",
        };
        let capacity = workspace.capacity.map(|people| people.to_string());
        let kind = workspace.kind.as_deref().unwrap_or("notSet");
        call.fits(&[
            ("locationId", workspace.location.as_deref()),
            ("floorId", workspace.floor.as_deref()),
            ("displayName", Some(&workspace.name)),
            ("capacity", Some(capacity.as_deref().unwrap_or("-1"))),
            ("type", Some(kind)),
            ("calendar", Some(calendar)),
            ("plannedMaintenance", Some(workspace.maintenance_mode(call.now))),
        ])
    };
    let found: Vec<&Workspace> = call.organization.workspaces.iter().filter(fits).collect();
    list(call, &found, |workspace| described(call, workspace))
}

/// Answers `/v1/workspaces/{id}`.
pub(crate) fn workspace(call: &Call<'_>, id: &str) -> Result<Answer, Answer> {
    call.requires(WORKSPACES)?;
    Ok(found(&described(call, call.workspace(id)?)))
}

/// Answers `/v1/workspaces/{id}/capabilities`.
pub(crate) fn capabilities(call: &Call<'_>, id: &str) -> Result<Answer, Answer> {
    call.requires(WORKSPACES)?;
    let capabilities = call.workspace(id)?.capabilities_json();
    Ok(found(&json!({"capabilities": capabilities})))
}

/// A workspace, with its devices and capabilities if they are asked for.
fn described(call: &Call<'_>, workspace: &Workspace) -> Value {
    let mut fields = workspace.json(&call.organization.id, call.now);
    let includes = |name| call.parameter(name) == Some("true");
    if includes("includeCapabilities") {
        fields.insert("capabilities".to_owned(), workspace.capabilities_json());
    }
    if includes("includeDevices") {
        let devices = workspace
            .devices
            .iter()
            .map(|device| device_in(call, device, Some(workspace)));
        fields.insert("devices".to_owned(), devices.map(Value::Object).collect());
    }
    Value::Object(fields)
}

fn device_in(call: &Call<'_>, device: &Device, workspace: Option<&Workspace>) -> Map<String, Value> {
    let mut fields = device.json(&call.organization.id, workspace.map(Workspace::id), call.now);
    if let Some(location) = workspace.and_then(|workspace| workspace.location.clone()) {
        fields.insert("locationId".to_owned(), location.into());
    }
    fields
}

/// Answers `/v1/devices`.
pub(crate) fn devices(call: &Call<'_>) -> Result<Answer, Answer> {
    call.requires(DEVICES)?;
    call.refuses(&[
        "displayName",
        "personId",
        "product",
        "connectionStatus",
        "tag",
        "serial",
        "software",
    ])?;
    let fits = |(device, workspace): &(&Device, Option<&Workspace>)| {
        let location = workspace.and_then(|workspace| workspace.location.as_deref());
        call.fits(&[
            ("workspaceId", workspace.map(Workspace::id)),
            ("locationId", location),
            ("type", Some(&device.kind)),
        ])
    };
    let found: Vec<_> = call.organization.devices().filter(fits).collect();
    list(call, &found, |(device, workspace)| {
        let mode = workspace.map_or("off", |workspace| workspace.maintenance_mode(call.now));
        let mut fields = device_in(call, device, *workspace);
        fields.insert("plannedMaintenance".to_owned(), mode.into());
        Value::Object(fields)
    })
}

/// Answers `/v1/locations`.
pub(crate) fn locations(call: &Call<'_>) -> Result<Answer, Answer> {
    call.requires(LOCATIONS)?;
    let org = &call.organization.id;
    let fits =
        |location: &&Location| call.fits(&[("name", Some(&location.name)), ("id", Some(&location.id))]);
    let found: Vec<_> = call.organization.locations.iter().filter(fits).collect();
    list(call, &found, |location| location.json(org))
}

/// Answers `/v1/locations/{id}/floors`.
pub(crate) fn floors(call: &Call<'_>, id: &str) -> Result<Answer, Answer> {
    call.requires(LOCATIONS)?;
    let mut all = call.organization.locations.iter();
    let location = all
        .find(|location| location.id == id)
        .ok_or_else(|| refused(404, "The requested location could not be found."))?;
    list(call, &location.floors(), Value::clone)
}
