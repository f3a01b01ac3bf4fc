//! `collector authorize`: prints the consent page's address and takes the answer, by a redirect to this machine or pasted from a browser
//! on another one.

use std::io::Write as _;
use std::path::Path;

use axum::Router;
use axum::extract::RawQuery;
use axum::routing::get;
use collector_admin::administration;
use collector_engine::consent::{self, Answer, Consent, State};
use collector_model::consent::ConsentState;
use collector_model::text::plain;
use collector_portal::TrustedProxies;
use collector_store::Store;
use collector_store::source_key;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;
use url::form_urlencoded;

use super::ready::{Ready, Wanted};
use super::{Exit, say_error};
use crate::cli::Authorize;
use crate::portal::REDIRECT;

pub(super) async fn run(path: &Path, arguments: &Authorize) -> anyhow::Result<Exit> {
    let ready = match Ready::begin(path, Wanted::one(&arguments.source)).await? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit),
    };
    let Some(source) = ready.sources.first() else {
        return Ok(Exit::Usage);
    };
    let Some(authorization) = source.authorization() else {
        say_error(&format!(
            "source \"{}\" needs no consent: its connector does not ask for any",
            source.name
        ));
        return Ok(Exit::Usage);
    };
    let Some(client_id) = source.client_id() else {
        say_error(&format!(
            "source \"{}\" signs in with a managed identity, which has no consent page: {}, then run `collector validate`",
            source.name,
            consent::FOR_AN_IDENTITY
        ));
        return Ok(Exit::Usage);
    };
    let listener = TcpListener::bind(("127.0.0.1", arguments.port))
        .await
        .map_err(|cause| {
            anyhow::anyhow!(
                "cannot listen on port {} of this machine: {cause}; choose another with --port",
                arguments.port
            )
        })?;
    let redirect = format!("http://localhost:{}/{REDIRECT}", listener.local_addr()?.port());
    let state = State::fresh();
    let page = match consent::page(
        authorization,
        source.grants(),
        client_id,
        &redirect,
        state.as_str(),
    ) {
        Ok(page) => page,
        Err(problem) => {
            say_error(&format!("source \"{}\": {problem}", source.name));
            return Ok(Exit::Usage);
        }
    };
    super::unless_closed(
        anstream::stdout().write_all(instructions(&page, &redirect, authorization).as_bytes()),
    )?;
    let Some(answer) = answer(listener, state.as_str()).await else {
        say_error("the input ended before an answer came; nothing was changed");
        return Ok(Exit::SourceFailed);
    };
    let by = super::audit::who();
    let now = chrono::Utc::now().timestamp();
    let ended = consent::ended(&ready.sandbox, source, &answer, now, &by).await;
    let store = Store::open(&ready.config.data)?;
    let consent = Consent::of(source, ended.clone());
    store.put_consent(&source_key(&source.name), now, &consent.json()?)?;
    let (action, detail) = ended.for_audit();
    administration::audit(&store, &by, action, &source.name, &detail)?;
    say(&ended)
}

fn instructions(page: &Url, redirect: &str, authorization: &collector_sandbox::Authorization) -> String {
    let mut text = String::from("The application asks for:\n");
    for permission in &authorization.permissions {
        text.push_str(&format!(
            "  {:20} {}\n",
            plain(&permission.name),
            plain(&permission.purpose)
        ));
    }
    let registered = redirect.rsplit_once(':').map_or(redirect, |(_, tail)| tail);
    let registered = registered.split_once('/').map_or("", |(_, path)| path);
    text.push_str(&format!(
        "\nRegister the redirect address http://localhost/{registered} with the application (platform Web; the port does not matter).\n\
         Then open this page and sign in as Global Administrator:\n\n  {page}\n\n\
         If this machine has no browser, open the page on another machine. The browser then cannot show the last page: paste its \
         address here.\n"
    ));
    text
}

/// The first answer with the state that was sent, redirected or pasted; none when the input ends after a wrong paste.
async fn answer(listener: TcpListener, state: &str) -> Option<Answer> {
    let (redirected, mut received) = mpsc::channel::<String>(1);
    let path = format!("/{REDIRECT}");
    let router = Router::new().route(
        &path,
        get(move |RawQuery(query): RawQuery| {
            let redirected = redirected.clone();
            async move {
                // When the channel is full, the loop below is already looking at an answer.
                let _ = redirected.try_send(query.unwrap_or_default());
                "Answer received. You can close this page; `collector authorize` prints the result.\n"
            }
        }),
    );
    let serving = tokio::spawn(crate::web::serve(
        listener,
        router,
        None,
        TrustedProxies::default(),
        std::future::pending(),
    ));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let (mut typing, mut typed) = (true, false);
    let answer = loop {
        let query = tokio::select! {
            Some(query) = received.recv() => query,
            line = lines.next_line(), if typing => match line {
                Ok(Some(line)) if line.trim().is_empty() => continue,
                Ok(Some(line)) => { typed = true; pasted(line.trim()) }
                // The input ended after a wrong paste: no other will come.
                Ok(None) | Err(_) if typed => break None,
                // Nobody is at the terminal: wait for the redirect.
                Ok(None) | Err(_) => { typing = false; continue }
            },
            else => break None,
        };
        match read(&query, state) {
            Some(answer) => break Some(answer),
            None => say_error(
                "this answer does not belong to the request that was sent from here (its state differs), so it was ignored",
            ),
        }
    };
    serving.abort();
    answer
}

/// The query of a pasted address; text that is no address is taken as the query itself.
fn pasted(line: &str) -> String {
    match line.parse::<Url>() {
        Ok(address) => address.query().unwrap_or_default().to_owned(),
        Err(_) => line.trim_start_matches('?').to_owned(),
    }
}

/// The answer in a query, if it has the state that was sent.
fn read(query: &str, state: &str) -> Option<Answer> {
    let mut answer = Answer::default();
    let mut ours = false;
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = value.into_owned();
        match key.as_ref() {
            "state" => ours = State::digest_of(&value) == State::digest_of(state),
            "error" => answer.error = Some(value),
            "error_description" => answer.error_description = Some(value),
            "tenant" => answer.tenant = Some(value),
            "admin_consent" => answer.admin_consent = Some(value),
            _ => {}
        }
    }
    ours.then_some(answer)
}

fn say(ended: &ConsentState) -> anyhow::Result<Exit> {
    let (text, exit) = match ended {
        ConsentState::Granted { tenant, .. } => (
            format!(
                "Consent was given for tenant {}. It can take up to two hours to reach every server; `collector validate --watch` waits for that.\n",
                plain(tenant)
            ),
            Exit::Everything,
        ),
        ConsentState::Unproven { problem, advice, .. } => {
            say_error(&format!("{}. {}", plain(problem), plain(advice)));
            (String::new(), Exit::Part)
        }
        ConsentState::Doubtful {
            problem,
            advice,
            code,
            ..
        } => {
            say_error(&format!(
                "consent was given, but this cannot be proved: {}{}. {}",
                plain(problem),
                in_brackets(code.as_deref()),
                plain(advice)
            ));
            (String::new(), Exit::SourceFailed)
        }
        ConsentState::Refused {
            problem,
            advice,
            code,
            ..
        } => {
            say_error(&format!(
                "{}{}. {}",
                plain(problem),
                in_brackets(code.as_deref()),
                plain(advice)
            ));
            (String::new(), Exit::SourceFailed)
        }
        ConsentState::Asked { .. } => (String::new(), Exit::SourceFailed),
    };
    super::unless_closed(anstream::stdout().write_all(text.as_bytes()))?;
    Ok(exit)
}

/// The code of an error behind its words, if there is one.
fn in_brackets(code: Option<&str>) -> String {
    code.map_or_else(String::new, |code| format!(" [{}]", plain(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_from_an_address_or_from_its_query() {
        let query = "admin_consent=True&tenant=t&state=s";
        for line in [
            "http://localhost:4711/authorized?admin_consent=True&tenant=t&state=s",
            query,
            "?admin_consent=True&tenant=t&state=s",
        ] {
            assert_eq!(pasted(line), query);
        }
        let answer = read(query, "s").unwrap();
        assert_eq!(
            (answer.tenant.as_deref(), answer.admin_consent.as_deref()),
            (Some("t"), Some("True"))
        );
    }

    #[test]
    fn an_answer_with_another_state_or_none_is_not_read() {
        for query in [
            "admin_consent=True&tenant=t&state=other",
            "admin_consent=True&tenant=t",
            "state=",
            "",
        ] {
            assert_eq!(read(query, "s"), None, "{query}");
        }
    }
}
