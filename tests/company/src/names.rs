//! Names for a company, in several scripts.

use crate::model::Building;

pub(crate) const DOMAIN: &str = "contoso.com";

/// Two of the zones change their clocks, on different days.
pub(crate) const BUILDINGS: [Building; 4] = [
    Building {
        name: "Ludwigstraße 8",
        zone: "Europe/Berlin",
    },
    Building {
        name: "Hudson Yards",
        zone: "America/New_York",
    },
    Building {
        name: "丸の内",
        zone: "Asia/Tokyo",
    },
    Building {
        name: "Nariman Point",
        zone: "Asia/Kolkata",
    },
];

pub(crate) const ROOMS: [&str; 8] = [
    "Zugspitze",
    "Château d'If",
    "Байкал",
    "富士",
    "O'Neill",
    "Łódź",
    "قاعة النيل",
    "Focus",
];

pub(crate) const SUBJECTS: [&str; 12] = [
    "Budget 2027",
    "1:1 Zoë / François",
    "Übergabe",
    "Σύσκεψη πωλήσεων",
    "Планёрка",
    "定例会議",
    "Interview: O'Brien",
    "Design review <v2>",
    "Townhall",
    "🎉 Launch",
    "Quarterly \"deep dive\"",
    "Steering committee",
];

pub(crate) const PEOPLE: [&str; 6] = [
    "Adele Vance",
    "Alex Wilber",
    "Diego Siciliani",
    "Grady Archie",
    "Isaiah Langer",
    "Lidia Holloway",
];
