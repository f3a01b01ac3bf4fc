//! Bodies on the wire: whole, in slow pieces, cut off, endless, compressed.

use std::future::ready;
use std::io::{self, Write as _};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::time::sleep;

use crate::fault::Wire;
use crate::record::InFlight;

/// Number of pieces of a slow body.
const PIECES: usize = 50;
/// How long a connection lives after the first half of a cut answer.
const BEFORE_CUT: Duration = Duration::from_millis(10);
/// The piece that huge bodies repeat.
const FILLING: Bytes = Bytes::from_static(&[b' '; 16 * 1024]);

/// Applies a fault to a body; returns the result, and how many bytes go over the wire.
pub(crate) fn spoiled(mut body: Bytes, wire: Option<Wire>) -> (Bytes, u64) {
    match wire {
        Some(Wire::Truncated | Wire::CutInside) => body.truncate(body.len() / 2),
        Some(Wire::CutBefore) => body.clear(),
        Some(Wire::Gzip) => body = gzip(&body, 0),
        Some(Wire::GzipBomb(size)) => body = gzip(&body, size),
        _ => {}
    }
    let filling = match wire {
        Some(Wire::Huge(size)) => size,
        _ => 0,
    };
    let bytes = body.len() as u64 + filling;
    (body, bytes)
}

/// A response with a body that was already [`spoiled`], sent as the fault says. An error in a body ends the connection,
/// and without any answer if it comes first, because the headers wait for the first piece.
pub(crate) fn sent(body: Bytes, wire: Option<Wire>, in_flight: InFlight) -> Response {
    let length = body.len();
    let cut = || Err(io::Error::from(io::ErrorKind::ConnectionAborted));
    let whole = stream::once(ready(Ok(body.clone())));
    let (pieces, length): (BoxStream<'static, io::Result<Bytes>>, _) = match wire {
        Some(Wire::CutBefore) => (stream::once(ready(cut())).boxed(), None),
        // The first half must be sent before the connection ends.
        Some(Wire::CutInside) => {
            let end = stream::once(async move {
                sleep(BEFORE_CUT).await;
                cut()
            });
            (whole.chain(end).boxed(), None)
        }
        Some(Wire::Huge(size)) => (stream::iter(blanks(size).map(Ok)).chain(whole).boxed(), None),
        Some(Wire::SlowBody(pause)) => {
            let (pause, piece) = (pause, length.div_ceil(PIECES).max(1));
            let pieces = (0..length).step_by(piece);
            let pieces = pieces.map(move |from| body.slice(from..length.min(from + piece)));
            let slow = stream::iter(pieces).then(move |piece| async move {
                sleep(pause).await;
                Ok(piece)
            });
            (slow.boxed(), None)
        }
        _ => (whole.boxed(), Some(length)),
    };
    let counted = pieces.inspect(move |_| {
        let _held_until_all_is_sent = &in_flight;
    });
    let mut response = Body::from_stream(counted).into_response();
    if let Some(length) = length {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    response
}

/// A number of blanks, in pieces.
fn blanks(size: u64) -> impl Iterator<Item = Bytes> + Send {
    let whole = size / FILLING.len() as u64;
    let rest = usize::try_from(size % FILLING.len() as u64).unwrap_or_default();
    (0..whole).map(|_| FILLING).chain([FILLING.slice(..rest)])
}

/// `size` blanks and then `body`, compressed.
fn gzip(body: &[u8], size: u64) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for piece in blanks(size) {
        // Writing to memory cannot fail.
        let _ = encoder.write_all(&piece);
    }
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default().into()
}
