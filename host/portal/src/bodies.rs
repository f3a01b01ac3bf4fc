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

    /// Reads a body once there is room for it.
    pub(crate) async fn read(&self, body: &mut Body) -> Result<Kept, BodyError> {
        let sizes = body.size_hint();
        if sizes.lower() > LARGEST as u64 {
            return Err(BodyError::Large);
        }
        let expected = sizes
            .exact()
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(LARGEST);
        let kib = u32::try_from(expected.div_ceil(1 << 10).max(1)).unwrap_or(u32::MAX);
        let room = if expected <= SMALL {
            &self.small
        } else {
            &self.large
        };
        let room = timeout(PATIENCE, Arc::clone(room).acquire_many_owned(kib)).await;
        let Ok(Ok(room)) = room else {
            return Err(BodyError::NoRoom);
        };
        let bytes = timeout(FIRST + PER_KIB * kib, whole(body))
            .await
            .map_err(|_| BodyError::Late)??;
        Ok(Kept { bytes, _room: room })
    }
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

async fn whole(body: &mut Body) -> Result<Bytes, BodyError> {
    let mut bytes = Vec::new();
    while let Some(data) = next(body).await? {
        if bytes.len().saturating_add(data.len()) > LARGEST {
            return Err(BodyError::Large);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.into())
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
