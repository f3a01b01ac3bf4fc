//! Names for generated tenants, in many scripts and with characters that break careless programs.

/// A building and the time zone of its rooms; Windows and IANA names are mixed, as in real tenants.
pub(crate) struct Building {
    pub(crate) name: &'static str,
    pub(crate) zone: &'static str,
}

pub(crate) const BUILDINGS: [Building; 9] = [
    Building {
        name: "Ludwigstraße 8",
        zone: "W. Europe Standard Time",
    },
    Building {
        name: "Market Street",
        zone: "Pacific Standard Time",
    },
    Building {
        name: "丸の内",
        zone: "Tokyo Standard Time",
    },
    Building {
        name: "King's Cross",
        zone: "GMT Standard Time",
    },
    Building {
        name: "Avenida Paulista",
        zone: "America/Sao_Paulo",
    },
    Building {
        name: "Collins St",
        zone: "AUS Eastern Standard Time",
    },
    Building {
        name: "Nariman Point",
        zone: "India Standard Time",
    },
    Building {
        name: "Hudson Yards",
        zone: "America/New_York",
    },
    Building {
        name: "Fünf Höfe",
        zone: "Europe/Berlin",
    },
];

pub(crate) const ROOMS: [&str; 20] = [
    "Zugspitze",
    "Château d'If",
    "Ångström",
    "Ελευσίνα",
    "Байкал",
    "قاعة النيل",
    "חדר הגליל",
    "ห้องประชุมเจ้าพระยา",
    "富士",
    "한라산",
    "长城会议室",
    "O'Neill",
    "🚀 Launch",
    "Łódź",
    "Señorío",
    "Kraków & Co.",
    "Żubr \"Big\"",
    "İstanbul",
    "Đà Nẵng",
    "Focus",
];

pub(crate) const SUBJECTS: [&str; 24] = [
    "Weekly sync",
    "Budget 2027",
    "1:1 Zoë / François",
    "Besprechung Übergabe",
    "Réunion d'équipe",
    "Σύσκεψη πωλήσεων",
    "Планёрка",
    "اجتماع الفريق",
    "פגישת צוות",
    "ประชุมทีม",
    "定例会議",
    "주간 회의",
    "项目评审",
    "🎉 Launch party 👩‍💻",
    "Interview: O'Brien",
    "Quarterly \"deep dive\"",
    "C:\\temp\\agenda",
    "Canceled: Townhall",
    "Adele Vance",
    "Design review <v2>",
    "Steering committee & friends",
    "Onboarding\u{a0}day",
    "İş toplantısı",
    "Họp nhóm",
];
