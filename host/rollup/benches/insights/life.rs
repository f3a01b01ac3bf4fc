//! Everything about one room: who books it, and what its devices tell. A room is generated as a whole, alone and always the same.

use crate::calendar::Calendar;
use crate::days::Zones;
use crate::devices::{self, Told};
use crate::portfolio::Place;
use crate::size::Size;
use crate::words::Ids;

/// A room through the years, and through the day after them.
pub(crate) struct Life<'a> {
    pub(crate) size: &'a Size,
    pub(crate) place: &'a Place,
    pub(crate) ids: Ids<'a>,
    pub(crate) calendar: Calendar,
    /// What its devices tell, in order of arrival.
    pub(crate) told: Vec<Told>,
}

impl<'a> Life<'a> {
    pub(crate) fn of(size: &'a Size, place: &'a Place, zones: &mut Zones) -> anyhow::Result<Self> {
        let days = zones.days(size, place.zone)?;
        let calendar = Calendar::of(size, place, days);
        Ok(Self {
            size,
            place,
            ids: Ids::of(size, place.number),
            told: devices::told(size, place, &calendar, days),
            calendar,
        })
    }
}
