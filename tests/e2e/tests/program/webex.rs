//! The connector for Webex against a simulated organization: what devices saw is stored, a lost token says how to get another one, and an
//! answer that is none keeps what is stored.

use chrono::{DateTime, Duration, SubsecRound as _, Utc};
use e2e::{Ended, Workplace};
use serde_json::Value;
use webex_sim::{
    App, Calendar, Device, Fault, Location, Organization, RetryAfter, Rotation, Simulator, Workspace, when,
};

const TOKEN: &str = "refresh-token-of-an-administrator";

/// The last full hour.
fn hour() -> DateTime<Utc> {
    let now = Utc::now().trunc_subsecs(0);
    now - Duration::seconds(now.timestamp() % 3_600)
}

/// Two workspaces of one location: `Aurora`, in use in the third hour before now, and `Borealis`, whose camera was off then.
fn organization() -> Organization {
    let berlin = Location::new("Berlin", "Europe/Berlin");
    let at = |minutes: i64| hour() - Duration::hours(3) + Duration::minutes(minutes);
    let workspace = |name: &str, device: Device| {
        Workspace::new(name)
            .key(name)
            .calendar(Calendar::Microsoft(format!("{name}@Contoso.com")))
            .capacity(8)
            .location(&berlin)
            .device(device)
    };
    let aurora = Device::new("Aurora bar")
        .used(at(5), at(35))
        .people(at(5), 3)
        .people(at(10), 4);
    let borealis = Device::new("Borealis bar").people(at(5), -1);
    Organization::new("Contoso")
        .workspace(workspace("Aurora", aurora))
        .workspace(workspace("Borealis", borealis))
        .location(berlin)
        .app(App::new("client", "secret", TOKEN).rotates(Rotation::OldUntilNewUsed))
}

fn configuration(simulator: &Simulator) -> String {
    let url = simulator.url();
    format!(
        "[[source]]\nname = \"webex\"\nconnector = \"webex\"\nwindow = {{ back = \"1d\" }}\n\
         [source.settings]\nwebex-url = \"{}\"\n\
         [source.credentials]\nclient-id = \"client\"\nclient-secret = {{ file = \"client-secret\" }}\n\
         refresh-token = {{ file = \"refresh-token\" }}\n\
         [source.grants]\nhttp = [\"{url}\"]\n[source.limits]\npass-time = \"20s\"\n",
        simulator.api_url()
    )
}

fn workplace(simulator: &Simulator) -> Workplace {
    let workplace = Workplace::new(&configuration(simulator), &["webex"]).unwrap();
    workplace.write_private("client-secret", "secret").unwrap();
    workplace.write_private("refresh-token", TOKEN).unwrap();
    workplace
}

fn collect(workplace: &Workplace) -> Ended {
    workplace.run(&["run-once", "--format", "jsonl"]).unwrap()
}

fn exported(workplace: &Workplace) -> Vec<Value> {
    let ended = workplace.run(&["usage", "export"]).unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn what_devices_counted_is_stored_and_a_camera_that_was_off_is_blind() {
    let simulator = Simulator::start(organization()).unwrap();
    let workplace = workplace(&simulator);
    let ended = collect(&workplace);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
    let said = "webex: spaces: 2 collected, 0 refused, 0 missing, 0 failed\n";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    let records = exported(&workplace);
    let of = |workspace: &str, key: &str, value: &str| {
        let records = records.iter().filter(|record| record[key] == value);
        let wanted = simulator
            .update(|o| Ok(o.workspace_mut(workspace)?.id().to_owned()))
            .unwrap();
        records
            .filter(|record| record["space"] == wanted.as_str())
            .cloned()
            .collect::<Vec<Value>>()
    };
    let counts: Vec<i64> = of("Aurora", "kind", "people-count")
        .iter()
        .map(|record| record["value"].as_i64().unwrap())
        .collect();
    assert_eq!(counts, [3, 4]);
    assert!(of("Borealis", "kind", "people-count").is_empty(), "{records:#?}");
    let blind = of("Borealis", "state", "blind");
    assert_eq!(blind.len(), 1, "{records:#?}");
    assert_eq!(blind[0]["kinds"], serde_json::json!(["people-count"]));
    // One look at the devices is no proof that they were there before it.
    assert!(
        records.iter().all(|record| record["state"] != "observed"),
        "{records:#?}"
    );
    assert!(!ended.stderr.contains("Aurora bar"), "{}", ended.stderr);
    // What was said stays said.
    let again = collect(&workplace);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stderr.contains("records: 0 new, 0 replaced"),
        "{}",
        again.stderr
    );
}

#[test]
fn a_revoked_refresh_token_fails_the_source_and_says_how_to_get_another() {
    let simulator = Simulator::start(organization()).unwrap();
    let workplace = workplace(&simulator);
    assert_eq!(collect(&workplace).code, 0);
    let before = exported(&workplace);
    simulator.expire_tokens();
    simulator.revoke_refresh_tokens();
    let ended = collect(&workplace);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("refresh token"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(TOKEN), "{}", ended.stderr);
    assert_eq!(exported(&workplace), before);
}

#[test]
fn answers_that_are_none_fail_their_space_and_keep_what_is_stored() {
    for (part, fault) in [
        ("/workspaceMetrics", Fault::Html),
        ("/workspaceMetrics", Fault::NoItems),
        ("/workspaceMetrics", Fault::Throttled(RetryAfter::Seconds(1))),
    ] {
        let simulator = Simulator::start(organization()).unwrap();
        let workplace = workplace(&simulator);
        assert_eq!(collect(&workplace).code, 0);
        let before = exported(&workplace);
        simulator.inject(when(part).then(fault));
        let ended = collect(&workplace);
        assert_eq!(ended.code, 1, "{part}: {}", ended.stderr);
        assert!(ended.stderr.contains("0 collected"), "{part}: {}", ended.stderr);
        assert_eq!(exported(&workplace), before, "{part}");
    }
}

#[test]
fn validate_tries_each_permission_and_inspect_shows_what_it_imports() {
    let simulator = Simulator::start(organization()).unwrap();
    let workplace = workplace(&simulator);
    let ended = workplace.run(&["validate"]).unwrap();
    assert!(
        ended.stdout.contains("workspaces"),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    let inspected = workplace.run(&["inspect", "plugins/webex.wasm"]).unwrap();
    assert!(
        inspected.stdout.contains("vyopta:collector/usage@1.1.0"),
        "{}",
        inspected.stdout
    );
    assert!(
        !inspected.stdout.contains("vyopta:collector/meetings"),
        "{}",
        inspected.stdout
    );
}
