//! Bodies on the wire: whole, in slow pieces, cut off, endless, compressed.

use std::convert::Infallible;
use std::io::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use crate::fault::Fault;
use crate::service::Service;

/// How many pieces a slow body comes in.
const PIECES: usize = 50;
/// How long a connection lives after the first half of an answer that is cut.
const BEFORE_CUT: Duration = Duration::from_millis(10);
/// The piece of which huge bodies are made.
const FILLING: Bytes = Bytes::from_static(&[b' '; 16 * 1024]);

/// Counts a request as in flight for as long as its answer is being sent.
pub(crate) struct InFlight(Arc<Service>);

impl InFlight {
    pub(crate) fn new(service: &Arc<Service>) -> Self {
        service.record.enter();
        Self(Arc::clone(service))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.record.leave();
    }
}

/// The connection is cut on purpose.
#[derive(Debug)]
pub(crate) struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the simulator cuts the connection")
    }
}

impl std::error::Error for Cut {}

impl From<Infallible> for Cut {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// An answer's body.
pub(crate) struct Sent {
    rest: Bytes,
    piece: usize,
    pause: Duration,
    pausing: Option<Pin<Box<Sleep>>>,
    /// Blanks that come before `rest`.
    filling: u64,
    cut: bool,
    exact: bool,
    _in_flight: InFlight,
}

/// What is left of a body that suffers `fault`, and how many bytes go over the wire.
pub(crate) fn spoiled(mut body: Bytes, fault: Option<&Fault>) -> (Bytes, u64) {
    match fault {
        Some(Fault::Truncated | Fault::CutInside) => body.truncate(body.len() / 2),
        Some(Fault::CutBefore) => body.clear(),
        Some(Fault::Gzip) => body = gzip(&body, 0),
        Some(Fault::GzipBomb(size)) => body = gzip(&body, *size),
        _ => {}
    }
    let filling = match fault {
        Some(Fault::Huge(size)) => *size,
        _ => 0,
    };
    let bytes = body.len() as u64 + filling;
    (body, bytes)
}

impl Sent {
    /// How a body that was [`spoiled`] already is sent.
    pub(crate) fn new(body: Bytes, fault: Option<&Fault>, in_flight: InFlight) -> Self {
        let mut sent = Self {
            piece: body.len().max(1),
            rest: body,
            pause: Duration::ZERO,
            pausing: None,
            filling: 0,
            cut: false,
            exact: true,
            _in_flight: in_flight,
        };
        match fault {
            Some(Fault::CutInside) => sent.cut = true,
            Some(Fault::Huge(size)) => sent.filling = *size,
            Some(Fault::SlowBody(pause)) => {
                sent.pause = *pause;
                sent.piece = sent.rest.len().div_ceil(PIECES).max(1);
            }
            _ => {}
        }
        sent.exact = !sent.cut && sent.filling == 0 && sent.pause.is_zero();
        sent
    }
}

/// `blanks` and then `body`, compressed.
fn gzip(body: &[u8], blanks: u64) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let mut left = blanks;
    while left > 0 {
        let some = usize::try_from(left).unwrap_or(usize::MAX).min(FILLING.len());
        // Writing to memory cannot fail.
        let _ = encoder.write_all(FILLING.get(..some).unwrap_or_default());
        left -= some as u64;
    }
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default().into()
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if self.filling > 0 {
            let some = usize::try_from(self.filling)
                .unwrap_or(usize::MAX)
                .min(FILLING.len());
            self.filling -= some as u64;
            return Poll::Ready(Some(Ok(Frame::data(FILLING.slice(..some)))));
        }
        if self.rest.is_empty() {
            if !self.cut {
                return Poll::Ready(None);
            }
            // The half that was written must have left before the connection ends.
            let sleep = self
                .pausing
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(BEFORE_CUT)));
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.cut = false;
            return Poll::Ready(Some(Err(Cut)));
        }
        if !self.pause.is_zero() {
            let pause = self.pause;
            let sleep = self
                .pausing
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.pausing = None;
        }
        let some = self.piece.min(self.rest.len());
        let piece = self.rest.split_to(some);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.exact && self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.exact {
            SizeHint::with_exact(self.rest.len() as u64)
        } else {
            SizeHint::default()
        }
    }
}
