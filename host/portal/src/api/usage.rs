//! What is posted to sources that receive.

use axum::body::Bytes;

/// Whether a token opens a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is a token of this source, which receives.
    Granted,
    /// It is the token of another source, and this one is collected.
    Collected,
    /// It is the token of another source, and none was named.
    Unnamed,
    /// It opens nothing here: the source does not exist, or has another token.
    Refused,
}

/// The body of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parcel {
    /// Usage and coverage records, as JSON Lines or CSV.
    Records(Bytes),
    /// What a RoomOS device posts, as XML or JSON.
    RoomOs {
        /// The document.
        body: Bytes,
        /// The space that the device is in.
        space: String,
        /// The device, unless the document names it.
        device: Option<String>,
    },
}

/// What became of the records of a post.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Nothing was stored under their keys.
    pub new: u64,
    /// They replaced a lower revision.
    pub replaced: u64,
    /// They were stored before, or a higher revision was.
    pub unchanged: u64,
    /// Another record of their revision is stored, and stays.
    pub contradicted: u64,
    /// Those of all of these that tell of what is yet to come.
    pub ahead: u64,
}

/// Why nothing of a post was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The body is wrong. Nothing of it is repeated.
    #[error("{fault}")]
    Wrong {
        /// The line, from 1; none if the body has no lines.
        line: Option<u64>,
        /// The column, from 1, where it is known.
        column: Option<usize>,
        /// What is wrong.
        fault: String,
    },
    /// Another process writes into the store for long, such as an import.
    #[error("the store is busy")]
    Busy,
    /// The store failed, or the source was just removed. The reason is in the log.
    #[error("the records could not be stored")]
    Failed,
}
