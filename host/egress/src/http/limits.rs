//! How much of the network one source may use, and how long it waits. Every figure has its home and its reason here.

use std::time::Duration;

/// The limits of one [`super::Client`], for all slices of the source together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The most attempts at once. Microsoft Graph lets an application have four requests at once for one mailbox ("Microsoft Graph
    /// service-specific throttling limits", Outlook).
    pub in_flight: usize,
    /// Time to resolve the name, connect and agree on TLS. A machine that does not answer in ten seconds is not there.
    pub connect: Duration,
    /// Time for one attempt, from the first byte sent to the last received: it ends a body that trickles in.
    pub response: Duration,
    /// Bytes of a decompressed body. A full page of a calendar is below one MiB, a batch of twenty below this.
    pub body: usize,
    /// Bytes of an answer's headers, and of the headers that a connector gives its request. Microsoft's answers have about two kilobytes.
    pub headers: usize,
    /// The most attempts for a repeatable request.
    pub attempts: u32,
    /// The longest wait before another attempt. An answer that asks for more is returned, so that a later pass tries the room again and
    /// this one is not held up.
    pub longest_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 4,
            connect: Duration::from_secs(10),
            response: Duration::from_secs(60),
            body: 32 << 20,
            headers: 64 << 10,
            attempts: 5,
            longest_wait: Duration::from_secs(30),
        }
    }
}
