//! Tells a complete reading from another one, so that one that brings what is stored already, as nearly every reading does, is recognised without
//! reading what is stored.

use collector_model::meeting::{Meeting, Subject};
use sha2::{Digest as _, Sha256};

/// Tells one list of meetings from another. It is stored, so it stays as it is.
pub type ReadingDigest = [u8; 32];

/// The digest of the meetings of a reading, in their order. `hidden`: whether their subjects are withheld.
pub(crate) fn digest(meetings: &[Meeting], hidden: bool) -> ReadingDigest {
    let mut hasher = Sha256::new();
    let text = |hasher: &mut Sha256, text: &str| {
        hasher.update(text.len().to_le_bytes());
        hasher.update(text);
    };
    hasher.update([u8::from(hidden)]);
    for meeting in meetings {
        text(&mut hasher, &meeting.id);
        match &meeting.series {
            Some(series) => text(&mut hasher, series),
            None => hasher.update([0xff; 8]),
        }
        match &meeting.subject {
            Subject::Text(subject) => text(&mut hasher, subject),
            Subject::Withheld => hasher.update([0xfe; 8]),
            Subject::None => hasher.update([0xff; 8]),
        }
        hasher.update(meeting.start.to_le_bytes());
        hasher.update(meeting.end.to_le_bytes());
        hasher.update([u8::from(meeting.all_day)]);
        hasher.update(meeting.status.number().to_le_bytes());
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use collector_model::meeting::Status;

    use super::*;

    fn meeting() -> Meeting {
        Meeting {
            id: "AAMk7".into(),
            series: Some("s".into()),
            subject: Subject::Text("Weekly sync".into()),
            start: 1_773_133_200,
            end: 1_773_136_800,
            all_day: false,
            status: Status::Confirmed,
        }
    }

    #[test]
    fn every_value_counts_and_the_order() {
        let mut readings: Vec<Vec<Meeting>> = vec![vec![], vec![meeting()], vec![meeting(), meeting()]];
        let changes: [fn(&mut Meeting); 9] = [
            |meeting| meeting.id.push('8'),
            |meeting| meeting.series = Some(String::new()),
            |meeting| meeting.series = None,
            |meeting| meeting.subject = Subject::Text(String::new()),
            |meeting| meeting.subject = Subject::Withheld,
            |meeting| meeting.subject = Subject::None,
            |meeting| meeting.start -= 1,
            |meeting| meeting.end += 1,
            |meeting| meeting.all_day = true,
        ];
        let statuses: [fn(&mut Meeting); 2] = [
            |meeting| meeting.status = Status::Tentative,
            |meeting| meeting.status = Status::Cancelled,
        ];
        for change in changes.into_iter().chain(statuses) {
            let mut changed = meeting();
            change(&mut changed);
            readings.push(vec![changed.clone()]);
            readings.push(vec![changed.clone(), meeting()]);
            readings.push(vec![meeting(), changed]);
        }
        let mut digests: Vec<ReadingDigest> = readings
            .iter()
            .flat_map(|reading| [digest(reading, false), digest(reading, true)])
            .collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), 2 * readings.len());
    }

    #[test]
    fn the_stored_digest_of_a_reading_never_changes() {
        let hex: String = digest(&[meeting()], false)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hex,
            "93a86913a92ae871f3a5301eb4dd66759494eeb9bc706a39795b69f060b1f4fc"
        );
    }
}
