//! The bodies of posts with records: how large they may be, the memory that they share, and how they are read.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Largest body, in bytes.
pub(crate) const LARGEST: usize = 8 << 20;
/// What all large bodies may take together, in KiB.
const ROOM: usize = 32 << 10;
/// Largest small body, in bytes, and what all small ones may take together, in KiB. What a device posts is small, and must not wait behind
/// files of others.
const SMALL: usize = 64 << 10;
const SMALL_ROOM: usize = 4 << 10;
/// How long a body may wait for room. Devices give up after some ten seconds and try again.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a body may take to arrive: some time for any, and more for a larger one. The largest has a minute, for a slow line; small ones hold
/// their connection, of which there are few, for a short time only.
const FIRST: Duration = Duration::from_secs(10);
const PER_KIB: Duration = Duration::from_millis(6);
/// How much of a refused body is still read, and for how long: a sender that cannot send on may not read the answer.
const LEFTOVER: usize = 16 << 20;
const LEFTOVER_TIME: Duration = Duration::from_secs(5);

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It has more than [`LARGEST`] bytes.
    Large,
    /// Others take all the room.
    NoRoom,
    /// It did not arrive in time.
    Late,
    /// It broke off.
    Broken,
}

/// The memory that bodies share.
pub(crate) struct Room {
    large: Arc<Semaphore>,
    small: Arc<Semaphore>,
}

/// A body in memory, and the room that it takes until this is dropped.
pub(crate) struct Kept {
    /// The body.
    pub(crate) bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self {
            large: Arc::new(Semaphore::new(ROOM)),
            small: Arc::new(Semaphore::new(SMALL_ROOM)),
        }
    }

    /// Reads a body once there is room for it. One that does not tell its size is taken for a small one until it is larger.
    pub(crate) async fn read(&self, body: &mut Body) -> Result<Kept, BodyError> {
        let sizes = body.size_hint();
        if sizes.lower() > LARGEST as u64 {
            return Err(BodyError::Large);
        }
        let exact = sizes.exact().and_then(|size| usize::try_from(size).ok());
        let mut bytes = Vec::new();
        let first = exact.unwrap_or(SMALL);
        let mut room = self.take(first).await?;
        let mut is_whole = fill(body, &mut bytes, first).await?;
        if !is_whole && exact.is_none() {
            // Those with a small room wait for a large one, and never the other way round: so none waits for ever.
            room = self.take(LARGEST).await?;
            is_whole = fill(body, &mut bytes, LARGEST).await?;
        }
        if !is_whole {
            return Err(BodyError::Large);
        }
        Ok(Kept {
            bytes: bytes.into(),
            _room: room,
        })
    }

    /// Waits for room for so many bytes.
    async fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, BodyError> {
        let room = if bytes <= SMALL { &self.small } else { &self.large };
        timeout(PATIENCE, Arc::clone(room).acquire_many_owned(kib(bytes)))
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(BodyError::NoRoom)
    }
}

fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1 << 10).max(1)).unwrap_or(u32::MAX)
}

/// Reads what is left of a body that is refused, and forgets it.
pub(crate) async fn leave(body: &mut Body) {
    let leave = async {
        let mut left = LEFTOVER;
        while let Ok(Some(data)) = next(body).await {
            left = left.saturating_sub(data.len());
            if left == 0 {
                return;
            }
        }
    };
    // What does not come is not waited for.
    let _ = timeout(LEFTOVER_TIME, leave).await;
}

/// Reads on until a body ends, or has more than so many bytes. Returns whether it ended.
async fn fill(body: &mut Body, bytes: &mut Vec<u8>, most: usize) -> Result<bool, BodyError> {
    let fill = async {
        while bytes.len() <= most {
            match next(body).await? {
                Some(data) => bytes.extend_from_slice(&data),
                None => return Ok(true),
            }
        }
        Ok(false)
    };
    timeout(FIRST + PER_KIB * kib(most), fill)
        .await
        .map_err(|_| BodyError::Late)?
}

/// The next bytes of a body; none after the last.
async fn next(body: &mut Body) -> Result<Option<Bytes>, BodyError> {
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
        match frame {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(_)) => return Err(BodyError::Broken),
        }
    }
}
