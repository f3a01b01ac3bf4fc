//! Slows the guessing of passwords and of the first-run token: by where it comes from, and by the account that is guessed at.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::StatusCode;
use chrono::{TimeDelta, Utc};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;

/// Attempts that are free: people mistype.
const FREE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
/// After these, one attempt in so long: a day of guessing is less than 3,000 passwords.
const PACE: Duration = Duration::from_secs(30);
/// Keys that are remembered of each kind, some 100 bytes each.
const KEYS: usize = 10_000;
/// The wait when there are more: somebody is guessing from everywhere.
const CROWDED: Duration = Duration::from_secs(60);

/// Who has tried how often.
pub(crate) struct Slowdown {
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    /// By digest, so that a long name takes no more room than a short one.
    names: DefaultKeyedRateLimiter<[u8; 32]>,
}

impl Slowdown {
    pub(crate) fn new() -> Self {
        let quota = Quota::with_period(PACE)
            .unwrap_or_else(|| Quota::per_minute(NonZeroU32::MIN))
            .allow_burst(FREE);
        Self {
            addresses: RateLimiter::keyed(quota),
            names: RateLimiter::keyed(quota),
        }
    }

    /// Counts an attempt from an address, on an account when there is one to guess at.
    ///
    /// # Errors
    /// There were too many. What the page says is the same for names that are no account's.
    pub(crate) fn attempt(&self, address: IpAddr, account: Option<&str>) -> Result<(), Fault> {
        check(&self.addresses, &network(address))?;
        match account {
            Some(account) => check(&self.names, &Sha256::digest(account).into()),
            None => Ok(()),
        }
    }
}

fn check<K: Clone + Eq + std::hash::Hash>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), Fault> {
    if limiter.len() >= KEYS {
        limiter.retain_recent();
        if limiter.len() >= KEYS {
            return Err(too_many(CROWDED));
        }
    }
    limiter
        .check_key(key)
        .map_err(|until| too_many(until.wait_time_from(DefaultClock::default().now())))
}

/// Who has one IPv6 address has the other 2^64 of its network too.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX))),
    }
}

fn too_many(wait: Duration) -> Fault {
    let seconds = wait.as_secs() + 1;
    let then = Utc::now() + TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 2_000));
    Fault::new(
        StatusCode::TOO_MANY_REQUESTS,
        "Too many attempts",
        format!(
            "Nothing was tried this time. Try again in {seconds} seconds, at {}.",
            then.format("%H:%M:%S UTC")
        ),
    )
    .retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_by_network_and_by_account() {
        let slowdown = Slowdown::new();
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let two: IpAddr = "2001:db8::2".parse().unwrap();
        let other: IpAddr = "2001:db8:0:1::1".parse().unwrap();
        for attempt in 0..FREE.get() {
            let address = if attempt.is_multiple_of(2) { one } else { two };
            slowdown.attempt(address, Some("ada")).unwrap();
        }
        assert!(slowdown.attempt(one, Some("grace")).is_err(), "the network");
        assert!(slowdown.attempt(other, Some("ada")).is_err(), "the account");
        assert!(slowdown.attempt(other, Some("grace")).is_ok());
    }

    #[test]
    fn an_address_of_the_old_kind_is_the_same_in_new_clothes() {
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(network(mapped), "192.0.2.1".parse::<IpAddr>().unwrap());
    }

    #[test]
    fn keys_are_bounded() {
        let slowdown = Slowdown::new();
        for number in 0..2 * u32::try_from(KEYS).unwrap() {
            let _ = check(&slowdown.addresses, &IpAddr::from(number.to_be_bytes()));
        }
        assert_eq!(slowdown.addresses.len(), KEYS);
    }
}
