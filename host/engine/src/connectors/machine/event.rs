//! Events of a connector, their effects, and what passes get from the connector.

use std::fs::Metadata;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use collector_sandbox::Standing;
use collector_store::ConnectorChange;

use super::super::permissions::Permissions;

/// The kinds of events of a connector.
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

/// A source, as far as the check of a connector needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The source's name.
    pub source: String,
    /// The connector that the source uses.
    pub connector: String,
    /// The source's settings, a JSON object.
    pub settings: serde_json::Value,
}

/// How a pass ended, as far as the connector may be to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It collected something, and no call was stopped.
    Worked,
    /// It collected nothing, for this cause.
    FailedWhole(String),
    /// A call was stopped, for this cause: a trap, a limit, a deadline.
    Stopped(String),
}

/// The time of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    /// Since the service came up.
    pub(crate) uptime: Duration,
    /// UTC seconds.
    pub unix: i64,
}

/// What tells whether a file was replaced or written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub size: u64,
    pub modified: Option<SystemTime>,
    /// Device, inode, and the last change of content or name (ctime): a copy may restore an old modification time.
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
    /// The cause, in words.
    pub cause: String,
    /// The version that the connector gives for itself, if it could be asked.
    pub version: String,
    /// What the refusal says about the file.
    pub(crate) certainty: Certainty,
}

/// What a refusal says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// The file will always be refused.
    Sure,
    /// The file looks like one that is still being written.
    Doubtful,
    /// The file may be accepted at the next start.
    ForNow,
    /// Nothing: the machine lacked the resources to try the file.
    Nothing,
}

impl Refusal {
    /// The refusal of a file that could not even be asked.
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
    /// It changed before or while it was read: it must be looked at again.
    Changed,
    /// It cannot be read.
    Failed(String),
}

/// What a version says about itself: its version, and what it wants.
pub(crate) type Description = (String, Permissions);

/// An event of a connector. Versions are named by their digests.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// The directory was read.
    Looked {
        /// The connector's file. None: there is no such file. Without an identity: something is there, but the system does not tell what.
        file: Option<Option<Identity>>,
        /// How long the file must stay unchanged before it is read.
        quiet: Duration,
        /// The file is only noted: others come first.
        later: bool,
    },
    /// The directory could not be read.
    Blind,
    /// The file with this identity was read: its digest.
    FileRead(Identity, Result<String, Unread>),
    /// The file with this digest was checked against what has this fingerprint.
    FileChecked(String, String, Result<Description, Refusal>),
    /// The copy with this digest was loaded.
    CopyLoaded(String, Result<Description, Refusal>),
    /// The copy with this digest was written.
    CopyWritten(String, Result<(), String>),
    /// The connector's approved permissions, as now stored.
    Approved(String),
    /// A pass of a source with the version of this digest ended.
    PassEnded(String, String, End),
    /// The sources that now use the connector.
    Uses(Arc<[Use]>),
    /// What was refused is to be tried again.
    TryAgain,
    /// A defect of the collector ended the work in progress for the connector.
    Broken,
}

/// An effect to carry out.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// Look into the directory by then.
    LookBy(Duration),
    /// Read the file, if it still has this identity.
    Read(Identity),
    /// Check the file just read, with this digest, against what has this fingerprint.
    Check(String, String, Standing),
    /// Load the kept copy with this digest.
    LoadCopy(String),
    /// Copy the version with this digest to the data directory, then remove another copy.
    WriteCopy(String, Option<String>),
    /// Store what changed, and count and log what happened.
    Store(Box<ConnectorChange>),
    /// Log what is not an event of this process.
    Log(Note),
}

/// Something worth a line in the log: a version by its digest, and its own version string or a cause.
#[derive(Debug, Clone)]
pub(crate) enum Note {
    CopyServes(String, String),
    CopyUnwritten(String, String),
    TriedBefore(String, String),
    Approved(String, String),
    PutOff(String),
}

/// What passes get from a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The version with this digest.
    Serves(String),
    /// Nothing: the file wants these permissions beyond the approved ones.
    Held(Permissions),
    /// Nothing: the file is not used, for this cause.
    Unused(String),
    /// Nothing yet.
    Checking,
    /// Nothing yet: the file looks like part of a connector, for this cause.
    NotWhole(String),
    /// Nothing: there is no file.
    NoFile,
}
