//! Machine code of connectors in the data directory: kept by the first pass, used by the next start, and not believed where others have
//! access to it.

#![cfg(unix)]

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

use e2e::{Source, Workplace};
use graph_sim::{Room, Simulator, Tenant};

fn simulator() -> Simulator {
    Simulator::start(Tenant::new("contoso.com").room(Room::new("conf-a@contoso.com", "Conf A"))).unwrap()
}

/// A workplace in which nothing ever ran.
fn fresh(simulator: &Simulator) -> Workplace {
    Workplace::fresh(&Source::contoso(simulator).to_string(), &["o365"]).unwrap()
}

/// The kept files, each with its number in the file system, which changes when the file is written again.
fn kept(workplace: &Workplace) -> Vec<(PathBuf, u64)> {
    let mut kept: Vec<(PathBuf, u64)> = std::fs::read_dir(workplace.path().join("data/compiled"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let number = std::fs::metadata(&path).unwrap().ino();
            (path, number)
        })
        .collect();
    kept.sort();
    kept
}

#[test]
fn the_first_pass_keeps_what_it_compiled_and_the_next_start_compiles_nothing() {
    let simulator = simulator();
    let workplace = fresh(&simulator);
    let first = workplace.collect(&[]).unwrap();
    assert_eq!(
        (first.code, first.stderr.contains("warning")),
        (0, false),
        "{}",
        first.stderr
    );
    let before = kept(&workplace);
    assert_eq!(before.len(), 1, "{before:?}");
    let second = workplace.collect(&[]).unwrap();
    assert_eq!(second.code, 0, "{}", second.stderr);
    assert_eq!(kept(&workplace), before);
}

#[test]
fn a_folder_that_others_may_read_is_named_with_its_remedy_and_does_without() {
    let simulator = simulator();
    let workplace = fresh(&simulator);
    assert_eq!(workplace.collect(&[]).unwrap().code, 0);
    let before = kept(&workplace);
    let folder = workplace.path().join("data/compiled");
    let set_mode = |mode| std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o755);
    let open = workplace.run(&["rooms"]).unwrap();
    assert_eq!(open.code, 0, "{}", open.stderr);
    assert!(open.stdout.contains("conf-a@contoso.com"), "{}", open.stdout);
    assert_eq!(
        open.said(
            "connectors are compiled again, because other users have access to the kept machine code in data/compiled (the folder's mode is \
             0755); remove their access with `chmod 700 data/compiled`"
        )
        .len(),
        1,
        "{}",
        open.stderr
    );
    set_mode(0o700);
    let compiled_again = kept(&workplace);
    assert_ne!(compiled_again, before);
    let closed = workplace.run(&["rooms"]).unwrap();
    assert_eq!((closed.code, closed.stderr.as_str()), (0, ""));
    assert_eq!(kept(&workplace), compiled_again);
}
