//! The program as the portal's backend: each method does one thing, and the audit log names the account that did it.

use std::sync::Arc;

use async_trait::async_trait;
use collector_admin::administration::{self, AdminError, Administrator, Approval};
use collector_admin::closing::closed_month;
use collector_admin::draft::StoredDraft as _;
use collector_admin::room_day::room_days;
use collector_admin::selection::select;
use collector_model::room::RoomAddress;
use collector_portal::api::{
    Admission, AnswerError, Answered, Asked, AskedReport, AuditEntry, AuditSearch, Authorization, Backend,
    BackendError, ClosedMonth, ConnectorChoice, ConnectorView, ConsentAnswer, Deed, DraftOrigin, DraftView,
    FiguresError, FileForm, Form, Guide, Input, Overview, Parcel, PostError, Posting, Problem, Purge,
    Received, Result, Role, RoomDay, RoomFilter, RoomQuery, Rooms, Selection, SourceSummary, SpaceChoice,
    SpaceId, SpaceQuery, Spaces, Target, Timeline, TimelineQuery, Typed, Validation,
};
use jiff::civil::Date;
use url::Url;

use super::program::{Program, now};
use super::sign_in::SignIn;
use super::validations::Validations;
use super::{answers, consents, figures, posts, spaces, views};

/// Everything that the program does for the portal.
pub(super) struct ProgramBackend {
    pub(super) program: Arc<Program>,
    pub(super) validations: Arc<Validations>,
    places: answers::Places,
    pub(super) sign_in: Option<SignIn>,
}

impl ProgramBackend {
    /// Makes the backend of a program whose portal is at this address, and resumes the validations that were waiting when the program ended.
    ///
    /// # Errors
    /// The address cannot be one that a provider returns to.
    pub(super) async fn new(program: Program, address: &Url) -> anyhow::Result<Self> {
        let backend = Self {
            sign_in: SignIn::of(&program.config(), address)?,
            program: Arc::new(program),
            validations: Arc::default(),
            places: answers::Places::default(),
        };
        if let Err(error) = backend.validations.resume(&backend.program).await {
            tracing::error!("cannot resume the validations that were under way: {error}");
        }
        Ok(backend)
    }

    /// Writes a line into the audit log.
    pub(super) async fn wrote(&self, who: &str, action: &str, subject: &str, detail: &str) -> Result<()> {
        self.audit(Deed::new(who, action, subject, detail)).await
    }
}

#[async_trait]
impl Backend for ProgramBackend {
    async fn audit(&self, deed: Deed) -> Result<()> {
        self.program.store(move |store| store.audit(now(), &deed)).await
    }

    async fn audit_log(&self, search: &AuditSearch) -> Result<Vec<AuditEntry>> {
        let search = search.clone();
        self.program.read(move |store| store.audit_log(&search)).await
    }

    async fn overview(&self) -> Result<Overview> {
        let validations = Arc::clone(&self.validations);
        views::overview(&self.program, move |source| {
            validations.awaits_permissions(source)
        })
        .await
    }

    async fn source(&self, name: &str) -> Result<SourceSummary> {
        let awaits_permissions = self.validations.awaits_permissions(name);
        views::source(&self.program, name, awaits_permissions).await
    }

    async fn rooms(&self, query: &RoomQuery) -> Result<Rooms> {
        views::rooms(&self.program, query).await
    }

    async fn spaces(&self, query: &SpaceQuery) -> Result<Spaces> {
        spaces::spaces(&self.program, query).await
    }

    async fn space(&self, space: &SpaceId) -> Result<SpaceChoice> {
        spaces::space(&self.program, space).await
    }

    async fn join(&self, who: &str, room: &str, space: &SpaceId) -> Result<()> {
        let (room, space) = (spaces::check(&self.program, room, space).await?, space.clone());
        self.administer(who, move |administrator| administrator.join_space(&room, &space))
            .await
    }

    async fn separate(&self, who: &str, room: &str, space: &SpaceId) -> Result<()> {
        let (room, space) = (RoomAddress::new(room), space.clone());
        self.administer(who, move |administrator| {
            administrator.separate_space(&room, &space)
        })
        .await
    }

    async fn timeline(&self, who: &str, role: Role, query: &TimelineQuery) -> Result<Timeline> {
        let (timeline, shown) = views::timeline(&self.program, query, role.sees_subjects()).await?;
        if !shown.is_empty() {
            let mut detail = administration::viewed(query.start, query.end);
            if let Some(building) = &query.building {
                detail.push_str(&format!(" in building {building:?}"));
            }
            if let Some(text) = &query.text {
                detail.push_str(&format!(" of rooms with {text:?}"));
            }
            // Before the view is returned: subjects are shown only if that could be logged.
            self.wrote(who, "subjects-viewed", &shown.join(", "), &detail)
                .await?;
        }
        Ok(timeline)
    }

    async fn connectors(&self) -> Result<Vec<ConnectorView>> {
        views::connectors(&self.program).await
    }

    async fn approve(&self, who: &str, connector: &str, digest: &str) -> Result<()> {
        let (who, connector, shown) = (who.to_owned(), connector.to_owned(), digest.to_owned());
        // Approves only the version that the page showed, not one that has replaced it since.
        let approval = self
            .program
            .store(move |store| administration::approve(store, &who, &connector, Some(&shown)))
            .await?;
        let Approval::Given(_) = approval else {
            return Err(BackendError::Refused(
                "this version is no longer on hold, or another version replaced it; reload the page"
                    .to_owned(),
            ));
        };
        self.program.plugins.rescan();
        Ok(())
    }

    async fn choices(&self) -> Result<Vec<ConnectorChoice>> {
        Ok(self
            .program
            .plugins
            .installed()
            .into_iter()
            .map(|version| {
                let manifest = version.connector.manifest();
                ConnectorChoice {
                    name: manifest.name.clone(),
                    title: manifest.title.clone(),
                    description: manifest.description.clone(),
                    version: manifest.version.clone(),
                }
            })
            .collect())
    }

    async fn source_form(&self, connector: &str) -> Result<Form> {
        let version = self.program.connector(connector)?;
        self.program.form(&version).await
    }

    async fn new_draft(&self, who: &str, origin: DraftOrigin) -> Result<String> {
        self.begin_draft(who, origin).await
    }

    async fn draft(&self, id: &str) -> Result<DraftView> {
        self.show_draft(id).await
    }

    async fn check_draft(&self, id: &str, input: &Input) -> Result<Vec<Problem>> {
        let mut draft = self.program.draft(id).await?;
        draft.fill(input.clone());
        self.problems(&draft).await
    }

    async fn change_draft(&self, who: &str, id: &str, input: Input, secrets: Typed) -> Result<()> {
        self.fill_draft(who, id, input, secrets).await
    }

    async fn discard_draft(&self, who: &str, id: &str) -> Result<()> {
        self.throw_draft_away(who, id).await
    }

    async fn save_draft(&self, who: &str, id: &str) -> Result<String> {
        self.make_source(who, id).await
    }

    async fn begin_authorization(&self, who: &str, session: &str, target: &Target) -> Result<String> {
        let page = consents::begin(&self.program, who, session, target).await?;
        self.wrote(who, "authorization-begun", &self.title(target).await, "")
            .await?;
        Ok(page)
    }

    async fn end_authorization(&self, who: &str, session: &str, answer: ConsentAnswer) -> Result<Target> {
        let Some((target, by)) = consents::take(&self.program, session, answer.state.as_deref()).await?
        else {
            self.wrote(
                who,
                "authorization-disbelieved",
                "",
                "the answer's state was not one that was sent",
            )
            .await?;
            return Err(BackendError::Refused(consents::DISBELIEVED.to_owned()));
        };
        let state = consents::end(&self.program, &target, answer, &by).await?;
        if state.given_at().is_some() {
            self.validations.renew(&self.program, &target).await?;
        }
        let (action, detail) = state.for_audit();
        self.wrote(who, action, &self.title(&target).await, &detail)
            .await?;
        Ok(target)
    }

    async fn authorization(&self, source: &str) -> Result<Option<Authorization>> {
        let target = Target::Source(source.to_owned());
        match self.program.ready(&target).await? {
            Ok(source) => consents::view(&self.program, &target, &source).await,
            // Another part of the page shows the problems of the source.
            Err(_) => Ok(None),
        }
    }

    async fn validate(&self, who: &str, target: &Target) -> Result<()> {
        // Fails if the target does not exist.
        let title = match target {
            Target::Source(name) => self.program.source(name)?.name,
            Target::Draft(id) => self.program.draft(id).await?.title(),
        };
        self.validations.begin(&self.program, target).await;
        self.wrote(who, "validation-begun", &title, "").await
    }

    async fn validation(&self, target: &Target) -> Result<Option<Validation>> {
        self.validations.show(&self.program, target).await
    }

    async fn guides(&self, source: &str) -> Result<Vec<Guide>> {
        views::guides(&self.program, source).await
    }

    async fn collect(&self, who: &str, source: &str) -> Result<()> {
        let source = self.program.source(source)?;
        let now = (self.program.now)().remove(&source.name).unwrap_or_default();
        if source.paused {
            let why = format!("{} is paused; resume it to collect it", source.name);
            return Err(BackendError::Refused(why));
        }
        if now.collecting {
            let why = format!("{} is being collected already", source.name);
            return Err(BackendError::Refused(why));
        }
        self.wrote(who, "pass-requested", &source.name, "").await?;
        now.wanted.notify_one();
        Ok(())
    }

    async fn pause(&self, who: &str, source: &str) -> Result<()> {
        let name = source.to_owned();
        self.administer(who, move |administrator| administrator.pause(&name).map(drop))
            .await
    }

    async fn resume(&self, who: &str, source: &str) -> Result<()> {
        let name = source.to_owned();
        self.administer(who, move |administrator| administrator.resume(&name).map(drop))
            .await
    }

    async fn remove(&self, who: &str, source: &str, purge: bool) -> Result<()> {
        self.remove_source(who, source, purge).await
    }

    async fn set_viewing(&self, who: &str, source: &str, viewing: bool) -> Result<()> {
        let name = source.to_owned();
        self.administer(who, move |administrator| {
            administrator.set_viewing(&name, viewing)
        })
        .await
    }

    async fn purge(&self, who: &str, source: &str, what: Purge) -> Result<u64> {
        let (name, who) = (self.program.source(source)?.name, who.to_owned());
        self.program
            .beside(move |store| Ok(administration::purge(store, &who, &name, what)?.meetings))
            .await
    }

    async fn admit(&self, source: Option<&str>, token: &str) -> Admission {
        posts::admit(&self.program, source, token)
    }

    async fn receive(&self, source: &str, parcel: Parcel) -> std::result::Result<Received, PostError> {
        posts::receive(&self.program, source, parcel).await
    }

    async fn select(
        &self,
        filter: RoomFilter,
        asked: Vec<AskedReport>,
    ) -> std::result::Result<Selection, FiguresError> {
        figures::compute(&self.program, &self.places, move |store, config, go_on| {
            select(store, config, &filter, &asked, now(), go_on)
        })
        .await
    }

    async fn closed_months(&self) -> Result<Vec<(String, i64)>> {
        self.program.read(|store| store.closed_months()).await
    }

    async fn closed_month(&self, month: &str) -> std::result::Result<Option<ClosedMonth>, FiguresError> {
        let month = month.to_owned();
        figures::compute(&self.program, &self.places, move |store, config, go_on| {
            closed_month(store, config, &month, now(), go_on)
        })
        .await
    }

    async fn month_file(
        &self,
        month: &str,
        form: FileForm,
    ) -> std::result::Result<Option<Vec<u8>>, FiguresError> {
        match self.closed_month(month).await? {
            Some(closed) => figures::month_file(&closed, form),
            None => Ok(None),
        }
    }

    async fn weekly_posting(&self, monday: Date) -> Result<Option<Posting>> {
        let config = self.program.config();
        let Some(weekly) = &config.insights.weekly else {
            return Ok(None);
        };
        let monday = monday.to_string();
        let post = self.program.read(move |store| store.weekly_post(&monday)).await?;
        Ok(Some(Posting {
            to: weekly.origin(),
            post,
        }))
    }

    fn has_parquet(&self) -> bool {
        cfg!(feature = "parquet")
    }

    async fn report_file(
        &self,
        filter: RoomFilter,
        asked: AskedReport,
        form: FileForm,
    ) -> std::result::Result<Option<Vec<u8>>, FiguresError> {
        let view = self.select(filter, vec![asked]).await?;
        figures::file(&view, form)
    }

    async fn room_days(
        &self,
        source: &str,
        address: &str,
        periods: [(Date, Date); 2],
    ) -> std::result::Result<Option<[Vec<RoomDay>; 2]>, FiguresError> {
        let (source, address) = (source.to_owned(), address.to_owned());
        figures::compute(&self.program, &self.places, move |store, config, _| {
            room_days(store, config, (&source, &address), periods, now())
        })
        .await
    }

    async fn answer(&self, asked: Asked) -> std::result::Result<Answered, AnswerError> {
        answers::answer(&self.program, &self.places, asked).await
    }
}

impl ProgramBackend {
    /// Changes the configuration as the administrator `who`, one change at a time.
    async fn administer(
        &self,
        who: &str,
        work: impl FnOnce(&Administrator<'_>) -> std::result::Result<(), AdminError> + Send + 'static,
    ) -> Result<()> {
        let _one = self.program.edits.lock().await;
        self.program.administer(who, || {}, work).await
    }

    /// The name of a target in the audit log.
    async fn title(&self, target: &Target) -> String {
        match target {
            Target::Source(name) => name.clone(),
            Target::Draft(id) => match self.program.draft(id).await {
                Ok(draft) => draft.title(),
                Err(_) => id.clone(),
            },
        }
    }
}
