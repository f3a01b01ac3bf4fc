//! Tests of joining spaces to rooms.

use super::Browser;
use super::fake::{space_row, spaces};
use crate::api::{RoomName, RoomRow, SpaceRow};

fn room(address: &str, name: &str) -> RoomRow {
    RoomRow {
        source: "contoso".into(),
        address: address.into(),
        name: name.into(),
        building: None,
        capacity: None,
        lists: Vec::new(),
        outcome: None,
        cause: None,
        since: None,
        number: 1,
    }
}

/// A browser for a portal with the space `a:1`, for which Conf A is proposed, and two rooms.
async fn furnished() -> Browser {
    let browser = Browser::signed_in().await;
    {
        let mut world = browser.fake.world();
        world.rooms = vec![room("a@b.c", "Conf A"), room("b@b.c", "")];
        world.spaces = Some(spaces(vec![SpaceRow {
            proposal: Some(RoomName {
                address: "a@b.c".into(),
                name: Some("Conf A".into()),
            }),
            ..space_row("a:1")
        }]));
    }
    browser
}

#[tokio::test]
async fn a_proposal_is_joined_by_two_clicks() {
    let mut browser = furnished().await;
    let proposed = "/spaces/choose?source=webex&key=a%3A1&room=a%40b.c";
    browser
        .get("/spaces")
        .await
        .holds(&format!("href=\"{}\">Join</a>", proposed.replace('&', "&amp;")));
    let question = browser.get(proposed).await;
    question.holds("Join <bdi>Space a:1</bdi> to <bdi>Conf A</bdi>?");
    question.holds("name=\"room\" value=\"a@b.c\"");
    question.lacks("<select");
    browser.fake.calls();
    let fields = [("source", "webex"), ("key", "a:1"), ("room", "a@b.c")];
    browser.post("/spaces/join", &fields).await.leads_to("/spaces");
    assert_eq!(browser.fake.calls(), ["join webex:a:1 to a@b.c by ada"]);
    browser.get("/spaces").await.holds("a:1 now belongs to a@b.c.");
}

#[tokio::test]
async fn a_room_is_chosen_from_a_list_when_none_is_proposed_or_the_proposal_is_wrong() {
    let mut browser = furnished().await;
    for asked in [
        "/spaces/choose?source=webex&key=a%3A1",
        "/spaces/choose?source=webex&key=a%3A1&room=nobody%40b.c",
    ] {
        let question = browser.get(asked).await;
        question
            .holds("<option value=\"a@b.c\">Conf A (a@b.c)</option><option value=\"b@b.c\">b@b.c</option>");
    }
    let fields = [("source", "webex"), ("key", "a:1"), ("room", "")];
    let refused = browser.post("/spaces/join", &fields).await;
    refused.is(422);
    refused.holds("<a href=\"/spaces\">Back to the spaces</a>");
}

#[tokio::test]
async fn a_join_is_undone() {
    let mut browser = furnished().await;
    browser.get("/spaces").await.is(200);
    browser.fake.calls();
    let fields = [("source", "webex"), ("key", "a:1"), ("room", "a@b.c")];
    browser
        .post("/spaces/separate", &fields)
        .await
        .leads_to("/spaces");
    assert_eq!(browser.fake.calls(), ["separate webex:a:1 from a@b.c by ada"]);
    browser
        .get("/spaces?source=webex&text=a&part=joined&skip=7")
        .await
        .holds("The configuration of a@b.c no longer names a:1.");
    let calls = browser.fake.calls();
    assert!(
        calls[0].starts_with(
            "spaces SpaceQuery { source: Some(\"webex\"), text: Some(\"a\"), part: Some(Joined), skip: 7"
        ),
        "{calls:?}"
    );
}
