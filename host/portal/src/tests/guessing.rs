//! Tests that password guessing is slowed down, does not fill the log, and locks no one out.

use std::net::IpAddr;
use std::time::Duration;

use super::fake::PASSWORD;
use super::{Browser, Reply};

async fn sign_in(browser: &mut Browser, from: impl Into<IpAddr>, account: &str, password: &str) -> Reply {
    browser.address = from.into();
    browser
        .post("/login", &[("account", account), ("password", password)])
        .await
}

#[tokio::test]
async fn guessing_at_a_name_is_slowed_where_it_comes_from_and_nowhere_else() {
    let mut browser = Browser::new();
    let (thief, owner) = ([192, 0, 2, 1], [198, 51, 100, 1]);
    for _ in 0..10 {
        sign_in(&mut browser, thief, "ada", "guess").await.is(422);
    }
    let reply = sign_in(&mut browser, thief, "Ada", PASSWORD).await;
    reply.is(429);
    reply.holds("Too many attempts");
    reply.holds("Try again in ");
    let seconds: u64 = reply.header("retry-after").parse().unwrap();
    assert!((1..=31).contains(&seconds), "{seconds}");
    assert!(browser.cookie.is_none());
    // The owner signs in from a network that is not known yet.
    sign_in(&mut browser, owner, "ada", PASSWORD).await.leads_to("/");
}

#[tokio::test]
async fn who_guesses_through_a_trusted_proxy_slows_nobody_else_behind_it() {
    let mut browser = Browser::new();
    let proxy = [127, 0, 0, 1];
    for guess in 0..40 {
        // Whatever a thief writes there, the proxy appends the real address.
        browser.forwarded = Some(format!("198.51.100.{guess}, 192.0.2.1"));
        let account = format!("account{}", guess % 4);
        sign_in(&mut browser, proxy, &account, "guess").await;
    }
    sign_in(&mut browser, proxy, "ada", PASSWORD).await.is(429);
    browser.fake.deeds();
    browser.forwarded = Some("198.51.100.1".into());
    sign_in(&mut browser, proxy, "ada", PASSWORD).await.leads_to("/");
    assert_eq!(browser.fake.deeds(), ["ada signed-in ada (from 198.51.100.1)"]);
}

#[tokio::test]
async fn an_untrusted_proxy_cannot_name_its_clients() {
    let mut browser = Browser::new();
    let thief = [192, 0, 2, 1];
    for guess in 0..10 {
        browser.forwarded = Some(format!("198.51.100.{guess}"));
        sign_in(&mut browser, thief, "ada", "guess").await.is(422);
    }
    browser.forwarded = Some("198.51.100.200".into());
    sign_in(&mut browser, thief, "ada", PASSWORD).await.is(429);
    // Nor use up the attempts of those they name.
    browser.forwarded = None;
    sign_in(&mut browser, [198, 51, 100, 1], "ada", PASSWORD)
        .await
        .leads_to("/");
}

#[tokio::test]
async fn guessing_from_everywhere_keeps_nobody_out_who_signed_in_from_there_before() {
    let mut browser = Browser::new();
    let (owner, stranger) = ([198, 51, 100, 1], [203, 0, 113, 1]);
    sign_in(&mut browser, owner, "ada", PASSWORD).await.leads_to("/");
    let guess = |number: u32| {
        browser
            .portal
            .slowdown
            .attempt(number.to_be_bytes().into(), Some("ada"))
    };
    assert!((0..).map(guess).take(1_000).any(|tried| tried.is_err()));

    let mut other = browser.other();
    sign_in(&mut other, stranger, "ada", PASSWORD).await.is(429);
    sign_in(&mut other, owner, "ada", PASSWORD).await.leads_to("/");
}

#[tokio::test]
async fn the_first_account_is_known_where_it_was_created() {
    let mut browser = Browser::first_run();
    let fields = [
        ("token", "the-token"),
        ("account", "ada"),
        ("new", PASSWORD),
        ("again", PASSWORD),
    ];
    browser.post("/setup", &fields).await.leads_to("/infrastructure");
    let owner = browser.address;
    let guess = |number: u32| {
        browser
            .portal
            .slowdown
            .attempt(number.to_be_bytes().into(), Some("ada"))
    };
    assert!((0..).map(guess).take(1_000).any(|tried| tried.is_err()));
    let mut other = browser.other();
    sign_in(&mut other, owner, "ada", PASSWORD).await.leads_to("/");
}

#[tokio::test]
async fn guessing_is_slowed_for_an_address_over_all_accounts() {
    let mut browser = Browser::new();
    let thief = browser.address;
    for guess in 0..30 {
        let account = format!("account{guess}");
        browser.portal.slowdown.attempt(thief, Some(&account)).unwrap();
    }
    sign_in(&mut browser, thief, "ada", PASSWORD).await.is(429);
    sign_in(&mut browser, [198, 51, 100, 1], "ada", PASSWORD)
        .await
        .leads_to("/");
}

#[tokio::test]
async fn strangers_use_up_no_attempts_of_a_signed_in_user() {
    let mut browser = Browser::signed_in().await;
    let here = browser.address;
    while browser.portal.slowdown.attempt(here, Some("ada")).is_ok() {}
    let new = "four words in a row";
    let fields = [("current", PASSWORD), ("new", new), ("again", new)];
    browser
        .post("/account/password", &fields)
        .await
        .leads_to("/account");
    browser.get("/account").await.is(200);
    // A thief of a session cannot guess without limit either.
    while browser.portal.slowdown.confirm("ada").is_ok() {}
    browser.post("/account/password", &fields).await.is(429);
}

#[tokio::test(start_paused = true)]
async fn refused_sign_ins_are_one_line_a_minute_with_their_number() {
    let mut browser = Browser::new();
    let (one, other) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    for _ in 0..4 {
        sign_in(&mut browser, one, "ada", "guess").await.is(422);
    }
    sign_in(&mut browser, other, "ada", "guess").await.is(422);
    // Unknown names share one line.
    sign_in(&mut browser, one, "eve", "guess").await.is(422);
    sign_in(&mut browser, one, "mallory", "guess").await.is(422);
    assert_eq!(
        browser.fake.deeds(),
        [
            "nobody sign-in-refused ada (from 192.0.2.1: wrong password)",
            "nobody sign-in-refused ada (from 192.0.2.2: wrong password)",
            "nobody sign-in-refused  (from 192.0.2.1: unknown account)",
        ]
    );
    // The clock of this test moves only by these sleeps.
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(
        browser.fake.deeds(),
        [
            "nobody sign-in-refused ada (from 192.0.2.1: wrong password, 3 more within a minute)",
            "nobody sign-in-refused  (from 192.0.2.1: unknown account, 1 more within a minute)",
        ]
    );
    // A line was just written, so the next is due a minute later.
    sign_in(&mut browser, one, "ada", "guess").await.is(422);
    assert!(browser.fake.deeds().is_empty());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(
        browser.fake.deeds(),
        ["nobody sign-in-refused ada (from 192.0.2.1: wrong password, 1 more within a minute)"]
    );
    // After a quiet minute the next refusal is logged at once.
    tokio::time::sleep(Duration::from_secs(60)).await;
    sign_in(&mut browser, one, "ada", "guess").await.is(422);
    assert_eq!(
        browser.fake.deeds(),
        ["nobody sign-in-refused ada (from 192.0.2.1: wrong password)"]
    );
}
