//! Tests of browsers that close the connection before the answer, and of changes that fail.

use std::sync::Arc;
use std::time::Duration;

use super::fake::Gate;
use super::{Browser, furnished};

#[tokio::test]
async fn a_change_goes_on_when_the_browser_hangs_up() {
    let mut browser = Browser::signed_in().await;
    let gate = Arc::new(Gate::default());
    let fake = Arc::clone(&browser.fake);
    fake.world().gate = Some(Arc::clone(&gate));
    fake.deeds();
    let password = "four words in a row";
    let request = tokio::spawn(async move {
        let fields = [
            ("account", "grace"),
            ("role", "viewer"),
            ("new", password),
            ("again", password),
        ];
        browser.post("/account/add", &fields).await.is(303);
    });
    gate.reached.notified().await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    assert_eq!(fake.world().accounts.len(), 1);

    gate.open.notify_one();
    let done = async {
        while fake.world().audit.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), done).await.unwrap();
    assert_eq!(fake.world().accounts[1].name, "grace");
    assert_eq!(fake.deeds(), ["ada account-added grace (viewer)"]);
}

#[tokio::test]
async fn a_change_that_breaks_is_a_page() {
    let mut browser = furnished().await;
    // The fake backend panics on an unknown source.
    let reply = browser.post("/sources/nobody/pause", &[]).await;
    reply.is(500);
    reply.holds("<h1>Something went wrong</h1>");
    reply.holds("Sign out");
}
