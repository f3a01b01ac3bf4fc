//! A named pipe as a sink: nothing goes into it that nobody reads.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::Command;
use std::sync::{Arc, Mutex};

use e2e::Service;

use crate::situation::Situation;

#[test]
fn a_pipe_without_a_reader_keeps_its_changes_waiting() {
    let situation = Situation::new(2);
    situation.book(0, 2);
    let path = situation.changes();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let mut service = Service::start(&situation.workplace).unwrap();
    service.wait_for_line("no process reads the pipe").unwrap();
    service.wait_for_passes("contoso", 2).unwrap();
    let status = situation.workplace.run(&["status", "--format", "json"]).unwrap();
    let status: serde_json::Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(
        status["sinks"][0]["last_delivery"],
        serde_json::Value::Null,
        "{status}"
    );

    let read = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&read);
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(std::fs::File::open(path).unwrap()).lines() {
            lines.lock().unwrap().push(line.unwrap());
        }
    });
    let booked: BTreeSet<String> = Situation::booked(2, 0, 2)
        .iter()
        .filter_map(|line| Some(line.split_once(' ')?.1.to_owned()))
        .collect();
    service
        .wait_for("all meetings in the pipe", |_| {
            let subjects: BTreeSet<String> = read
                .lock()
                .unwrap()
                .iter()
                .filter_map(|line| {
                    let change: serde_json::Value = serde_json::from_str(line).unwrap();
                    change["subject"].as_str().map(str::to_owned)
                })
                .collect();
            (subjects == booked).then_some(())
        })
        .unwrap();
    let (status, said) = service.stop().unwrap();
    assert_eq!(status.code(), Some(0), "{said}");
    reader.join().unwrap();
}
