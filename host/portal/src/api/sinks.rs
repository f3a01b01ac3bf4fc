//! Sinks that are being set up or changed: what pages show of them, and what the program does for these pages.

use std::collections::BTreeMap;

use async_trait::async_trait;
pub use collector_model::form::Tried;
pub use collector_store::SetAside;

use super::Result;
use super::drafts::{DraftSummary, Form, Input, Problem, Typed};

/// A sink that is being set up or changed. The program keeps it until it is saved or discarded, across restarts.
#[derive(Debug, Clone)]
pub struct SinkDraftView {
    /// Its id: letters and digits, not guessable.
    pub id: String,
    /// The sink that it changes; none for a new one.
    pub before: Option<String>,
    /// The form.
    pub form: Form,
    /// What was filled in, without secrets.
    pub input: Input,
    /// The stored secrets by key, and where each is.
    pub secrets: BTreeMap<String, String>,
    /// Its problems. Without any it can be tried and saved.
    pub problems: Vec<Problem>,
    /// Whether the form was submitted at least once. A fresh form shows no problems.
    pub touched: bool,
    /// What came of trying it, since it was changed last.
    pub tried: Option<Tried>,
}

/// What the program does for the pages that set up sinks.
#[async_trait]
pub trait SinkBackend: Send + Sync {
    /// The kinds of sinks that a new one may be of.
    async fn sink_kinds(&self) -> Result<Vec<Form>>;
    /// Begins a draft of a sink of this kind, and returns its id.
    async fn new_sink(&self, who: &str, kind: &str) -> Result<String>;
    /// Begins a draft that changes a configured sink, and returns its id.
    async fn edit_sink(&self, who: &str, name: &str) -> Result<String>;
    /// The unsaved drafts of sinks.
    async fn sink_drafts(&self) -> Result<Vec<DraftSummary>>;
    /// A draft of a sink.
    async fn sink_draft(&self, id: &str) -> Result<SinkDraftView>;
    /// The problems of an input, which is not kept.
    async fn check_sink(&self, id: &str, input: &Input) -> Result<Vec<Problem>>;
    /// An input for this kind of sink without secrets that were typed where there is no place for them, such as the password in an address.
    fn without_secrets(&self, kind: &str, input: Input) -> Input;
    /// Keeps an input, even one with problems, and stores the typed secrets immediately.
    async fn change_sink(&self, who: &str, id: &str, input: Input, secrets: Typed) -> Result<()>;
    /// Connects and signs in as the draft says, without delivering anything. The draft keeps what came of it. Refused while it has problems.
    async fn try_sink(&self, who: &str, id: &str) -> Result<()>;
    /// Discards a draft of a sink, with the secrets that only it uses.
    async fn discard_sink(&self, who: &str, id: &str) -> Result<()>;
    /// Writes a draft into the configuration, applies it, ends the draft, and returns the sink's name.
    async fn save_sink(&self, who: &str, id: &str) -> Result<String>;
    /// The changes that a sink refused, newest first, at most so many.
    async fn refused(&self, name: &str, limit: usize) -> Result<Vec<SetAside>>;
    /// Has a sink tried at once, and delivers the changes that it refused again. Returns what is done, as a sentence.
    async fn retry_sink(&self, who: &str, name: &str) -> Result<String>;
    /// Drops the changes that a sink refused. Returns what was done, as a sentence.
    async fn skip_refused(&self, who: &str, name: &str) -> Result<String>;
    /// Removes a sink from the configuration, with its stored secrets and what waited for it.
    async fn remove_sink(&self, who: &str, name: &str) -> Result<()>;
}
