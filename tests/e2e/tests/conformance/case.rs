//! What a case is: a sentence, where it is recorded, and what tries it.

use crate::scenario::Scenario;

/// Cases of one kind, a table of the document.
pub(crate) struct Area {
    /// Its heading.
    pub(crate) title: &'static str,
    pub(crate) cases: Vec<Case>,
}

/// One row of the matrix.
pub(crate) struct Case {
    /// What must be so, as a sentence.
    pub(crate) name: String,
    /// Where the behaviour that it is about is recorded: a page of Microsoft's documentation, an issue of a public project.
    pub(crate) recorded: &'static str,
    pub(crate) check: Check,
}

/// What tries a case.
pub(crate) enum Check {
    /// A function that panics unless the collector does what the case says.
    Own(Box<dyn Fn() + Send + Sync>),
    /// A reading, which other clients can do as well.
    Reading(Box<dyn Fn() -> Scenario + Send + Sync>),
}

impl Area {
    pub(crate) fn new(title: &'static str) -> Self {
        Self {
            title,
            cases: Vec::new(),
        }
    }

    /// Adds a case that concerns the collector alone.
    pub(crate) fn case(
        self,
        name: impl Into<String>,
        recorded: &'static str,
        check: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        self.with(name.into(), recorded, Check::Own(Box::new(check)))
    }

    /// Adds a case that is a reading.
    pub(crate) fn reading(
        self,
        name: impl Into<String>,
        recorded: &'static str,
        scenario: impl Fn() -> Scenario + Send + Sync + 'static,
    ) -> Self {
        self.with(name.into(), recorded, Check::Reading(Box::new(scenario)))
    }

    fn with(mut self, name: String, recorded: &'static str, check: Check) -> Self {
        self.cases.push(Case {
            name,
            recorded,
            check,
        });
        self
    }
}
