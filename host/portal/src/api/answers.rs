//! What programs ask the API: the resources with their parameters, and the answers.

use std::collections::BTreeMap;

pub use collector_store::ApiToken;

/// What a token may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Reports and verdicts.
    Figures,
    /// Usage and coverage records.
    Records,
}

/// What programs may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The figures of a period.
    Report,
    /// What became of each booking of a period.
    Verdicts,
    /// Usage and coverage records.
    Usage,
    /// The rooms.
    Rooms,
}

/// A parameter of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it may be given several times.
    pub repeats: bool,
}

/// The parameters of a question, by name: only those of its resource, and several values only where it may be given several times.
pub type Parameters = BTreeMap<&'static str, Vec<String>>;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What is asked for.
    pub resource: Resource,
    /// Its parameters.
    pub parameters: Parameters,
    /// The tags of the answers that the program has, without quotes; `*` stands for any.
    pub has: Vec<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// What changes whenever the answer would: letters and digits.
    pub tag: String,
    /// The answer, in JSON; none if the program has it.
    pub body: Option<Vec<u8>>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerError {
    /// The question is wrong.
    Wrong {
        /// A word for programs.
        code: &'static str,
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// It would take too long; what would be quicker.
    Slow(String),
    /// Others are being answered.
    Busy,
    /// The store failed. The reason is in the log.
    Failed,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Figures, Self::Records];

    /// Its word, as tokens and answers name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Figures => "figures",
            Self::Records => "records",
        }
    }
}

const fn once(name: &'static str) -> Parameter {
    Parameter { name, repeats: false }
}

const fn several(name: &'static str) -> Parameter {
    Parameter { name, repeats: true }
}

impl Resource {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Report, Self::Verdicts, Self::Usage, Self::Rooms];

    /// Its path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Report => "/api/v1/report",
            Self::Verdicts => "/api/v1/verdicts",
            Self::Usage => "/api/v1/usage",
            Self::Rooms => "/api/v1/rooms",
        }
    }

    /// Its parameters, with the names of the command line's options.
    pub fn parameters(self) -> &'static [Parameter] {
        const REPORT: [Parameter; 5] = [
            once("from"),
            once("to"),
            once("by"),
            several("building"),
            several("room"),
        ];
        const VERDICTS: [Parameter; 6] = [
            once("from"),
            once("to"),
            several("building"),
            several("room"),
            once("cursor"),
            once("limit"),
        ];
        const USAGE: [Parameter; 5] = [
            once("from"),
            once("to"),
            once("source"),
            once("cursor"),
            once("limit"),
        ];
        const ROOMS: [Parameter; 2] = [once("cursor"), once("limit")];
        match self {
            Self::Report => &REPORT,
            Self::Verdicts => &VERDICTS,
            Self::Usage => &USAGE,
            Self::Rooms => &ROOMS,
        }
    }

    /// What a token must be allowed; none if any token will do.
    pub fn scope(self) -> Option<Scope> {
        match self {
            Self::Report | Self::Verdicts => Some(Scope::Figures),
            Self::Usage => Some(Scope::Records),
            Self::Rooms => None,
        }
    }
}
