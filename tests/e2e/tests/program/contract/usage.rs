//! Usage and coverage records: imported all or nothing, exported as they came.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use e2e::{Ended, Source, Workplace};
use graph_sim::{Simulator, Tenant};

const USAGE: &str = r#"{"type":"usage","source":"contoso","space":"Y2lz","device":null,"key":"k1","revision":1,"withdrawn":false,"kind":"people-count","form":"sample","start":"2026-03-10T10:00:00Z","end":null,"value":4,"resolution":300}"#;
const COVERAGE: &str = r#"{"type":"coverage","source":"contoso","space":"Y2lz","device":null,"key":"c1","revision":1,"withdrawn":false,"kinds":["presence","people-count"],"start":"2026-03-10T08:00:00Z","end":"2026-03-10T18:00:00Z","state":"observed","reason":null}"#;
const IMPORT: [&str; 5] = ["usage", "import", "--source", "contoso", "-"];

fn workplace() -> Workplace {
    let simulator = Simulator::start(Tenant::new("contoso.com")).unwrap();
    Workplace::fresh(&Source::contoso(&simulator).to_string(), &[]).unwrap()
}

fn import(workplace: &Workplace, text: &str) -> Ended {
    workplace.run_with_input(&IMPORT, text).unwrap()
}

fn export(workplace: &Workplace, arguments: &[&str]) -> String {
    let ended = workplace
        .run(&[&["usage", "export"], arguments].concat())
        .unwrap();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    ended.stdout
}

#[test]
fn what_is_imported_is_exported_and_a_repeat_changes_nothing() {
    let workplace = workplace();
    let records = format!("{USAGE}\n{COVERAGE}\n");
    let imported = import(&workplace, &records);
    assert_eq!(
        (imported.code, imported.stdout.as_str(), imported.stderr.as_str()),
        (0, "2 records: 2 new, 0 replaced, 0 unchanged.\n", "")
    );
    assert_eq!(export(&workplace, &[]), records);
    let again = import(&workplace, &records);
    assert_eq!(again.stdout, "2 records: 0 new, 0 replaced, 2 unchanged.\n");
    let withdrawn = USAGE
        .replace("\"revision\":1", "\"revision\":2")
        .replace("\"withdrawn\":false", "\"withdrawn\":true");
    assert_eq!(
        import(&workplace, &withdrawn).stdout,
        "1 record: 0 new, 1 replaced, 0 unchanged.\n"
    );
    assert_eq!(export(&workplace, &[]), format!("{withdrawn}\n{COVERAGE}\n"));
    assert_eq!(
        export(&workplace, &["--from", "2026-03-10T10:00:01Z"]),
        format!("{COVERAGE}\n")
    );
    assert_eq!(
        export(&workplace, &["--source", "contoso", "--to", "2026-03-10"]),
        ""
    );
}

#[test]
fn a_sheet_is_imported_as_well() {
    let workplace = workplace();
    let sheet = "\u{feff}type,source,space,key,revision,withdrawn,kind,form,start,end,value,resolution,kinds,state\r\n\
                 usage,contoso,Y2lz,k1,1,false,people-count,sample,2026-03-10T11:00:00.5+01:00,,4,300,,\r\n\
                 coverage,contoso,Y2lz,c1,1,false,,,2026-03-10T08:00:00Z,2026-03-10T18:00:00Z,,,people-count presence,observed\r\n";
    workplace.write("sheet.csv", sheet).unwrap();
    let ended = workplace
        .run(&["usage", "import", "--source", "contoso", "sheet.csv"])
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(export(&workplace, &[]), format!("{USAGE}\n{COVERAGE}\n"));
}

#[test]
fn one_wrong_record_stores_nothing_and_is_named_by_line_and_fault() {
    let workplace = workplace();
    for (wrong, fault) in [
        (
            USAGE.replace("\"value\":4", "\"value\":-1"),
            "value: is negative; where a device cannot count",
        ),
        (USAGE.replace("contoso", "fabrikam"), "source: is not \"contoso\""),
        (
            USAGE.replace("\"space\"", "\"room\""),
            "not a usage or coverage record: unknown field `room`",
        ),
        ("x".repeat(70_000), "has more than 65536 bytes"),
        (
            r#"{"type""#.to_owned(),
            "not a usage or coverage record: EOF while parsing",
        ),
    ] {
        let ended = import(&workplace, &format!("{COVERAGE}\n\n{wrong}\n"));
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{fault}");
        assert!(
            ended
                .stderr
                .starts_with(&format!("error: standard input:3: {fault}"))
                && ended.stderr.ends_with(". Nothing was imported\n"),
            "{}",
            ended.stderr
        );
        assert_eq!(export(&workplace, &[]), "");
    }
    let other = import(&workplace, "type,source,attendees\nusage,contoso,4\n");
    assert!(
        other.stderr.starts_with(
            "error: standard input:1: there is no column \"attendees\"; columns are type, source,"
        ),
        "{}",
        other.stderr
    );
    let unknown = workplace
        .run(&["usage", "import", "--source", "fabrikam", "-"])
        .unwrap();
    assert_eq!(unknown.code, 2);
    let missing = workplace
        .run(&["usage", "import", "--source", "contoso", "nothing.jsonl"])
        .unwrap();
    assert!(
        missing.stderr.starts_with("error: cannot read nothing.jsonl: "),
        "{}",
        missing.stderr
    );
}

#[test]
fn a_source_that_contradicts_itself_is_told() {
    let workplace = workplace();
    import(&workplace, USAGE);
    let ended = import(&workplace, &USAGE.replace("\"value\":4", "\"value\":5"));
    assert_eq!(ended.code, 0);
    assert_eq!(
        ended.stderr,
        "warning: standard input:1: another record with the key \"k1\" and this revision is stored, and stays\n"
    );
    assert_eq!(export(&workplace, &[]), format!("{USAGE}\n"));
    let purged = workplace.run(&["purge", "contoso", "--yes"]).unwrap();
    assert_eq!(purged.code, 0, "{}", purged.stderr);
    assert_eq!(export(&workplace, &[]), "");
}

#[test]
fn a_key_that_is_there_several_times_counts_line_by_line() {
    let workplace = workplace();
    let of = |revision: u32, value: u32| {
        USAGE
            .replace("\"revision\":1", &format!("\"revision\":{revision}"))
            .replace("\"value\":4", &format!("\"value\":{value}"))
    };
    let lines = [
        of(2, 4),
        COVERAGE.to_owned(),
        of(2, 5),
        of(1, 9),
        of(3, 6),
        of(3, 6),
    ];
    let ended = import(&workplace, &lines.join("\n"));
    assert_eq!(
        (ended.stdout.as_str(), ended.stderr.as_str()),
        (
            "6 records: 2 new, 1 replaced, 2 unchanged, 1 contradicted.\n",
            "warning: standard input:3: another record with the key \"k1\" and this revision is stored, and stays\n"
        )
    );
    assert_eq!(export(&workplace, &[]), format!("{}\n{COVERAGE}\n", of(3, 6)));
}

#[test]
fn the_first_contradictions_are_named_in_the_order_of_their_lines() {
    let workplace = workplace();
    let of = |value: u32| -> String {
        let line = |key| {
            USAGE
                .replace("k1", &format!("k{key}"))
                .replace("\"value\":4", &format!("\"value\":{value}"))
        };
        // Sorted by key, the last line comes first.
        (10..32).rev().map(|key| line(key) + "\n").collect()
    };
    import(&workplace, &of(4));
    let ended = import(&workplace, &of(5));
    let warnings: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(warnings.len(), 21, "{}", ended.stderr);
    for (line, warning) in (1..).zip(&warnings[..20]) {
        let told = format!(
            "warning: standard input:{line}: another record with the key \"k{}\"",
            32 - line
        );
        assert!(warning.starts_with(&told), "{warning}");
    }
    assert_eq!(warnings[20], "warning: standard input: 2 more such records");
}

/// A pipe may be open for hours. Nobody waits for it, and of an import that is killed nothing is left.
#[cfg(unix)]
#[test]
fn others_import_while_a_pipe_is_read_and_a_kill_leaves_nothing() {
    let workplace = workplace();
    import(&workplace, COVERAGE);
    let mut slow = workplace
        .command(&IMPORT)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut pipe = slow.stdin.take().unwrap();
    // More than the pipe holds: when all is written, some was read.
    for line in 0..4_000 {
        writeln!(pipe, "{}", USAGE.replace("k1", &format!("slow {line}"))).unwrap();
    }
    assert_eq!(
        import(&workplace, USAGE).stdout,
        "1 record: 1 new, 0 replaced, 0 unchanged.\n"
    );
    slow.kill().unwrap();
    slow.wait().unwrap();
    assert_eq!(export(&workplace, &[]), format!("{USAGE}\n{COVERAGE}\n"));
    let files = workplace.data().unwrap();
    let left = |(path, _): &(PathBuf, Vec<u8>)| path.to_string_lossy().contains("collector.import");
    assert!(
        !files.iter().any(left),
        "{:?}",
        files.iter().map(|(path, _)| path).collect::<Vec<_>>()
    );
}
