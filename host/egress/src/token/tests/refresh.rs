//! A refresh token against login servers that replace it with each use, never, or against what anybody expects; and several processes that
//! use one.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use collector_model::secret::{AuthorizationFailure, SecretError};
use futures::future::join_all;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::{form, secret, source_by, token};
use crate::credential::SecretRef;
use crate::http::Bearer;
use crate::http::tests::server::{Reply, Seen, Server, reply};
use crate::token::kept::{self, kept_name};
use crate::token::{Credential, Grant, RefreshToken, TokenSource};
use crate::vault::tests::in_file;

/// As the login server writes them.
const SPENT: &str = r#"{"error":"invalid_grant","error_description":"The refresh token is spent."}"#;
const DAY: u64 = 24 * 60 * 60;

fn sent(seen: &Seen) -> String {
    let form = form(seen);
    let (_, token) = form.iter().find(|(name, _)| name == "refresh_token").unwrap();
    token.clone()
}

/// What it answers to the refresh token number n: access token a-n, which lives for `life` seconds, and the refresh token `next`.
fn granting(number: usize, life: u64, next: &str) -> Reply {
    reply(
        200,
        "",
        &format!(
            r#"{{"access_token":"a-{number}","expires_in":{life},"refresh_token":"{next}","refresh_token_expires_in":{}}}"#,
            90 * DAY
        ),
    )
}

/// A login server that accepts one refresh token at a time, r-0 at first, and replaces it with each use.
async fn rotating(life: u64) -> Server {
    let good = Mutex::new(0);
    Server::start(move |_, seen| {
        let mut good = good.lock().unwrap();
        if sent(seen) != format!("r-{good}") {
            return reply(400, "", SPENT);
        }
        *good += 1;
        granting(*good, life, &format!("r-{good}"))
    })
    .await
}

/// A login server that accepts what `accepts` says, and sends the token back that it got.
async fn accepting(accepts: impl Fn(&str) -> bool + Send + Sync + 'static) -> Server {
    Server::start(move |number, seen| {
        let token = sent(seen);
        if accepts(&token) {
            granting(number, 0, &token)
        } else {
            reply(400, "", SPENT)
        }
    })
    .await
}

fn refresh(data: &Path, configured: &str) -> Arc<RefreshToken> {
    let place = SecretRef::Env("WEBEX_TOKEN".into());
    Arc::new(RefreshToken::new(
        "webex",
        place,
        configured.into(),
        in_file(data),
    ))
}

fn source_of(login: &Server, refresh: &Arc<RefreshToken>) -> TokenSource {
    let credential = Credential {
        name: "client-secret { env = \"SECRET\" }".to_owned(),
        proof: secret(),
    };
    source_by(login, Grant::Refresh(Arc::clone(refresh)), vec![credential])
}

/// A source of a process of its own.
fn started(login: &Server, data: &TempDir, configured: &str) -> TokenSource {
    source_of(login, &refresh(data.path(), configured))
}

fn all_sent(login: &Server) -> Vec<String> {
    login.seen().iter().map(sent).collect()
}

async fn refusal(source: &TokenSource) -> AuthorizationFailure {
    match source.token().await.unwrap_err() {
        SecretError::Authorization(failure) => failure,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_token_is_sent_in_the_form_with_the_application_s_id_and_secret_and_without_a_scope() {
    let (login, data) = (rotating(3_600).await, tempfile::tempdir().unwrap());
    let source = started(&login, &data, "r-0");
    assert_eq!(token(&source).await, "a-1");
    assert_eq!(token(&source).await, "a-1");
    assert_eq!(login.asked(), ["POST /contoso/oauth2/v2.0/token"]);
    assert_eq!(
        login.seen()[0].body,
        "grant_type=refresh_token&client_id=app-id&refresh_token=r-0&client_secret=s3cret%26%7E%C3%A4"
    );
}

#[tokio::test]
async fn the_token_that_comes_back_is_used_from_then_on_after_a_restart_too() {
    let (login, data) = (rotating(0).await, tempfile::tempdir().unwrap());
    let source = started(&login, &data, "r-0");
    assert_eq!(token(&source).await, "a-1");
    assert_eq!(token(&source).await, "a-2");
    drop(source);
    assert_eq!(token(&started(&login, &data, "r-0")).await, "a-3");
    assert_eq!(all_sent(&login), ["r-0", "r-1", "r-2"]);
}

#[tokio::test]
async fn the_token_that_comes_back_is_stored_before_anybody_gets_the_access_token() {
    let (login, data) = (rotating(3_600).await, tempfile::tempdir().unwrap());
    let configured = "r-0".into();
    token(&started(&login, &data, "r-0")).await;
    let vault = in_file(data.path());
    let kept = kept::read(&vault, "webex", &kept::digest(&configured))
        .unwrap()
        .unwrap();
    assert_eq!(kept.newest.unwrap().0.expose_secret(), "r-1");
    // The one that was replaced is the configured one: there is no copy of it.
    assert!(kept.before.is_none());
    for file in std::fs::read_dir(data.path()).unwrap() {
        let path = file.unwrap().path();
        let content = std::fs::read(&path).unwrap_or_default();
        assert!(
            !content.windows(3).any(|part| part == b"r-1"),
            "{}",
            path.display()
        );
    }
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_any_more_is_kept_too() {
    let data = tempfile::tempdir().unwrap();
    let slow = Arc::new(tokio::sync::Barrier::new(2));
    let login = Server::start({
        let slow = Arc::clone(&slow);
        move |number, seen| match (number, sent(seen).as_str()) {
            (0, "r-0") => match granting(1, 0, "r-1") {
                Reply::Whole(answer) => Reply::Together(Arc::clone(&slow), answer),
                other => other,
            },
            (_, "r-1") => granting(2, 0, "r-1"),
            _ => reply(400, "", SPENT),
        }
    })
    .await;
    let source = started(&login, &data, "r-0");
    {
        let waiting = source.token();
        tokio::pin!(waiting);
        let asked = async {
            while login.asked().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = &mut waiting => panic!("the login server has not answered"),
            () = asked => {}
        }
    }
    drop(source);
    slow.wait().await;
    // It waits for its turn, which ends when the answer was kept.
    assert_eq!(token(&started(&login, &data, "r-0")).await, "a-2");
    assert_eq!(all_sent(&login), ["r-0", "r-1"]);
}

#[tokio::test]
async fn many_processes_that_use_one_token_at_once_lose_none() {
    let (login, data) = (rotating(0).await, tempfile::tempdir().unwrap());
    let processes: Vec<TokenSource> = (0..6).map(|_| started(&login, &data, "r-0")).collect();
    for _ in 0..2 {
        for token in join_all(processes.iter().map(Bearer::token)).await {
            token.unwrap();
        }
    }
    let expected: Vec<String> = (0..12).map(|number| format!("r-{number}")).collect();
    assert_eq!(all_sent(&login), expected);
}

#[tokio::test]
async fn a_new_token_that_is_refused_costs_nothing_while_the_old_one_works() {
    // It sends r-1 in place of r-0, and r-2 in place of r-1, but goes on to accept r-1 alone.
    let data = tempfile::tempdir().unwrap();
    let login = Server::start(|number, seen| match (number, sent(seen).as_str()) {
        (0, "r-0") => granting(0, 0, "r-1"),
        (1, "r-1") => granting(1, 0, "r-2"),
        (_, "r-1") => granting(number, 0, "r-1"),
        _ => reply(400, "", SPENT),
    })
    .await;
    let source = started(&login, &data, "r-0");
    for expected in ["a-0", "a-1", "a-3", "a-4"] {
        assert_eq!(token(&source).await, expected);
    }
    assert_eq!(all_sent(&login), ["r-0", "r-1", "r-2", "r-1", "r-1"]);
}

#[tokio::test]
async fn when_the_new_one_has_worked_the_old_one_is_given_up() {
    let data = tempfile::tempdir().unwrap();
    let login = Server::start(|number, seen| match (number, sent(seen).as_str()) {
        (0, "r-0") => granting(0, 0, "r-1"),
        (1, "r-1") => granting(1, 0, "r-2"),
        (2, "r-2") => granting(2, 0, "r-2"),
        _ => reply(400, "", SPENT),
    })
    .await;
    let source = started(&login, &data, "r-0");
    for expected in ["a-0", "a-1", "a-2"] {
        assert_eq!(token(&source).await, expected);
    }
    assert!(source.token().await.is_err());
    // The last resort is what is configured.
    assert_eq!(all_sent(&login), ["r-0", "r-1", "r-2", "r-2", "r-0"]);
}

#[tokio::test]
async fn a_token_that_the_administrator_replaces_wins_at_once_and_the_former_still_has_its_own() {
    let (login, data) = (accepting(|_| true).await, tempfile::tempdir().unwrap());
    let vault = in_file(data.path());
    let service = started(&login, &data, "r-0");
    token(&service).await;
    let rotated = kept::Kept {
        configured: kept::digest(&"r-0".into()),
        newest: Some(crate::token::answer::SecretText("r-9".into())),
        before: None,
        expires_at: 0,
    };
    kept::write(&vault, "webex", &rotated).unwrap();
    token(&started(&login, &data, "another")).await;
    // A service that has not read the new one yet.
    token(&service).await;
    assert_eq!(all_sent(&login), ["r-0", "another", "r-9"]);
}

#[tokio::test]
async fn a_vault_that_cannot_be_written_costs_nothing_until_the_next_start() {
    let above = tempfile::tempdir().unwrap();
    // No directory can be made here.
    let data = above.path().join("file").join("data");
    std::fs::write(above.path().join("file"), "").unwrap();
    let login = rotating(0).await;
    let source = source_of(&login, &refresh(&data, "r-0"));
    for expected in ["a-1", "a-2", "a-3"] {
        assert_eq!(token(&source).await, expected);
    }
    // Once it can be, the newest token goes there.
    std::fs::remove_file(above.path().join("file")).unwrap();
    assert_eq!(token(&source).await, "a-4");
    assert_eq!(token(&source_of(&login, &refresh(&data, "r-0"))).await, "a-5");
}

#[cfg(unix)]
#[tokio::test]
async fn root_uses_no_token_in_the_data_directory_of_another_user_whose_service_would_be_locked_out() {
    // Only root can give files away.
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let (login, data) = (rotating(0).await, tempfile::tempdir().unwrap());
    std::os::unix::fs::chown(data.path(), Some(1234), Some(1234)).unwrap();
    let error = started(&login, &data, "r-0").token().await.unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("belongs to another user") && said.ends_with("run this as that user (`sudo -u`)"),
        "{said}"
    );
    assert!(login.asked().is_empty());
}

#[tokio::test]
async fn a_refused_token_is_explained_with_what_to_do_and_without_any_token() {
    let data = tempfile::tempdir().unwrap();
    let oauth =
        r#"{"error":"invalid_grant","error_description":"No: r-0 of s3cret%26%7E%C3%A4 has expired."}"#;
    let webex =
        r#"{"message":"r-0 has expired.","errors":[{"description":"r-0 has expired."}],"trackingId":"R_1"}"#;
    for (status, body, error, words) in [
        (400, oauth, "invalid_grant", "No: *** of *** has expired."),
        (401, oauth, "invalid_grant", "No: *** of *** has expired."),
        (400, webex, "", "*** has expired. (trackingId R_1)"),
        (401, webex, "", "*** has expired. (trackingId R_1)"),
    ] {
        let login = Server::always(reply(status, "", body)).await;
        let source = started(&login, &data, "r-0");
        let failure = refusal(&source).await;
        assert_eq!(
            failure,
            AuthorizationFailure {
                status,
                error: error.to_owned(),
                description: format!(
                    "refresh-token {{ env = \"WEBEX_TOKEN\" }} is not accepted (expired, revoked, of another application), or client id or \
                     secret are wrong: check these, or get a new one where the application is registered, and start the collector again with it. The login server says: {words}"
                ),
                codes: Vec::new(),
            }
        );
        assert_eq!(refusal(&source).await, failure);
        assert_eq!(login.asked().len(), 1, "it is not asked again at once");
    }
    assert!(in_file(data.path()).list().unwrap().secrets.is_empty());
}

#[tokio::test]
async fn a_wrong_client_secret_or_a_server_that_is_down_is_not_blamed_on_the_token() {
    let data = tempfile::tempdir().unwrap();
    for answer in [
        reply(
            401,
            "",
            r#"{"error":"invalid_client","error_description":"Who?"}"#,
        ),
        reply(500, "", ""),
    ] {
        let login = Server::always(answer).await;
        let error = started(&login, &data, "r-0")
            .token()
            .await
            .unwrap_err()
            .to_string();
        assert!(!error.contains("refresh-token"), "{error}");
        assert_eq!(login.asked().len(), 1);
    }
}

#[tokio::test]
async fn each_use_puts_the_end_of_a_token_off_as_the_answer_says_or_by_90_days() {
    let data = tempfile::tempdir().unwrap();
    let (silent, sixty) = ("", r#","refresh_token":"r-0","refresh_token_expires_in":5184000"#);
    for (rest, days) in [(silent, 90), (sixty, 60)] {
        let login = Server::always(reply(200, "", &format!(r#"{{"access_token":"a"{rest}}}"#))).await;
        let configured = format!("of {days} days");
        let used = refresh(data.path(), &configured);
        assert_eq!(used.expires_at(), None);
        token(&source_of(&login, &used)).await;
        let end = chrono::Utc::now().timestamp() + days * 24 * 60 * 60;
        let said = used.expires_at().unwrap();
        assert!((end - 60..=end).contains(&said), "{said}");
        // It is known after a restart, before the next use.
        let again = refresh(data.path(), &configured);
        assert_eq!(again.expires_at(), Some(said));
    }
}

#[tokio::test]
async fn a_token_that_is_used_again_and_again_is_not_stored_each_time() {
    let (login, data) = (accepting(|_| true).await, tempfile::tempdir().unwrap());
    let source = started(&login, &data, "r-0");
    token(&source).await;
    let file = || std::fs::read(data.path().join("secrets.age")).unwrap();
    let before = file();
    token(&source).await;
    assert_eq!(login.asked().len(), 2);
    // It is encrypted anew with each change.
    assert_eq!(file(), before);
}

#[tokio::test]
async fn an_access_token_for_two_weeks_is_renewed_once_a_day_which_keeps_the_refresh_token_alive() {
    let (login, data) = (rotating(14 * DAY).await, tempfile::tempdir().unwrap());
    let source = started(&login, &data, "r-0");
    assert_eq!(token(&source).await, "a-1");
    source.advance(Duration::from_secs(DAY - 60));
    assert_eq!(token(&source).await, "a-1");
    assert_eq!(login.asked().len(), 1);
    source.advance(Duration::from_secs(120));
    super::renewal::until_token(&source, "a-2").await;
    assert_eq!(login.asked().len(), 2);
}

#[tokio::test]
async fn while_an_access_token_is_good_for_days_a_refused_renewal_is_not_repeated_each_minute() {
    let (login, data) = (
        Server::start(|number, seen| match number {
            0 => granting(0, 14 * DAY, &sent(seen)),
            _ => reply(400, "", SPENT),
        })
        .await,
        tempfile::tempdir().unwrap(),
    );
    let source = started(&login, &data, "r-0");
    token(&source).await;
    source.advance(Duration::from_secs(DAY + 60));
    assert_eq!(token(&source).await, "a-0");
    super::renewal::until("the renewal", || login.asked().len() == 2).await;
    for _ in 0..10 {
        source.advance(Duration::from_secs(60));
        assert_eq!(token(&source).await, "a-0");
    }
    assert_eq!(login.asked().len(), 2);
    source.advance(Duration::from_secs(DAY));
    assert_eq!(token(&source).await, "a-0");
    super::renewal::until("the next one", || login.asked().len() == 3).await;
}

#[test]
fn a_source_keeps_its_token_under_its_own_name() {
    assert_eq!(kept_name("webex"), "webex.renewed-refresh-token");
    let longest = kept_name(&"x".repeat(64));
    crate::vault::check_name(&longest).unwrap();
}
