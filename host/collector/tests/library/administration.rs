//! The optional export of connectors, through the real sandbox.

use collector_model::connector::Guide;
use collector_model::form::Problem;
use collector_sandbox::{Compilations, Sandbox};

const CLIENT: &str = "11111111-2222-3333-4444-555555555555";
const SETTINGS: &str =
    r#"{"tenant": "contoso.com", "user-agent": "rooms@contoso.com", "room-lists": "o'neill@contoso.com"}"#;

/// The connector's guides for limiting access, for each of these settings. Compiling it takes longest by far.
fn limits<const N: usize>(
    package: &str,
    settings: [&str; N],
) -> [Option<Result<Vec<Guide>, Vec<Problem>>>; N] {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let sandbox = Sandbox::compiling_here().unwrap();
        let file = e2e::component(package).unwrap();
        let connector = sandbox.load(&file, &Compilations::nowhere()).await.unwrap();
        let mut limits = settings.map(|_| None);
        for (limits, settings) in limits.iter_mut().zip(settings) {
            let asked = connector.limits(&sandbox, "contoso", settings, Some(CLIENT));
            *limits = asked.await.unwrap();
        }
        limits
    })
}

#[test]
fn the_office_365_connector_writes_commands_for_these_room_lists_or_says_what_settings_lack() {
    let [guides, invalid] = limits("o365", [SETTINGS, "{}"]);
    let guides = guides.unwrap().unwrap();
    let titles: Vec<&str> = guides.iter().map(|guide| guide.title.as_str()).collect();
    assert_eq!(titles, ["RBAC for Applications", "Application access policy"]);
    for guide in &guides {
        let commands: Vec<&str> = guide
            .steps
            .iter()
            .filter_map(|step| step.commands.as_deref())
            .collect();
        let commands = commands.join("\n");
        assert!(commands.contains(&format!("-AppId '{CLIENT}'")), "{commands}");
        assert!(
            commands.contains("$lists = @('o''neill@contoso.com')"),
            "{commands}"
        );
    }
    let problems = invalid.unwrap().unwrap_err();
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["tenant", "user-agent"]);
}

#[test]
fn a_connector_without_the_export_says_nothing_about_it() {
    for package in ["ics", "template", "hostile"] {
        assert!(limits(package, ["{}"])[0].is_none(), "{package}");
    }
}
