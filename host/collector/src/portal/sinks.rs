//! Sinks through the portal: drafts that are begun, filled in, tried, saved or discarded, and the removal of a sink.

use async_trait::async_trait;
use collector_admin::administration;
use collector_admin::config::Sink;
use collector_admin::draft::StoredDraft as _;
use collector_admin::draft::sink::{self, SinkDraft};
use collector_admin::draft::sink_form;
use collector_admin::draft::words::in_words;
use collector_egress::vault::Vault;
use collector_model::text::{capitalized, plain};
use collector_portal::api::{
    BackendError, DraftSummary, Form, Input, Problem, Result, SetAside, SinkBackend, SinkDraftView, Tried,
    Typed,
};
use collector_tasks::blocking::blocking;
use secrecy::SecretString;

use super::backend::ProgramBackend;
use super::program::now;

/// The most characters that are kept of what came of trying a sink: servers are quoted in it.
const LONGEST: usize = 1_000;

#[async_trait]
impl SinkBackend for ProgramBackend {
    async fn sink_kinds(&self) -> Result<Vec<Form>> {
        Ok(sink_form::forms())
    }

    async fn new_sink(&self, who: &str, kind: &str) -> Result<String> {
        let draft = SinkDraft::new(&form(kind)?);
        let _one = self.program.edits.lock().await;
        self.begin(who, draft).await
    }

    async fn edit_sink(&self, who: &str, name: &str) -> Result<String> {
        let sink = self.sink(name)?;
        let draft = SinkDraft::of(&form(sink.kind())?, &sink);
        let _one = self.program.edits.lock().await;
        self.begin(who, draft).await
    }

    async fn sink_drafts(&self) -> Result<Vec<DraftSummary>> {
        self.program.read(SinkDraft::listed).await
    }

    async fn sink_draft(&self, id: &str) -> Result<SinkDraftView> {
        let draft = self.draft_of_sink(id).await?;
        let form = form(&draft.sink)?;
        let (table, _) = draft.table(&form, &self.program.config());
        Ok(SinkDraftView {
            id: id.to_owned(),
            before: draft.before.clone(),
            input: draft.input().clone(),
            secrets: sink_form::places(&form, &table),
            problems: self.checked(&draft).await.err().unwrap_or_default(),
            touched: draft.touched,
            tried: draft.tried.clone(),
            form,
        })
    }

    async fn check_sink(&self, id: &str, input: &Input) -> Result<Vec<Problem>> {
        let mut draft = self.draft_of_sink(id).await?;
        draft.fill(input.clone());
        Ok(self.checked(&draft).await.err().unwrap_or_default())
    }

    fn without_secrets(&self, kind: &str, mut input: Input) -> Input {
        sink::take_password(kind, &mut input);
        input
    }

    async fn change_sink(&self, who: &str, id: &str, input: Input, secrets: Typed) -> Result<()> {
        let _one = self.program.edits.lock().await;
        let mut draft = self.draft_of_sink(id).await?;
        let form = form(&draft.sink)?;
        let known = |key: &str| {
            let field = form.fields.iter().find(|field| field.key == key);
            field.is_some_and(|field| field.kind.is_secret())
        };
        if let Some(key) = secrets.keys().find(|key| !known(key)) {
            return Err(BackendError::Refused(format!(
                "this kind of sink has no secret {key:?}"
            )));
        }
        draft.fill(input);
        let store = move |draft: &mut SinkDraft, vault: &Vault, key: &str, value: &SecretString| {
            draft.store_secret(vault, &form, key, value)
        };
        let draft = self.store_secrets(who, id, draft, secrets, store).await?;
        self.keep(id, &draft).await
    }

    async fn try_sink(&self, who: &str, id: &str) -> Result<()> {
        let draft = self.draft_of_sink(id).await?;
        let form = form(&draft.sink)?;
        let sink = self
            .checked(&draft)
            .await
            .map_err(|problems| refused(&problems))?;
        let (works, words) = match administration::try_sink(sink).await {
            Ok(found) => (true, found),
            Err(problem) => (false, problem),
        };
        let words = sentence(&plain(&in_words(&form, &words)));
        let outcome = if works { "it works" } else { words.as_str() };
        self.wrote(who, "sink-tried", &draft.title(), outcome).await?;
        let tried = Some(Tried {
            at: now(),
            works,
            words,
        });
        let _one = self.program.edits.lock().await;
        // Someone may have changed the draft meanwhile: then this is not what came of it.
        let mut kept = self.draft_of_sink(id).await?;
        if kept.is_like(&draft) {
            kept.tried = tried;
            self.keep(id, &kept).await?;
        }
        Ok(())
    }

    async fn discard_sink(&self, who: &str, id: &str) -> Result<()> {
        let _one = self.program.edits.lock().await;
        let draft = self.draft_of_sink(id).await?;
        self.end_sink_draft(who, id, &draft).await?;
        self.wrote(who, "draft-discarded", &draft.title(), "").await
    }

    async fn save_sink(&self, who: &str, id: &str) -> Result<String> {
        let _one = self.program.edits.lock().await;
        let draft = self.draft_of_sink(id).await?;
        self.checked(&draft)
            .await
            .map_err(|problems| refused(&problems))?;
        let (table, _) = draft.table(&form(&draft.sink)?, &self.program.config());
        let (name, before) = (draft.input().name.clone(), draft.before.clone());
        self.program
            .administer(
                who,
                || {},
                move |administrator| administrator.save_sink(before.as_deref(), &table.into()),
            )
            .await?;
        // With the replaced secrets, and those that were typed but overwritten before the draft was saved.
        self.end_sink_draft(who, id, &draft).await?;
        Ok(name)
    }

    async fn refused(&self, name: &str, limit: usize) -> Result<Vec<SetAside>> {
        let name = self.sink(name)?.name;
        self.program
            .read(move |store| store.set_aside(Some(&name), limit))
            .await
    }

    async fn retry_sink(&self, who: &str, name: &str) -> Result<String> {
        let (who, name) = (who.to_owned(), self.sink(name)?.name);
        self.program
            .store(move |store| administration::retry_sink(store, &who, &name))
            .await
    }

    async fn skip_refused(&self, who: &str, name: &str) -> Result<String> {
        let (who, name) = (who.to_owned(), self.sink(name)?.name);
        self.program
            .store(move |store| administration::skip_refused(store, &who, &name))
            .await
    }

    async fn remove_sink(&self, who: &str, name: &str) -> Result<()> {
        let _one = self.program.edits.lock().await;
        let name = self.sink(name)?.name;
        let states = self.program.read(|store| store.sinks()).await?;
        let state = states.iter().find(|state| state.name == name);
        let waiting = state.map_or(0, |state| state.backlog + state.set_aside);
        let gone = name.clone();
        self.program
            .administer(
                who,
                || {},
                move |administrator| administrator.remove_sink(&gone, waiting),
            )
            .await?;
        // Drafts that change it have nothing left to change.
        for (id, draft) in self.program.read(SinkDraft::all).await? {
            if draft.before.as_deref() == Some(&name) {
                self.end_sink_draft(who, &id, &draft).await?;
            }
        }
        Ok(())
    }
}

impl ProgramBackend {
    /// The configured sink of this name.
    fn sink(&self, name: &str) -> Result<Sink> {
        let config = self.program.config();
        let sink = config.sink(name).cloned();
        sink.ok_or_else(|| BackendError::NotFound(format!("there is no sink {name:?}")))
    }

    pub(super) async fn draft_of_sink(&self, id: &str) -> Result<SinkDraft> {
        let gone = || {
            BackendError::NotFound(
                "this draft was saved or discarded; look for its sink under Sinks".to_owned(),
            )
        };
        let wanted = id.to_owned();
        let content = self.program.read(move |store| store.draft(&wanted)).await?;
        // A draft of a source is none of a sink.
        serde_json::from_str(&content.ok_or_else(gone)?).map_err(|_| gone())
    }

    /// The sink that a draft would save, or its problems.
    async fn checked(&self, draft: &SinkDraft) -> std::result::Result<Sink, Vec<Problem>> {
        let form = match form(&draft.sink) {
            Ok(form) => form,
            Err(error) => return Err(vec![of_all(error.to_string())]),
        };
        let (draft, path, config) = (draft.clone(), self.program.path.clone(), self.program.config());
        blocking(move || draft.check(&form, &path, &config)).await
    }

    /// Deletes a draft, with the secrets that only it used. The caller holds the lock of edits.
    pub(super) async fn end_sink_draft(&self, who: &str, id: &str, draft: &SinkDraft) -> Result<()> {
        let id = id.to_owned();
        self.program.store(move |store| store.forget_draft(&id)).await?;
        self.forget_secrets(who, draft.secrets()).await
    }
}

fn form(kind: &str) -> Result<Form> {
    sink_form::form(kind)
        .ok_or_else(|| BackendError::Refused(format!("this program has no sinks of the kind {kind:?}")))
}

/// A text of a sink as a sentence of limited length.
fn sentence(text: &str) -> String {
    capitalized(text).chars().take(LONGEST).collect()
}

fn refused(problems: &[Problem]) -> BackendError {
    let first = problems
        .first()
        .map_or_else(String::new, |first| match first.remedy.as_str() {
            "" => first.problem.clone(),
            remedy => format!("{}; {remedy}", first.problem),
        });
    BackendError::Refused(first)
}

fn of_all(problem: String) -> Problem {
    Problem {
        key: String::new(),
        problem,
        remedy: String::new(),
    }
}
