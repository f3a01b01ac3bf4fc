//! A connector that was built for version 1.0.0 of the contract runs as it is. The fixture is `o365` of that version, without debug information.

use std::io::Read as _;

use e2e::{Source, Workplace};
use graph_sim::{Simulator, Tenant, generate};

const BUILT_FOR_1_0_0: &[u8] = include_bytes!("../../fixtures/o365-1.0.0.wasm.gz");

fn tenant() -> Tenant {
    let now = chrono::DateTime::parse_from_rfc3339("2026-03-11T08:00:00Z").unwrap();
    generate(1, 5, 0, now.into())
}

#[test]
fn a_connector_of_version_1_0_0_collects_what_todays_does() {
    let simulator = Simulator::start(tenant()).unwrap();
    let workplace = Workplace::new(&Source::contoso(&simulator).to_string(), &["o365"]).unwrap();
    let today = workplace.collect(&[]).unwrap();
    assert_eq!(today.code, 0, "{}", today.stderr);
    assert!(today.stdout.lines().count() > 3, "{}", today.stdout);
    let mut component = Vec::new();
    flate2::read::GzDecoder::new(BUILT_FOR_1_0_0)
        .read_to_end(&mut component)
        .unwrap();
    workplace.write("plugins/o365.wasm", &component).unwrap();
    let inspected = workplace.run(&["inspect", "plugins/o365.wasm"]).unwrap();
    assert!(
        inspected.stdout.contains("vyopta:collector/http@1.0.0"),
        "{}",
        inspected.stdout
    );
    let earlier = workplace.collect(&[]).unwrap();
    assert_eq!(earlier.code, 0, "{}", earlier.stderr);
    assert_eq!(earlier.stdout, today.stdout);
}
