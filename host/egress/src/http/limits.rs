//! How much one source may take of the network, and how patient it is. Every figure has its home and its reason here.

use std::time::Duration;

/// The limits of one [`super::Client`], all slices of the source together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Attempts at once, at most. Microsoft Graph lets an application have four requests at once for one mailbox ("Microsoft Graph
    /// service-specific throttling limits", Outlook).
    pub in_flight: usize,
    /// To resolve the name, connect and agree on TLS. A machine that does not answer in ten seconds is not there.
    pub connect: Duration,
    /// One attempt, from the first byte sent to the last received: a body that trickles ends here.
    pub response: Duration,
    /// Bytes of a decompressed body. A full page of a calendar is below one MiB, a batch of twenty below this.
    pub body: usize,
    /// Bytes of an answer's headers, and of those that a connector gives its request. Microsoft's answers have about two kilobytes.
    pub headers: usize,
    /// How often a repeatable request is sent at most.
    pub attempts: u32,
    /// The longest wait for another attempt. What asks for more is handed over, so that the room is tried again in a later
    /// pass instead of holding this one up.
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
