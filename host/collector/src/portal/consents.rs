//! Sends an administrator to the consent page, and judges the answer that comes back.

use collector_admin::draft::Origin;
use collector_engine::consent::{self, Answer, Consent, State};
use collector_engine::source::ReadySource;
use collector_model::consent::ConsentState;
use collector_portal::api::{Authorization, BackendError, ConsentAnswer, Result, Target};
use collector_sandbox as sandbox;
use collector_store::ConsentRequest;

use super::program::{Program, failed, key, now};

/// How long an administrator may take on the consent page, in seconds.
const LIFE: i64 = 60 * 60;

/// Returns the address of the consent page, with a fresh state that only `session` may return with.
pub(super) async fn begin(program: &Program, who: &str, session: &str, target: &Target) -> Result<String> {
    let source = ready(program, target).await?;
    let Some(authorization) = source.authorization() else {
        return Err(BackendError::Refused(
            "this connector needs no consent".to_owned(),
        ));
    };
    let Some(client_id) = source.client_id() else {
        return Err(BackendError::Refused(format!(
            "a managed identity has no consent page: {}, then validate",
            consent::FOR_AN_IDENTITY
        )));
    };
    let state = State::fresh();
    let page = consent::page(
        authorization,
        source.grants(),
        client_id,
        &program.redirect,
        state.as_str(),
    )
    .map_err(BackendError::Refused)?;
    let at = now();
    let request = ConsentRequest {
        target: key(target),
        session: session.to_owned(),
        who: who.to_owned(),
        at,
    };
    let digest = state.digest();
    program
        .store(move |store| store.put_consent_request(&digest, &request, at.saturating_sub(LIFE)))
        .await?;
    keep(program, target, &source, ConsentState::Asked { at }).await?;
    Ok(page.into())
}

/// The error for an answer whose state is not accepted.
pub(super) const DISBELIEVED: &str =
    "This link was not started here, was already used, or has expired. Start the consent again.";

/// The target that an answer with this state is for, and the account that was sent; none if the state is not accepted. A state is accepted
/// once.
pub(super) async fn take(
    program: &Program,
    session: &str,
    state: Option<&str>,
) -> Result<Option<(Target, String)>> {
    let (digest, session) = (State::digest_of(state.unwrap_or_default()), session.to_owned());
    let request = program
        .store(move |store| store.take_consent_request(&digest, &session))
        .await?;
    let oldest = now().saturating_sub(LIFE);
    Ok(request
        .filter(|request| request.at >= oldest)
        .and_then(|request| Some((super::program::target(&request.target)?, request.who))))
}

/// Judges and stores the outcome of an answer whose state was accepted.
pub(super) async fn end(
    program: &Program,
    target: &Target,
    answer: ConsentAnswer,
    by: &str,
) -> Result<ConsentState> {
    let source = ready(program, target).await?;
    let answer = Answer {
        error: answer.error,
        error_description: answer.error_description,
        tenant: answer.tenant,
        admin_consent: answer.admin_consent,
    };
    let state = consent::ended(&program.sandbox, &source, &answer, now(), by).await;
    keep(program, target, &source, state.clone()).await?;
    Ok(state)
}

/// The authorization of a source, and its progress; none if there is no page on which an administrator consents.
pub(super) async fn view(
    program: &Program,
    target: &Target,
    source: &ReadySource,
) -> Result<Option<Authorization>> {
    let consents = |authorization: &&sandbox::Authorization| authorization.consent_page.is_some();
    let Some(authorization) = source.authorization().filter(consents) else {
        return Ok(None);
    };
    let page = consent::page_origin(authorization, source.grants()).map_err(BackendError::Refused)?;
    Ok(Some(Authorization {
        consent_origin: page.origin().ascii_serialization(),
        permissions: authorization.permissions.clone(),
        redirect_uri: program.redirect.clone(),
        state: known(program, target, source).await?,
    }))
}

async fn keep(program: &Program, target: &Target, source: &ReadySource, state: ConsentState) -> Result<()> {
    let content = Consent::of(source, state).json().map_err(failed)?;
    let (key, at) = (key(target), now());
    program
        .store(move |store| store.put_consent(&key, at, &content))
        .await
}

/// The stored consent of a target; none if it was for another application or tenant than the target names now.
pub(super) async fn known(
    program: &Program,
    target: &Target,
    source: &ReadySource,
) -> Result<Option<ConsentState>> {
    let read = async |target: &Target| {
        let wanted = key(target);
        let kept = program.read(move |store| store.consent(&wanted)).await?;
        Ok::<_, BackendError>(kept.and_then(|content| Consent::read(&content)?.for_source(source)))
    };
    let own = read(target).await?;
    match (own, target) {
        // What was granted to a source is granted to what becomes of it, as long as it names the same application.
        (None, Target::Draft(id)) => match program.draft(id).await?.origin {
            Origin::Edit(before) | Origin::Duplicate(before) => read(&Target::Source(before)).await,
            Origin::New => Ok(None),
        },
        (own, _) => Ok(own),
    }
}

/// Makes the target ready, or returns its problems as an error.
async fn ready(program: &Program, target: &Target) -> Result<ReadySource> {
    program.ready(target).await?.map_err(|problems| {
        let problems: Vec<String> = problems
            .into_iter()
            .map(|problem| format!("{}: {}; {}", problem.key, problem.problem, problem.remedy))
            .collect();
        BackendError::Refused(format!("the details are incomplete: {}", problems.join(". ")))
    })
}
