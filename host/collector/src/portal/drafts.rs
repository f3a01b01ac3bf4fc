//! The life of drafts: started, filled in, saved as a source or discarded. Also the removal of a source, which ends its drafts.

use std::sync::Arc;

use collector_admin::administration::NewSource;
use collector_admin::draft::form::{self, Table};
use collector_admin::draft::{
    Draft, Origin, StoredDraft, keep_first_of_each_field, problems, table_of, words,
};
use collector_egress::vault::{Place, Vault, VaultError};
use collector_portal::api::{BackendError, DraftOrigin, DraftView, Input, Problem, Result, Target, Typed};
use secrecy::SecretString;

use super::backend::ProgramBackend;
use super::consents;
use super::program::{failed, key, now};

/// A draft that nobody changed for this time ends, in seconds: 30 days.
const LEFT: i64 = 30 * 24 * 60 * 60;

impl ProgramBackend {
    /// Starts a draft, and returns its id. One that was begun before and left goes on instead: that of the same source, or one of the same
    /// connector into which nothing was entered.
    pub(super) async fn begin_draft(&self, who: &str, origin: DraftOrigin) -> Result<String> {
        let _one = self.program.edits.lock().await;
        let draft = match origin {
            DraftOrigin::New { connector } => {
                self.program.connector(&connector)?;
                Draft::new(&connector)
            }
            DraftOrigin::Edit { source } => Draft::of(&self.program.source(&source)?, Origin::Edit(source)),
            DraftOrigin::Duplicate { source } => {
                Draft::of(&self.program.source(&source)?, Origin::Duplicate(source))
            }
        };
        self.begin(who, draft).await
    }

    /// Keeps a draft, or goes on with one that was left. Returns the id. The caller holds the lock of edits.
    pub(super) async fn begin<D: StoredDraft>(&self, who: &str, draft: D) -> Result<String> {
        self.end_left_drafts().await?;
        let drafts = self.program.read(D::all).await?;
        if let Some((id, left)) = drafts.into_iter().find(|(_, left)| left.goes_on_as(&draft)) {
            if !left.is_touched() {
                // What it changes may have changed since.
                self.keep(&id, &draft).await?;
            }
            return Ok(id);
        }
        let id = uuid::Uuid::new_v4().simple().to_string();
        self.keep(&id, &draft).await?;
        self.wrote(who, "draft-begun", &draft.title(), "").await?;
        Ok(id)
    }

    /// Discards the drafts that nobody changed for long. The caller holds the lock of edits.
    pub(super) async fn end_left_drafts(&self) -> Result<()> {
        let since = now().saturating_sub(LEFT);
        for id in self
            .program
            .read(move |store| store.drafts_left_since(since))
            .await?
        {
            let who = "collector";
            let title = if let Ok(draft) = self.program.draft(&id).await {
                self.forget_draft(who, &id, &draft).await?;
                draft.title()
            } else if let Ok(draft) = self.draft_of_sink(&id).await {
                self.end_sink_draft(who, &id, &draft).await?;
                draft.title()
            } else {
                // One that cannot be read, of another version, stands in nobody's way.
                continue;
            };
            let detail = "nobody changed it for 30 days";
            self.wrote(who, "draft-discarded", &title, detail).await?;
        }
        Ok(())
    }

    /// The current view of a draft.
    pub(super) async fn show_draft(&self, id: &str) -> Result<DraftView> {
        let draft = self.program.draft(id).await?;
        let version = self.program.connector(&draft.connector)?;
        let form = self.program.form(&version).await?;
        let target = Target::Draft(id.to_owned());
        let (problems, authorization) = match self.program.ready(&target).await? {
            Ok(source) => (
                draft.name_problem(&self.program.config()).into_iter().collect(),
                consents::view(&self.program, &target, &source).await?,
            ),
            Err(_) => (self.problems(&draft).await?, None),
        };
        let (table, _) = self.program.table(&draft, &form)?;
        Ok(DraftView {
            id: id.to_owned(),
            origin: origin(&draft),
            input: draft.input().clone(),
            secrets: form::places(&table),
            problems,
            touched: draft.touched,
            authorization,
            validation: self.validations.show(&self.program, &target).await?,
            form,
        })
    }

    /// Stores an input in a draft, and its secrets in the vault at once.
    pub(super) async fn fill_draft(&self, who: &str, id: &str, input: Input, secrets: Typed) -> Result<()> {
        let _one = self.program.edits.lock().await;
        let mut draft = self.program.draft(id).await?;
        let version = self.program.connector(&draft.connector)?;
        let form = self.program.form(&version).await?;
        let known = |name: &str| {
            (form.signs_in && matches!(name, "client-secret" | "certificate" | "certificate-password"))
                || form.secrets.iter().any(|need| need.name == name)
        };
        if let Some(name) = secrets.keys().find(|name| !known(name)) {
            return Err(BackendError::Refused(format!(
                "the connector does not ask for a secret {name:?}"
            )));
        }
        let before = draft.input().clone();
        draft.fill(input);
        let is_alike = secrets.is_empty() && is_read_alike(&before, draft.input());
        let draft = self
            .store_secrets(who, id, draft, secrets, Draft::store_secret)
            .await?;
        self.keep(id, &draft).await?;
        match is_alike {
            true => Ok(()),
            false => {
                let target = Target::Draft(id.to_owned());
                self.validations.renew(&self.program, &target).await
            }
        }
    }

    /// Stores secrets that were typed into a draft, each as `store` does. The caller holds the lock of edits.
    pub(super) async fn store_secrets<D: StoredDraft>(
        &self,
        who: &str,
        id: &str,
        mut draft: D,
        secrets: Typed,
        store: impl Fn(&mut D, &Vault, &str, &SecretString) -> std::result::Result<Place, VaultError>
        + Clone
        + Send
        + 'static,
    ) -> Result<D> {
        for (name, value) in secrets {
            let (vault, entry, store) = (Vault::of(&self.program.data), name.clone(), store.clone());
            let (stored, place) = self
                .program
                .administer(
                    who,
                    || {},
                    move |_| {
                        let place = store(&mut draft, &vault, &entry, &value)?;
                        Ok((draft, place))
                    },
                )
                .await?;
            draft = stored;
            // Record the secret before anything else can fail, so that it is not left behind unnoticed.
            self.keep(id, &draft).await?;
            let detail = format!("{name}, in {place}");
            self.wrote(who, "secret-stored", &draft.title(), &detail).await?;
        }
        Ok(draft)
    }

    /// Discards a draft.
    pub(super) async fn throw_draft_away(&self, who: &str, id: &str) -> Result<()> {
        let _one = self.program.edits.lock().await;
        let draft = self.program.draft(id).await?;
        self.forget_draft(who, id, &draft).await?;
        self.wrote(who, "draft-discarded", &draft.title(), "").await
    }

    /// Saves a draft as a source, and returns the source's name.
    pub(super) async fn make_source(&self, who: &str, id: &str) -> Result<String> {
        let _one = self.program.edits.lock().await;
        let draft = self.program.draft(id).await?;
        if !self.problems(&draft).await?.is_empty() {
            // The page of the draft says at each field what.
            return Err(BackendError::Refused(
                "something in the details is missing or wrong; correct it first".to_owned(),
            ));
        }
        let version = self.program.connector(&draft.connector)?;
        let form = self.program.form(&version).await?;
        let (table, _) = self.program.table(&draft, &form)?;
        let before = match &draft.origin {
            Origin::Edit(name) => Some(name.clone()),
            Origin::New | Origin::Duplicate(_) => None,
        };
        let is_changed = match &before {
            Some(name) => changes_reading(&table_of(&self.program.source(name)?), &table),
            None => false,
        };
        let new = NewSource {
            written: table.into(),
            secrets: Default::default(),
        };
        let name = new.name().to_owned();
        self.program
            .administer(
                who,
                || {},
                move |administrator| administrator.save(before.as_deref(), &new),
            )
            .await?;
        let (target, source) = (Target::Draft(id.to_owned()), Target::Source(name.clone()));
        self.validations.end(&target);
        if is_changed {
            self.validations.end(&source);
        }
        let (from, to, id) = (key(&target), key(&source), id.to_owned());
        self.program
            .store(move |store| {
                if is_changed {
                    store.forget_validation(&to)?;
                }
                store.move_target(&from, &to)?;
                store.forget_draft(&id)
            })
            .await?;
        self.validations.resume_one(&self.program, &source).await?;
        // The replaced secrets, and those that were typed but overwritten before the draft was saved.
        self.forget_secrets(who, draft.secrets()).await?;
        Ok(name)
    }

    /// Removes a source and the drafts that change it.
    pub(super) async fn remove_source(&self, who: &str, source: &str, purge: bool) -> Result<()> {
        let name = self.program.source(source)?.name;
        let (validations, target) = (Arc::clone(&self.validations), Target::Source(name.clone()));
        let one = Arc::clone(&self.program.edits).lock_owned().await;
        self.program
            .administer(
                who,
                move || {
                    validations.end(&target);
                    // Deleting the stored meetings may take long.
                    drop(one);
                },
                move |administrator| administrator.remove(&name, purge),
            )
            .await?;
        let _one = self.program.edits.lock().await;
        // Drafts that change it have nothing left to change.
        for (id, draft) in self.program.read(Draft::all).await? {
            if draft.edits(source) {
                self.forget_draft(who, &id, &draft).await?;
            }
        }
        Ok(())
    }

    /// All problems of a draft, in the words of its form.
    pub(super) async fn problems(&self, draft: &Draft) -> Result<Vec<Problem>> {
        let version = self.program.connector(&draft.connector)?;
        let schema = &version.connector.manifest().settings_schema;
        let form = self.program.form(&version).await?;
        let (table, mut found) = self.program.table(draft, &form)?;
        found.extend(draft.name_problem(&self.program.config()));
        found.extend(self.program.source_of(&table).err().unwrap_or_default());
        found.extend(problems::of_settings(schema, &table).await);
        // Each look finds problems with a part that had none yet, or is the last.
        loop {
            let rest = problems::without(&table, &found, schema);
            let others = match self.program.source_of(&rest) {
                Ok(source) => self.program.make_ready(&source, &version).await.err(),
                Err(others) => Some(others),
            };
            let mut others = others.unwrap_or_default();
            others.retain(|problem| !problems::is_known(problem, &found, schema));
            if others.is_empty() {
                break;
            }
            found.extend(others);
        }
        keep_first_of_each_field(&mut found);
        Ok(found
            .into_iter()
            .map(|problem| words::of_source(&form, problem))
            .collect())
    }

    pub(super) async fn keep(&self, id: &str, draft: &impl StoredDraft) -> Result<()> {
        let content = serde_json::to_string(draft).map_err(|error| failed(error.into()))?;
        let id = id.to_owned();
        self.program
            .store(move |store| store.put_draft(&id, now(), &content))
            .await
    }

    /// Deletes a draft, with the secrets that only it used. The caller holds the lock of edits.
    async fn forget_draft(&self, who: &str, id: &str, draft: &Draft) -> Result<()> {
        let target = Target::Draft(id.to_owned());
        self.validations.end(&target);
        let (id, key) = (id.to_owned(), key(&target));
        self.program
            .store(move |store| {
                store.forget_target(&key)?;
                store.forget_draft(&id)
            })
            .await?;
        self.forget_secrets(who, draft.secrets()).await
    }

    pub(super) async fn forget_secrets(&self, who: &str, names: Vec<String>) -> Result<()> {
        self.program
            .administer(
                who,
                || {},
                move |administrator| administrator.forget_secrets(names),
            )
            .await
            .map(drop)
    }
}

/// Whether two inputs read a source in the same way: with the same settings and credentials, from the same origins.
fn is_read_alike(one: &Input, other: &Input) -> bool {
    one.settings == other.settings && one.client_id == other.client_id && one.grants == other.grants
}

/// Whether a table has a source read otherwise than another one.
fn changes_reading(before: &Table, after: &Table) -> bool {
    let parts = ["settings", "credentials", "grants"];
    parts.iter().any(|part| before.get(*part) != after.get(*part))
}

fn origin(draft: &Draft) -> DraftOrigin {
    match draft.origin.clone() {
        Origin::New => DraftOrigin::New {
            connector: draft.connector.clone(),
        },
        Origin::Edit(source) => DraftOrigin::Edit { source },
        Origin::Duplicate(source) => DraftOrigin::Duplicate { source },
    }
}
