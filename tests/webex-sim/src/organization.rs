//! The simulated organization: its locations, workspaces and devices, and who may read them. Plain data with builder
//! methods; may be changed while the simulator runs.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Utc};

use crate::app::App;
use crate::device::Device;
use crate::ids;
use crate::place::Location;
use crate::token::Token;
use crate::workspace::Workspace;

/// The most items on a page, unless the organization says otherwise.
const PAGE: usize = 1000;

/// An organization.
#[derive(Clone, Debug)]
pub struct Organization {
    pub(crate) id: String,
    pub(crate) locations: Vec<Location>,
    pub(crate) workspaces: Vec<Workspace>,
    pub(crate) personal: Vec<Device>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) apps: Vec<App>,
    pub(crate) page: usize,
    pub(crate) lag: Duration,
    pub(crate) zones_in_raw_times: bool,
}

impl Organization {
    /// An empty organization with this name, from which its id is made.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            id: ids::id("ORGANIZATION", name),
            locations: Vec::new(),
            workspaces: Vec::new(),
            personal: Vec::new(),
            tokens: Vec::new(),
            apps: Vec::new(),
            page: PAGE,
            lag: Duration::ZERO,
            zones_in_raw_times: true,
        }
    }

    /// Adds a location.
    #[must_use]
    pub fn location(mut self, location: Location) -> Self {
        self.locations.push(location);
        self
    }

    /// Adds a workspace.
    #[must_use]
    pub fn workspace(mut self, workspace: Workspace) -> Self {
        self.workspaces.push(workspace);
        self
    }

    /// Adds the device of a person.
    #[must_use]
    pub fn personal_device(mut self, device: Device) -> Self {
        self.personal.push(device.personal());
        self
    }

    /// Adds a token. It lives from when the simulator starts, or from the update that adds it.
    #[must_use]
    pub fn token(mut self, token: Token) -> Self {
        self.tokens.push(token);
        self
    }

    /// Adds an authorized app.
    #[must_use]
    pub fn app(mut self, app: App) -> Self {
        self.apps.push(app);
        self
    }

    /// Sets the most items on a page, which is also how many come when the client does not say.
    #[must_use]
    pub fn page(mut self, items: usize) -> Self {
        self.page = items.max(1);
        self
    }

    /// Has what devices saw arrive this much later in the metrics.
    #[must_use]
    pub fn lag(mut self, lag: Duration) -> Self {
        self.lag = lag;
        self
    }

    /// Writes the times of raw metrics without a zone, as some documentation shows them.
    #[must_use]
    pub fn raw_times_without_zone(mut self) -> Self {
        self.zones_in_raw_times = false;
        self
    }

    /// Its workspaces.
    #[must_use]
    pub fn workspaces(&self) -> &[Workspace] {
        &self.workspaces
    }

    /// Its workspaces, to add or remove some.
    pub fn workspaces_mut(&mut self) -> &mut Vec<Workspace> {
        &mut self.workspaces
    }

    /// The first workspace with this name, to change it.
    ///
    /// # Errors
    /// There is none.
    pub fn workspace_mut(&mut self, name: &str) -> Result<&mut Workspace> {
        let mut all = self.workspaces.iter_mut();
        all.find(|workspace| workspace.name == name)
            .with_context(|| format!("the simulated organization has no workspace {name}"))
    }

    /// Changes the device with this name: it went offline, or saw more.
    ///
    /// # Errors
    /// There is none.
    pub fn change_device(&mut self, name: &str, change: impl FnOnce(Device) -> Device) -> Result<()> {
        let shared = self.workspaces.iter_mut().flat_map(Workspace::devices_mut);
        let device = shared
            .chain(&mut self.personal)
            .find(|device| device.name == name)
            .with_context(|| format!("the simulated organization has no device {name}"))?;
        *device = change(device.clone());
        Ok(())
    }

    /// Fails for a mistake in the description.
    pub(crate) fn check(&self) -> Result<()> {
        let mut ids = HashSet::new();
        let all = (self
            .workspaces
            .iter()
            .map(|workspace| (&workspace.id, &workspace.name)))
        .chain(
            self.locations
                .iter()
                .map(|location| (&location.id, &location.name)),
        )
        .chain(self.devices().map(|(device, _)| (&device.id, &device.name)));
        for (id, name) in all {
            ensure!(ids.insert(id), "the simulated organization has {name} twice");
        }
        for workspace in &self.workspaces {
            let known = |id: &String| self.locations.iter().any(|location| location.id == *id);
            ensure!(
                workspace.location.as_ref().is_none_or(known),
                "{} is in a location that the simulated organization does not have",
                workspace.name
            );
        }
        Ok(())
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Workspace> {
        self.workspaces.iter().find(|workspace| workspace.id == id)
    }

    /// All devices, with their workspace.
    pub(crate) fn devices(&self) -> impl Iterator<Item = (&Device, Option<&Workspace>)> {
        let shared = self.workspaces.iter();
        shared
            .flat_map(|workspace| {
                workspace
                    .devices
                    .iter()
                    .map(move |device| (device, Some(workspace)))
            })
            .chain(self.personal.iter().map(|device| (device, None)))
    }

    /// The instant up to which the metrics are complete.
    pub(crate) fn arrived(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        chrono::Duration::from_std(self.lag).map_or(now, |lag| now - lag)
    }
}
