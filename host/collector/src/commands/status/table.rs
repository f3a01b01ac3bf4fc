//! The report of `collector status` for people.

use std::io::Write;

use collector_model::instant::rfc3339;
use collector_store::{PassRecord, SinkState};

use super::{Report, SourceStatus, oldest};
use crate::output::{ago, plain_table};

/// How many rooms the table names before it counts the rest.
const ROOMS: usize = 20;

impl Report {
    pub(super) fn table(&self, out: &mut impl Write) -> std::io::Result<()> {
        match &self.running {
            Some(owner) => writeln!(out, "The service is running ({}).", owner.name)?,
            None => writeln!(out, "The service is not running; start it with `collector run`.")?,
        }
        if let Some(trouble) = self.running.as_ref().and_then(|owner| owner.trouble.as_ref()) {
            writeln!(out, "Collected meetings cannot be stored: {trouble}")?;
        }
        writeln!(out)?;
        // An empty table would puzzle.
        if self.sources.is_empty() && self.receivers.is_empty() {
            let line = if self.configured {
                "There is no source yet; add one with `collector add`, or in the Admin Portal."
            } else {
                "No pass has ended yet."
            };
            writeln!(out, "{line}")?;
        } else if !self.sources.is_empty() {
            let rows: Vec<Vec<String>> = self
                .sources
                .iter()
                .map(|source| self.source_row(source))
                .collect();
            plain_table(
                &[
                    "Source",
                    "Last pass",
                    "Result",
                    "Rooms",
                    "Last success",
                    "Every",
                    "Connector",
                ],
                &rows,
                &mut *out,
            )?;
        }
        self.receiving(out)?;
        for source in &self.sources {
            self.problems(source, out)?;
        }
        if !self.sinks.is_empty() {
            writeln!(out)?;
            let rows: Vec<Vec<String>> = self.sinks.iter().map(|sink| self.sink_row(sink)).collect();
            plain_table(
                &["Sink", "Waiting", "Oldest", "Last delivery", "Problem"],
                &rows,
                &mut *out,
            )?;
        }
        self.refused(out)?;
        if let Some((at, reason)) = &self.taken {
            writeln!(
                out,
                "\nThe store took a new identity at {} because {}: every sink received all meetings again.",
                rfc3339(*at),
                collector_model::text::plain(reason)
            )?;
        }
        if let Some(held) = &self.held {
            writeln!(out, "\n{}", collector_model::text::plain(held))?;
        }
        Ok(())
    }

    /// Prints the sources that receive.
    fn receiving(&self, out: &mut impl Write) -> std::io::Result<()> {
        if self.receivers.is_empty() {
            return Ok(());
        }
        if !self.sources.is_empty() {
            writeln!(out)?;
        }
        let rows: Vec<Vec<String>> = self
            .receivers
            .iter()
            .map(|receiver| {
                let last = receiver
                    .last_at
                    .map_or_else(|| "none yet".into(), |at| self.ago(at));
                vec![receiver.name.clone(), last]
            })
            .collect();
        plain_table(&["Source that receives", "Last record"], &rows, &mut *out)
    }

    /// Prints the changes that sinks refused.
    fn refused(&self, out: &mut impl Write) -> std::io::Result<()> {
        if self.set_aside.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\nChanges that a sink refused were set aside; `collector sinks retry NAME` delivers them again, `collector sinks skip NAME` \
             drops them:"
        )?;
        let rows: Vec<Vec<String>> = self
            .set_aside
            .iter()
            .map(|change| {
                vec![
                    change.sink.clone(),
                    change.room.clone(),
                    change.number.to_string(),
                    self.ago(change.at),
                    change.problem.clone(),
                ]
            })
            .collect();
        plain_table(&["Sink", "Room", "Change", "Since", "Problem"], &rows, &mut *out)?;
        let all: u64 = self.sinks.iter().map(|sink| sink.set_aside).sum();
        let more = all.saturating_sub(self.set_aside.len() as u64);
        if more > 0 {
            writeln!(out, "and {more} more")?;
        }
        Ok(())
    }

    fn source_row(&self, source: &SourceStatus) -> Vec<String> {
        let every = if source.paused {
            "paused".to_owned()
        } else {
            source
                .every
                .map(|every| humantime::format_duration(every).to_string())
                .unwrap_or_default()
        };
        let Some(pass) = &source.pass else {
            return vec![
                source.name.clone(),
                "none yet".into(),
                String::new(),
                String::new(),
                String::new(),
                every,
                source.connector.clone(),
            ];
        };
        let result = match pass.verdict.as_str() {
            "everything" => "complete",
            "part" => "partial",
            "nothing" => "nothing collected",
            _ => "failed",
        };
        vec![
            source.name.clone(),
            self.ago(pass.ended_at),
            result.into(),
            rooms(pass),
            pass.success_at.map_or_else(|| "never".into(), |at| self.ago(at)),
            every,
            format!("{} {}", pass.connector, pass.version),
        ]
    }

    fn sink_row(&self, sink: &SinkState) -> Vec<String> {
        vec![
            sink.name.clone(),
            sink.backlog.to_string(),
            oldest(sink).map_or_else(String::new, |at| self.ago(at)),
            sink.success_at.map_or_else(|| "never".into(), |at| self.ago(at)),
            match (&sink.problem, sink.failing_since) {
                (Some(problem), Some(since)) => format!("since {}: {problem}", self.ago(since)),
                _ => String::new(),
            },
        ]
    }

    /// Prints what a source's last pass could not collect, and why.
    fn problems(&self, source: &SourceStatus, out: &mut impl Write) -> std::io::Result<()> {
        let Some(pass) = &source.pass else { return Ok(()) };
        if source.left.is_empty()
            && let Some(problem) = &pass.problem
        {
            writeln!(out)?;
            for line in problem.lines() {
                writeln!(out, "{}: {}", source.name, collector_model::text::plain(line))?;
            }
            return Ok(());
        }
        if source.left.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n{}: these rooms were not collected, and their stored meetings stay:",
            source.name
        )?;
        let rows: Vec<Vec<String>> = source
            .left
            .iter()
            .take(ROOMS)
            .map(|room| {
                vec![
                    room.address.clone(),
                    room.outcome.clone().unwrap_or_default(),
                    room.since.map_or_else(String::new, |since| self.ago(since)),
                    room.cause.clone().unwrap_or_default(),
                ]
            })
            .collect();
        plain_table(&["Room", "Outcome", "Since", "Cause"], &rows, &mut *out)?;
        let more = source.left.len().saturating_sub(ROOMS);
        if more > 0 {
            writeln!(out, "and {more} more; --format json lists all")?;
        }
        Ok(())
    }

    fn ago(&self, at: i64) -> String {
        match ago(at, self.now).as_str() {
            "now" => "now".into(),
            time => format!("{time} ago"),
        }
    }
}

/// `12 collected, 1 refused`.
fn rooms(pass: &PassRecord) -> String {
    let rooms = &pass.rooms;
    let parts = [
        (rooms.collected, "collected"),
        (rooms.denied, "refused"),
        (rooms.missing, "missing"),
        (rooms.throttled, "throttled"),
        (rooms.failed, "failed"),
    ];
    parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}
