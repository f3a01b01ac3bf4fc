//! An administrator joins a space to a room in the portal, sees that it is doubtful, and separates them again.

use e2e::{Browser, Page, Pages, Source};
use graph_sim::{Room, Simulator, Tenant};
use serde_json::{Value, json};

use crate::portal::situation::{Situation, picture};

/// Two spaces: one has the name of a room, the other its address. In the first were twelve calls within the last day.
fn devices() -> Pages {
    let spaces = json!([
        {"key": "hall-1", "name": "Conf A, codec", "kinds": ["call"]},
        {"key": "hall-2", "name": "conf. b", "kinds": ["call"]},
        {"key": "hall-3", "name": "Bar", "address": "Conf-C@contoso.com", "kinds": ["people-count"]}
    ]);
    let calls: Vec<Value> = (1..=12)
        .map(|hours| {
            let start = e2e::now() - chrono::Duration::hours(hours);
            let at = |minutes: i64| (start + chrono::Duration::minutes(minutes)).to_rfc3339();
            json!({
                "type": "usage", "key": format!("k{hours}"), "revision": 1, "kind": "call", "form": "interval",
                "start": at(0), "end": at(20), "value": true
            })
        })
        .collect();
    Pages::serve(&[
        Page::new("/v1/spaces", &spaces.to_string()),
        Page::new("/v1/spaces/hall-1", "[]"),
        Page::new("/v1/spaces/hall-2", &Value::from(calls).to_string()),
        Page::new("/v1/spaces/hall-3", "[]"),
    ])
    .unwrap()
}

#[test]
fn a_space_is_joined_by_two_clicks_doubted_and_separated_again() {
    let Some(browser) = Browser::start().unwrap() else {
        return;
    };
    let devices = devices();
    let origin = devices.origin();
    let tenant = Tenant::new("contoso.com")
        .room(Room::new("conf-a@contoso.com", "Conf A"))
        .room(Room::new("conf-b@contoso.com", "Conf B"))
        .room(Room::new("conf-c@contoso.com", "Conf C"));
    let simulator = Simulator::start(tenant).unwrap();
    let sources = format!(
        "\n{}\n[[source]]\nname = \"sensors\"\nconnector = \"template-endpoint\"\n\
         [source.settings]\nurl = \"{origin}/v1\"\n\
         [source.credentials]\nsensors = {{ env = \"O365_CLIENT_SECRET\" }}\n\
         [source.grants]\nhttp = [\"{origin}\"]\n# The end.\n",
        Source::contoso(&simulator)
    );
    let mut situation = Situation::of(simulator, e2e::now(), &sources, &["o365", "template-endpoint"]);
    situation
        .service
        .wait_for("a pass of each source", |service| {
            let passed = |source: &&str| service.passes(source) > 0;
            ["contoso", "sensors"].iter().all(passed).then_some(())
        })
        .unwrap();
    let before = situation.configuration();
    situation.set_up(&browser);

    // Reached from the navigation: the space of the same name is proposed.
    browser.click_text("Device spaces").unwrap();
    browser.wait_for_text("h1", "Device spaces").unwrap();
    let proposed = "a.button[href*='key=hall-2']";
    assert_eq!(browser.text(proposed).unwrap(), "Join");
    assert!(!browser.exists("a.button[href*='key=hall-1']").unwrap());
    for (name, dark, width) in [
        ("spaces", false, 1280),
        ("spaces-night", true, 1280),
        ("spaces-phone", false, 390),
        ("spaces-phone-night", true, 390),
    ] {
        browser.dark(dark).unwrap();
        browser.size(width, 900).unwrap();
        picture(&browser, name);
    }
    browser.dark(false).unwrap();
    browser.size(1280, 900).unwrap();

    // Two clicks.
    browser.click(proposed).unwrap();
    browser.wait_for_part("h1", "Join conf. b to Conf B?").unwrap();
    picture(&browser, "spaces-question");
    browser.click("main button.primary").unwrap();
    browser
        .wait_for_part("[role=status]", "hall-2 now belongs to conf-b@contoso.com.")
        .unwrap();
    let joined = browser.text("section:has(> #joined)").unwrap();
    assert!(
        joined.contains("doubtful: 0 of 12 calls overlap a booking"),
        "{joined}"
    );
    picture(&browser, "spaces-doubtful");
    let added = "\n[[insights.room]]\naddress = \"conf-b@contoso.com\"\nspaces = [\"sensors:hall-2\"]\n";
    assert_eq!(situation.configuration(), format!("{before}{added}"));

    // A room from the list, for the other.
    browser.click("a[href*='key=hall-1']").unwrap();
    browser.wait_for_part("h1", "to a room?").unwrap();
    browser.choose("[name=room]", "conf-a@contoso.com").unwrap();
    browser.click("main button.primary").unwrap();
    browser
        .wait_for_part("[role=status]", "hall-1 now belongs to conf-a@contoso.com.")
        .unwrap();
    assert!(!browser.exists("#alone").unwrap() && !browser.exists("#empty").unwrap());

    // And undone.
    for _ in 0..2 {
        browser.click("form[action='/spaces/separate'] button").unwrap();
        browser.wait_for_part("[role=status]", "no longer names").unwrap();
        // The notice is shown once, so that the next one is waited for.
        browser.open(&situation.at("/spaces")).unwrap();
    }
    assert_eq!(situation.configuration(), before);
    assert_eq!(browser.text(proposed).unwrap(), "Join");
    let audit = situation
        .workplace
        .run(&["audit", "--format", "jsonl"])
        .unwrap()
        .stdout;
    for deed in [
        r#""who":"ada","action":"space-joined","subject":"sensors","detail":"hall-2 to conf-b@contoso.com""#,
        r#""who":"ada","action":"space-separated","subject":"sensors","detail":"hall-2 from conf-b@contoso.com""#,
    ] {
        assert!(audit.contains(deed), "{deed}: {audit}");
    }
}
