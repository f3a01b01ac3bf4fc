//! Slows down guessing of passwords, of the first-run token and of the tokens of sources, without locking out those who know them: strangers elsewhere use up no
//! attempts of a user who signs in from a known network. (Behind an untrusted proxy all clients share one network, the proxy's.)

use std::collections::VecDeque;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use chrono::{TimeDelta, Utc};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;

/// A number of free attempts, and the time per attempt after these.
struct Measure {
    free: u32,
    pace: Duration,
}

/// For one name from one network. People mistype; a day allows fewer than 3,000 guesses.
const STRICT: Measure = Measure {
    free: 10,
    pace: Duration::from_secs(30),
};
/// For all names from one network: a whole office may share an address.
const NETWORK: Measure = Measure {
    free: 30,
    pace: Duration::from_secs(10),
};
/// For one name from everywhere. A day allows fewer than 9,000 guesses, from any number of machines.
const NAME: Measure = Measure {
    free: 100,
    pace: Duration::from_secs(10),
};
/// For wrong tokens of sources from one network. Right ones are never refused: they are too long to be found by guessing, and a sender with
/// an old token must not shut out the others of its network.
const TOKENS: Measure = Measure {
    free: 30,
    pace: Duration::from_secs(10),
};
/// For sign-ins by a provider from one network: a whole office may begin its day at once. There is nothing to guess; each takes memory, and
/// may ask the provider something.
const SINGLE: Measure = Measure {
    free: 100,
    pace: Duration::from_secs(2),
};
/// Most keys to remember of each kind, at some 100 bytes each.
const KEYS: usize = 10_000;
/// The wait when there are more, because someone is guessing from everywhere.
const CROWDED: Duration = Duration::from_secs(60);
/// Most pairs of a name and a network it signed in from. One more replaces the least recently used.
const KNOWN: usize = 256;

type Limiter<K> = DefaultKeyedRateLimiter<K>;

/// The digest of a name, so that long names take no more memory than short ones.
type Name = [u8; 32];

/// A name and the network of the attempt. Without a name, the attempt is on the first-run token.
type Pair = (Option<Name>, IpAddr);

/// The attempts so far.
pub(crate) struct Slowdown {
    networks: Limiter<IpAddr>,
    pairs: Limiter<Pair>,
    names: Limiter<Name>,
    /// For signed-in users who confirm their password: strangers cannot use up these attempts.
    owners: Limiter<Name>,
    tokens: Limiter<IpAddr>,
    single: Limiter<IpAddr>,
    /// Pairs that signed in since the program started, the latest last.
    known: Mutex<VecDeque<Pair>>,
}

impl Slowdown {
    pub(crate) fn new() -> Self {
        Self {
            networks: limiter(&NETWORK),
            pairs: limiter(&STRICT),
            names: limiter(&NAME),
            owners: limiter(&STRICT),
            tokens: limiter(&TOKENS),
            single: limiter(&SINGLE),
            known: Mutex::default(),
        }
    }

    /// Counts an attempt from an address, on an account or (without one) on the first-run token.
    ///
    /// # Errors
    /// There were too many. The page is the same for names without an account.
    pub(crate) fn attempt(&self, address: IpAddr, account: Option<&str>) -> Result<(), Fault> {
        let pair = pair(address, account);
        let known = self.known().contains(&pair);
        check(&self.networks, &pair.1, known).map_err(too_many)?;
        check(&self.pairs, &pair, known).map_err(too_many)?;
        match pair.0 {
            Some(name) if !known => check(&self.names, &name, false).map_err(too_many),
            _ => Ok(()),
        }
    }

    /// Counts an attempt of a signed-in user on the own password.
    ///
    /// # Errors
    /// There were too many.
    pub(crate) fn confirm(&self, account: &str) -> Result<(), Fault> {
        check(&self.owners, &digest(account), true).map_err(too_many)
    }

    /// Counts a wrong token from an address.
    ///
    /// # Errors
    /// There were too many; the seconds until the next one is answered.
    pub(crate) fn wrong_token(&self, address: IpAddr) -> Result<(), u64> {
        check(&self.tokens, &network(address), false).map_err(whole_seconds)
    }

    /// Counts a sign-in by a provider that begins at an address.
    ///
    /// # Errors
    /// There were too many.
    pub(crate) fn sign_in(&self, address: IpAddr) -> Result<(), Fault> {
        check(&self.single, &network(address), false).map_err(too_many)
    }

    /// Remembers that an account signed in from an address.
    pub(crate) fn signed_in(&self, address: IpAddr, account: &str) {
        let pair = pair(address, Some(account));
        let mut known = self.known();
        known.retain(|other| *other != pair);
        if known.len() >= KNOWN {
            known.pop_front();
        }
        known.push_back(pair);
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<Pair>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn limiter<K: Clone + Eq + Hash>(measure: &Measure) -> Limiter<K> {
    let once = Quota::with_period(measure.pace).unwrap_or_else(|| Quota::per_minute(NonZeroU32::MIN));
    let free = NonZeroU32::new(measure.free).unwrap_or(NonZeroU32::MIN);
    RateLimiter::keyed(once.allow_burst(free))
}

/// Counts an attempt, or returns the wait until the next one. `known` keys are checked even when the table is full; there are few of these.
fn check<K: Clone + Eq + Hash>(limiter: &Limiter<K>, key: &K, known: bool) -> Result<(), Duration> {
    if !known && limiter.len() >= KEYS {
        limiter.retain_recent();
        if limiter.len() >= KEYS {
            return Err(CROWDED);
        }
    }
    limiter
        .check_key(key)
        .map_err(|until| until.wait_time_from(DefaultClock::default().now()))
}

fn pair(address: IpAddr, account: Option<&str>) -> Pair {
    (account.map(digest), network(address))
}

fn digest(account: &str) -> Name {
    Sha256::digest(account).into()
}

/// The network of an address: whoever has one IPv6 address has all 2^64 of its /64 network.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX))),
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + 1
}

fn too_many(wait: Duration) -> Fault {
    let seconds = whole_seconds(wait);
    let then = Utc::now() + TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 2_000));
    Fault::new(
        StatusCode::TOO_MANY_REQUESTS,
        "Too many attempts",
        format!(
            "The portal did not check this attempt. Try again in {seconds} seconds, at {}.",
            then.format("%H:%M:%S UTC")
        ),
    )
    .retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Repeats the attempt until it is refused, and counts how often it was not.
    fn tries(mut attempt: impl FnMut(u32) -> Result<(), Fault>) -> u32 {
        (0..).take_while(|number| attempt(*number).is_ok()).count() as u32
    }

    #[test]
    fn one_name_from_one_network_is_tried_ten_times() {
        let slowdown = Slowdown::new();
        let hosts = ["2001:db8::1", "2001:db8::2"];
        let tried = tries(|number| slowdown.attempt(ip(hosts[number as usize % 2]), Some("ada")));
        assert_eq!(tried, STRICT.free);
        assert!(slowdown.attempt(ip(hosts[0]), Some("grace")).is_ok());
        assert!(slowdown.attempt(ip("2001:db8:0:1::1"), Some("ada")).is_ok());
    }

    #[test]
    fn all_names_from_one_network_are_tried_thirty_times() {
        let slowdown = Slowdown::new();
        let here = ip("192.0.2.1");
        let tried = tries(|number| slowdown.attempt(here, Some(&format!("account{number}"))));
        assert_eq!(tried, NETWORK.free);
        assert!(slowdown.attempt(ip("192.0.2.2"), Some("ada")).is_ok());
    }

    #[test]
    fn the_first_run_token_is_tried_ten_times_from_one_network() {
        let slowdown = Slowdown::new();
        assert_eq!(tries(|_| slowdown.attempt(ip("192.0.2.1"), None)), STRICT.free);
        assert!(slowdown.attempt(ip("192.0.2.2"), None).is_ok());
    }

    #[test]
    fn one_name_from_everywhere_is_slowed_but_not_where_it_signed_in_before() {
        let slowdown = Slowdown::new();
        let (home, away) = (ip("2001:db8:aa::1"), ip("2001:db8:bb::1"));
        slowdown.signed_in(home, "ada");
        let tried = tries(|number| slowdown.attempt(IpAddr::from(number.to_be_bytes()), Some("ada")));
        assert_eq!(tried, NAME.free);
        assert!(slowdown.attempt(away, Some("ada")).is_err());
        assert!(slowdown.attempt(away, Some("grace")).is_ok());
        // Attempts from there are limited too.
        assert_eq!(tries(|_| slowdown.attempt(home, Some("ada"))), STRICT.free);
        // And ada's sign-in gives no advantage to another name.
        assert_eq!(tries(|_| slowdown.attempt(home, Some("grace"))), STRICT.free);
    }

    #[test]
    fn a_signed_in_user_has_attempts_of_the_own() {
        let slowdown = Slowdown::new();
        let home = ip("192.0.2.1");
        assert!(tries(|_| slowdown.attempt(home, Some("ada"))) > 0);
        assert_eq!(tries(|_| slowdown.confirm("ada")), STRICT.free);
        assert!(slowdown.confirm("grace").is_ok());
    }

    #[test]
    fn an_ipv4_address_mapped_into_ipv6_is_the_same_network() {
        assert_eq!(network(ip("::ffff:192.0.2.1")), ip("192.0.2.1"));
    }

    #[test]
    fn keys_are_bounded_and_a_crowd_keeps_nobody_out_who_was_here_before() {
        let slowdown = Slowdown::new();
        let home = ip("2001:db8::1");
        slowdown.signed_in(home, "ada");
        for number in 0..u32::try_from(KEYS).unwrap() + 50 {
            let _ = slowdown.attempt(IpAddr::from(number.to_be_bytes()), Some(&number.to_string()));
        }
        assert_eq!(slowdown.networks.len(), KEYS);
        assert!(slowdown.attempt(ip("2001:db8:1::1"), Some("ada")).is_err());
        assert!(slowdown.attempt(home, Some("ada")).is_ok());
    }

    #[test]
    fn the_networks_that_are_remembered_are_those_that_were_used_last() {
        let slowdown = Slowdown::new();
        let of = |number: usize| IpAddr::from(u32::try_from(number).unwrap().to_be_bytes());
        for number in 0..KNOWN {
            slowdown.signed_in(of(number), "ada");
        }
        slowdown.signed_in(of(0), "ada");
        slowdown.signed_in(of(KNOWN), "ada");
        let known = slowdown.known();
        assert_eq!(known.len(), KNOWN);
        assert!(known.contains(&pair(of(0), Some("ada"))));
        assert!(!known.contains(&pair(of(1), Some("ada"))));
    }
}
