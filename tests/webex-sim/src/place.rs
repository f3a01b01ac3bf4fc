//! Where workspaces are: locations with their zone, and their floors.

use serde_json::{Value, json};

use crate::ids;

/// A location: a site with an address and a time zone.
#[derive(Clone, Debug)]
pub struct Location {
    pub(crate) id: String,
    pub(crate) name: String,
    zone: String,
    floors: Vec<(i32, String)>,
}

impl Location {
    /// A location with a unique name, in a zone of the IANA: `Europe/Berlin`.
    #[must_use]
    pub fn new(name: &str, zone: &str) -> Self {
        Self {
            id: ids::id("LOCATION", name),
            name: name.to_owned(),
            zone: zone.to_owned(),
            floors: Vec::new(),
        }
    }

    /// Adds a floor.
    #[must_use]
    pub fn floor(mut self, number: i32, name: &str) -> Self {
        self.floors.push((number, name.to_owned()));
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of a floor, if it has one with this number.
    #[must_use]
    pub fn floor_id(&self, number: i32) -> Option<String> {
        let known = self.floors.iter().any(|(known, _)| *known == number);
        known.then(|| ids::id("WORKSPACE_LOCATION_FLOOR", &format!("{}/{number}", self.name)))
    }

    pub(crate) fn json(&self, org: &str) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "orgId": org,
            "address": {"address1": "1 Main Street", "city": self.name},
            "timeZone": self.zone,
            "preferredLanguage": "en_us",
        })
    }

    pub(crate) fn floors(&self) -> Vec<Value> {
        let floor = |(number, name): &(i32, String)| json!({"id": self.floor_id(*number), "locationId": self.id, "floorNumber": number, "displayName": name});
        self.floors.iter().map(floor).collect()
    }
}
