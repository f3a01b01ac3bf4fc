//! The zones of a calendar: those that have a name, and those that it defines itself.
//!
//! A known name (of the IANA database, of Windows as Outlook publishes it, or either behind a prefix like `/mozilla.org/20050126_1/`)
//! overrides the feed's own definition: exporters write definitions that contain only the rules of the year in which they were made.

use crate::calendar::Component;
use crate::vtimezone;
use crate::zone::{Zone, named, of_city};
use jiff::tz::TimeZone;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// The settings about zones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    /// The zone of floating times and days, if the feed names none.
    pub(crate) default: Option<&'a TimeZone>,
    /// Zones by the names that feeds use, in lower case.
    pub(crate) names: &'a BTreeMap<String, TimeZone>,
}

impl Told<'_> {
    fn named(&self, id: &str) -> Option<TimeZone> {
        self.names.get(&id.trim().to_lowercase()).cloned()
    }
}

/// The zones of a calendar.
pub(crate) struct Zones<'a> {
    calendar: &'a Component<'a>,
    told: Told<'a>,
    definitions: HashMap<&'a str, &'a Component<'a>>,
    found: RefCell<HashMap<String, Option<Zone>>>,
    /// The horizon up to which definitions are expanded, in seconds.
    horizon: i64,
    /// Whether the settings' zone was used because that of the calendar is unknown.
    stood_in: Cell<bool>,
}

impl<'a> Zones<'a> {
    /// The zones of a calendar, valid for times up to the horizon.
    pub(crate) fn new(calendar: &'a Component<'a>, told: Told<'a>, horizon: i64) -> Self {
        let definition = |component: &'a Component<'a>| {
            let id = component.first("TZID")?;
            Some((id.value.trim().trim_matches('"'), component))
        };
        Self {
            calendar,
            told,
            definitions: calendar
                .components
                .iter()
                .filter(|component| component.is("VTIMEZONE"))
                .filter_map(definition)
                .collect(),
            found: RefCell::default(),
            horizon,
            stood_in: Cell::new(false),
        }
    }

    /// The zone of floating times and days: that of the calendar (X-WR-TIMEZONE), else that of the settings.
    ///
    /// # Errors
    /// Neither names a known zone. The error holds the calendar's name, if it has one.
    pub(crate) fn default(&self) -> Result<Zone, Option<String>> {
        let own = self.own_name();
        if let Some(zone) = own.as_deref().and_then(|name| self.find(name)) {
            return Ok(zone);
        }
        self.stood_in.set(own.is_some());
        let told = self.told.default.cloned();
        told.map(Zone::Named).ok_or(own)
    }

    /// The calendar's unknown zone, if the settings' zone was used for it.
    pub(crate) fn unknown_default(&self) -> Option<String> {
        self.own_name().filter(|_| self.stood_in.get())
    }

    fn own_name(&self) -> Option<String> {
        let property = self.calendar.first("X-WR-TIMEZONE")?;
        Some(property.text().trim().to_owned()).filter(|name| !name.is_empty())
    }

    /// The zone of a TZID. None if neither the settings, nor the name, nor the calendar identify it.
    pub(crate) fn find(&self, id: &str) -> Option<Zone> {
        let id = id.trim();
        if let Some(found) = self.found.borrow().get(id) {
            return found.clone();
        }
        let defined = || {
            let definition = vtimezone::read(self.definitions.get(id)?, self.horizon)?;
            Some(Zone::Defined(Rc::new(definition)))
        };
        let told = || self.told.named(id).map(Zone::Named);
        let known = || named(id).map(Zone::Named);
        // Short names (EST, GMT) belong to zones without summer time, but feeds use them for zones with summer time, so the feed's definition
        // counts. For other names, Windows and the IANA database know the zone better than a feed.
        let is_short = !id.contains(['/', ' ']);
        let zone = if is_short {
            told().or_else(defined).or_else(known)
        } else {
            told().or_else(known).or_else(defined)
        };
        let zone = zone.or_else(|| of_city(id).map(Zone::Named));
        self.found.borrow_mut().insert(id.to_owned(), zone.clone());
        zone
    }
}
