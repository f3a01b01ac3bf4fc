//! What happens to a connector, what is to be done about it, and what passes get of it.

use std::fs::Metadata;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use collector_sandbox::Standing;
use collector_store::ConnectorChange;

use super::super::permissions::Permissions;

/// What happened to a connector: the kinds of its events.
pub const EVENTS: [&str; 10] = [
    "installed",
    "activated",
    "proved",
    "held",
    "approved",
    "refused",
    "rolled-back",
    "removed",
    "failing",
    "damaged",
];

/// A source as far as the check of a connector needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The source.
    pub source: String,
    /// The connector that it uses.
    pub connector: String,
    /// Its settings, a JSON object.
    pub settings: serde_json::Value,
}

/// How a pass ended, as far as the connector may be to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It brought something, and no call was stopped.
    Worked,
    /// It brought nothing, for this cause.
    FailedWhole(String),
    /// A call was stopped, for this cause: a trap, a limit, a deadline.
    Stopped(String),
}

/// When something happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// Since the service came up.
    pub(crate) uptime: Duration,
    /// UTC seconds.
    pub unix: i64,
}

/// What tells whether a file is another one or was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub size: u64,
    pub modified: Option<SystemTime>,
    /// Device, inode, and the time of the last change of either content or name: a copy may bring back an old modification time.
    #[cfg(unix)]
    pub node: (u64, u64, i64, i64),
}

impl Identity {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            node: (
                metadata.dev(),
                metadata.ino(),
                metadata.ctime(),
                metadata.ctime_nsec(),
            ),
        }
    }
}

/// Why a file is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// In words.
    pub cause: String,
    /// What it calls itself, when it could be asked.
    pub version: String,
    /// What it says about the file.
    pub(crate) certainty: Certainty,
}

/// What a refusal says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// It will always be so.
    Sure,
    /// It is what a file looks like that is still being written.
    Doubtful,
    /// It may be otherwise at the next start.
    ForNow,
    /// Nothing: the machine had no room to try it.
    Nothing,
}

impl Refusal {
    /// Of a file that could not even be asked.
    pub(crate) fn of(cause: String) -> Self {
        Self {
            cause,
            version: String::new(),
            certainty: Certainty::Sure,
        }
    }
}

/// Why a file was not read.
#[derive(Debug, Clone)]
pub(crate) enum Unread {
    /// It changed before or while it was read: it is to be looked at again.
    Changed,
    /// It cannot be.
    Failed(String),
}

/// What a version says of itself: what it calls itself, and what it wants.
pub(crate) type Description = (String, Permissions);

/// What happens to a connector. Versions are named by their digests.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// The directory was looked into.
    Looked {
        /// None: it has no such file. Without an identity: there is something, and it cannot be told what.
        file: Option<Option<Identity>>,
        /// A file that is the same for so long is read.
        quiet: Duration,
        /// It is only noted: others are dealt with first.
        later: bool,
    },
    /// The directory could not be looked into.
    Blind,
    /// The file was read when it was this one; its digest.
    FileRead(Identity, Result<String, Unread>),
    /// The file of this digest was checked against what has this fingerprint.
    FileChecked(String, String, Result<Description, Refusal>),
    /// The copy of this digest was loaded.
    CopyLoaded(String, Result<Description, Refusal>),
    /// The copy of this digest was written.
    CopyWritten(String, Result<(), String>),
    /// What is approved of it, as the store has it now.
    Approved(String),
    /// A pass of a source with the version of this digest ended.
    PassEnded(String, String, End),
    /// These are the sources that use it now.
    Uses(Arc<[Use]>),
    /// What was refused is to be tried again.
    TryAgain,
    /// What was under way for it ended in a defect of the collector.
    Broken,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// To look into the directory by then.
    LookBy(Duration),
    /// To read the file, if it is still this one.
    Read(Identity),
    /// To check the file that was just read, of this digest, against what has this fingerprint.
    Check(String, String, Standing),
    /// To load the kept copy of this digest.
    LoadCopy(String),
    /// To copy the version of this digest to the data directory, and to remove another copy afterwards.
    WriteCopy(String, Option<String>),
    /// To store what changed, and to count and log what happened.
    Store(Box<ConnectorChange>),
    /// To log what is no event of this process.
    Log(Note),
}

/// What is worth a line in the log: a version by its digest, and what it calls itself or why.
#[derive(Debug, Clone)]
pub(crate) enum Note {
    CopyServes(String, String),
    CopyUnwritten(String, String),
    TriedBefore(String, String),
    Approved(String, String),
    PutOff(String),
}

/// What passes get of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The version of this digest.
    Serves(String),
    /// Nothing: the file wants so much more than was approved.
    Held(Permissions),
    /// Nothing: the file is not used, for this cause.
    Unused(String),
    /// Nothing yet.
    Checking,
    /// Nothing yet: the file looks like half a connector, for this cause.
    NotWhole(String),
    /// Nothing: there is no file.
    NoFile,
}
