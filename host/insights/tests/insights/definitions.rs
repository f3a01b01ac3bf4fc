//! `docs/definitions.md` is what the definitions beside the code say.

use std::path::Path;

use collector_insights::definitions;

#[test]
fn the_documented_definitions_are_those_of_the_code() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/definitions.md");
    let page = definitions::markdown();
    if std::env::var_os("WRITE_DEFINITIONS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        there == page,
        "docs/definitions.md is not what host/insights/src/definitions.rs says; `make definitions` writes it"
    );
}
