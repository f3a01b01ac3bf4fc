//! The rounds of change tracking that clients may return to, each identified by the token in its links.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use super::lost::LostDelta;
use super::snapshot::{Snapshot, Unit};
use crate::answer::Answer;
use crate::room::Room;

/// Random bytes of a token.
const SECRET: usize = 96;
/// Number of rounds to remember for each mailbox, the newest ones.
const KEPT: usize = 32;
/// The place in a token of a deltaLink, which belongs to no page.
const NO_PLACE: u32 = u32::MAX;

type Secret = [u8; SECRET];

/// One round: from a first request, or from a deltaLink, to the next deltaLink.
pub(crate) struct Round {
    secret: Secret,
    /// The generation of its links. Links of older generations are forgotten.
    epoch: u64,
    mailbox: String,
    pub(crate) window: (DateTime<Utc>, DateTime<Utc>),
    /// The generation of the tenant at that time.
    pub(crate) generation: u64,
    /// The mailbox when the round began, for the next round.
    pub(crate) snapshot: Arc<Snapshot>,
    /// The units of the round, in the order of its pages. Each is written when its page is requested.
    pub(crate) units: Vec<Unit>,
}

impl Round {
    pub(crate) fn new(
        room: &Room,
        window: (DateTime<Utc>, DateTime<Utc>),
        generation: u64,
        snapshot: Arc<Snapshot>,
        units: Vec<Unit>,
    ) -> Self {
        let mut secret = [0; SECRET];
        if aws_lc_rs::rand::fill(&mut secret).is_err() {
            fastrand::fill(&mut secret);
        }
        Self {
            secret,
            epoch: 0,
            mailbox: room.place_id.clone(),
            window,
            generation,
            snapshot,
            units,
        }
    }

    /// The token of the page that begins with this unit; the same for the same `nonce`.
    pub(crate) fn page_token(&self, place: usize, nonce: u32) -> String {
        self.token(u32::try_from(place).unwrap_or(NO_PLACE), nonce)
    }

    /// The token that begins the next round.
    pub(crate) fn delta_token(&self) -> String {
        self.token(NO_PLACE, 0)
    }

    fn token(&self, place: u32, nonce: u32) -> String {
        let mut bytes = self.secret.to_vec();
        // Clients must not be able to read a token.
        bytes.extend_from_slice(&(nonce ^ mask(&self.secret, 4)).to_be_bytes());
        bytes.extend_from_slice(&(place ^ mask(&self.secret, 0)).to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

fn mask(secret: &Secret, from: usize) -> u32 {
    let four = secret.get(from..from + 4).and_then(|four| four.try_into().ok());
    u32::from_be_bytes(four.unwrap_or_default())
}

/// Reads a token: its round, and the unit with which its page begins.
fn read(token: &str) -> Option<(Secret, usize)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let secret: Secret = bytes.get(..SECRET)?.try_into().ok()?;
    let place: [u8; 4] = bytes.get(SECRET + 4..)?.try_into().ok()?;
    let place = u32::from_be_bytes(place) ^ mask(&secret, 0);
    Some((secret, usize::try_from(place).ok()?))
}

/// The remembered rounds.
#[derive(Default)]
pub(crate) struct Rounds {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rounds: HashMap<Secret, Arc<Round>>,
    of_mailbox: HashMap<String, VecDeque<Secret>>,
    epoch: u64,
    lost: LostDelta,
}

impl Rounds {
    /// Remembers a round, and forgets the oldest of the mailbox if there are too many.
    pub(crate) fn keep(&self, mut round: Round) -> Arc<Round> {
        let mut state = self.lock();
        round.epoch = state.epoch;
        let round = Arc::new(round);
        state.rounds.insert(round.secret, Arc::clone(&round));
        let of_mailbox = state.of_mailbox.entry(round.mailbox.clone()).or_default();
        of_mailbox.push_back(round.secret);
        if of_mailbox.len() > KEPT
            && let Some(oldest) = of_mailbox.pop_front()
        {
            state.rounds.remove(&oldest);
        }
        round
    }

    /// The round of a token, and the unit with which its page begins; or Graph's answer if it is lost.
    pub(crate) fn find(
        &self,
        token: &str,
        mailbox: &str,
        address: &str,
    ) -> Result<(Arc<Round>, usize), Answer> {
        let state = self.lock();
        let found = read(token).and_then(|(secret, place)| Some((state.rounds.get(&secret)?, place)));
        match found {
            Some((round, place)) if round.epoch == state.epoch && round.mailbox == mailbox => {
                Ok((Arc::clone(round), place))
            }
            found => {
                let window = found.map(|(round, _)| round.window);
                Err(state.lost.answer(address, window))
            }
        }
    }

    /// Invalidates all links issued so far.
    pub(crate) fn forget(&self, lost: LostDelta) {
        let mut state = self.lock();
        state.epoch += 1;
        state.lost = lost;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
