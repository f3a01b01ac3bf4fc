//! The call records of a tenant: all of them, and the time as of which they are shown.

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};

use crate::call_party::Accounts;
use crate::call_record::{CallRecord, Shown};
use crate::ids;
use crate::room::{Room, User};

#[derive(Clone, Debug, Default)]
pub(crate) struct CallLog {
    pub(crate) records: Vec<CallRecord>,
    /// The time as of which they are shown; otherwise the simulator's clock decides.
    pub(crate) as_of: Option<DateTime<Utc>>,
    /// Whether any number of requests is answered.
    pub(crate) unlimited: bool,
    /// Number of records so far that were given an id.
    serial: usize,
}

impl CallLog {
    /// Reports mistakes in the records, and finds their participants in the directory.
    pub(crate) fn check(&self, rooms: &[Room], users: &[User]) -> Result<()> {
        if self.records.is_empty() {
            return Ok(());
        }
        let accounts = Accounts::of(rooms, users);
        for record in &self.records {
            let parties = record.parties().into_iter();
            let unknown = parties.filter_map(|party| accounts.resolve(party).err()).next();
            if let Some(problem) = record.problem.clone().or(unknown) {
                bail!("call that starts at {}: {problem}", record.start.to_rfc3339());
            }
        }
        Ok(())
    }

    /// Gives every record without an id one that it keeps when others come and go, and sorts them by start.
    pub(crate) fn settle(&mut self) {
        for record in self.records.iter_mut().filter(|record| record.id.is_empty()) {
            self.serial += 1;
            record.id = ids::guid(&format!("call {}", self.serial));
        }
        self.records.sort_by_key(|record| record.start);
    }

    /// The records as they are shown at this time of the simulator's clock.
    pub(crate) fn shown(&self, now: DateTime<Utc>) -> impl Iterator<Item = Shown<'_>> {
        let now = self.as_of.unwrap_or(now);
        self.records.iter().filter_map(move |record| record.at(now))
    }
}
