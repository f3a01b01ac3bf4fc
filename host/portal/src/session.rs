//! Sessions of those who are signed in. They live in memory: after a restart everyone signs in again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{self, Id, Record};
use tower_sessions::session_store::{self, SessionStore};
use tower_sessions::{Expiry, Session, SessionManagerLayer};

use crate::api::{Account, Backend, Role};
use crate::fault::Fault;
use crate::now;

/// An idle session ends after this time.
const IDLE: Duration = Duration::minutes(30);
/// A session ends after this time, used or not.
const LONGEST: Duration = Duration::hours(12);
/// Most sessions at once. One more ends the session that would expire first.
const SESSIONS: usize = 1_000;

/// The session's key for who signed in.
const SIGNED: &str = "signed";
/// The session's key for the notice on the next page.
const NOTICE: &str = "notice";
/// The session's key for the draft whose client secret is questioned on the next page.
const DOUBT: &str = "doubt";
/// The keys of what one request leaves for the next. While it does, the script of the same page may ask for something else.
const LEFT: [&str; 2] = [NOTICE, DOUBT];

/// Whoever is signed in, with the secrets of the session.
#[derive(Clone)]
pub(crate) struct Signed {
    /// The account, as the audit log names it: no two have the same.
    pub(crate) account: String,
    /// What it may do now.
    pub(crate) role: Role,
    /// Whom the tokens belong to that it makes.
    pub(crate) owner: String,
    /// Whether it is an account of the portal, with a password here. If not, a provider signs it in.
    pub(crate) is_local: bool,
    /// The token that each form of this session carries.
    pub(crate) csrf: String,
    /// Binds a consent to this session: random, and different from the cookie.
    pub(crate) binding: String,
    /// When it was signed in.
    since: i64,
}

#[cfg(test)]
impl Signed {
    /// An analyst called ada.
    pub(crate) fn sample() -> Self {
        Self {
            account: "ada".to_owned(),
            role: Role::Analyst,
            owner: "ada".to_owned(),
            is_local: true,
            csrf: String::new(),
            binding: String::new(),
            since: 0,
        }
    }
}

/// What a session keeps of who signed in. The role is looked up at each request.
#[derive(Serialize, Deserialize)]
struct Kept {
    who: Who,
    csrf: String,
    binding: String,
    since: i64,
}

#[derive(Serialize, Deserialize)]
enum Who {
    /// An account of the portal.
    Account {
        name: String,
        /// A digest of the password's hash: a new password ends the sessions of the old one.
        stamp: String,
    },
    /// Somebody whom a provider signed in.
    Visitor {
        /// What tells it from all others.
        identity: String,
        /// How the audit log names it.
        name: String,
    },
}

/// The name of the cookie. Cookies belong to a host, not a port (RFC 6265, 8.5), so it contains the port: otherwise two portals on one host
/// would replace each other's sessions.
pub(crate) fn cookie_name(secure: bool, port: Option<u16>) -> String {
    // The prefix makes browsers refuse the cookie from anywhere but this host, over TLS (RFC 6265bis, 4.1.3.2).
    let prefix = if secure { "__Host-" } else { "" };
    match port {
        Some(port) => format!("{prefix}collector-{port}"),
        None => format!("{prefix}collector"),
    }
}

/// The layer that finds the session of a request.
pub(crate) fn layer(secure: bool, port: Option<u16>) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions::default())
        .with_name(cookie_name(secure, port))
        .with_http_only(true)
        // Not strict: the consent page returns by a navigation from another site.
        .with_same_site(SameSite::Lax)
        .with_secure(secure)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(IDLE))
}

/// Signs an account in. The session gets a new id, so that a cookie planted earlier is useless.
pub(crate) async fn sign_in(session: &Session, account: &Account) -> Result<(), session::Error> {
    let who = Who::Account {
        name: account.name.clone(),
        stamp: stamp(&account.password_hash),
    };
    begin(session, who).await
}

/// Signs somebody in whom a provider named. The same holds.
pub(crate) async fn sign_in_visitor(
    session: &Session,
    identity: &str,
    name: &str,
) -> Result<(), session::Error> {
    let who = Who::Visitor {
        identity: identity.to_owned(),
        name: name.to_owned(),
    };
    begin(session, who).await
}

async fn begin(session: &Session, who: Who) -> Result<(), session::Error> {
    session.cycle_id().await?;
    let kept = Kept {
        who,
        csrf: random(),
        binding: random(),
        since: now(),
    };
    session.insert(SIGNED, kept).await
}

/// Whoever is signed in, if the account still exists with the same password (or the provider's last word was a role), and the session is not
/// too old.
pub(crate) async fn signed(backend: &dyn Backend, session: &Session) -> Result<Option<Signed>, Fault> {
    let Some(kept) = session.get::<Kept>(SIGNED).await? else {
        return Ok(None);
    };
    let signed = match left(kept.since, now()) {
        Some(_) => known(backend, kept).await?,
        None => None,
    };
    if signed.is_none() {
        session.flush().await?;
    }
    Ok(signed)
}

async fn known(backend: &dyn Backend, kept: Kept) -> Result<Option<Signed>, Fault> {
    let Kept {
        who,
        csrf,
        binding,
        since,
    } = kept;
    let (account, owner, role, is_local) = match who {
        Who::Account { name, stamp: kept } => {
            let accounts = backend.accounts().await?;
            let same = |account: &&Account| account.name == name && stamp(&account.password_hash) == kept;
            let role = accounts.iter().find(same).map(|account| account.role);
            (name.clone(), name, role, true)
        }
        Who::Visitor { identity, name } => {
            let role = backend.visitor(&identity).await?;
            (name, identity, role, false)
        }
    };
    Ok(role.map(|role| Signed {
        account,
        role,
        owner,
        is_local,
        csrf,
        binding,
        since,
    }))
}

/// Counts a request as use of the session.
pub(crate) fn touch(session: &Session, signed: &Signed) {
    if let Some(left) = left(signed.since, now()) {
        session.set_expiry(Some(Expiry::OnInactivity(left.min(IDLE))));
    }
}

/// The remaining life of a session; `None` if it is over.
fn left(since: i64, now: i64) -> Option<Duration> {
    let left = LONGEST - Duration::seconds(now.saturating_sub(since).max(0));
    left.is_positive().then_some(left)
}

/// Keeps a notice for the next page.
pub(crate) async fn notify(session: &Session, notice: impl Into<String>) -> Result<(), session::Error> {
    session.insert(NOTICE, notice.into()).await
}

/// Takes the notice for this page.
pub(crate) async fn take_notice(session: &Session) -> Result<Option<String>, session::Error> {
    take(session, NOTICE).await
}

/// Has the next page of a draft question its client secret.
pub(crate) async fn doubt(session: &Session, draft: &str) -> Result<(), session::Error> {
    session.insert(DOUBT, draft).await
}

/// Takes the draft whose client secret this page questions.
pub(crate) async fn take_doubt(session: &Session) -> Result<Option<String>, session::Error> {
    take(session, DOUBT).await
}

/// Keeps whether the client secret of a draft is to be questioned once nothing else is wrong.
pub(crate) async fn suspect(
    session: &Session,
    draft: &str,
    is_suspected: bool,
) -> Result<(), session::Error> {
    let key = format!("{DOUBT} {draft}");
    match is_suspected {
        true => session.insert(&key, true).await,
        false => session.remove_value(&key).await.map(drop),
    }
}

/// Whether the client secret of a draft is still to be questioned.
pub(crate) async fn is_suspected(session: &Session, draft: &str) -> Result<bool, session::Error> {
    Ok(session.get_value(&format!("{DOUBT} {draft}")).await?.is_some())
}

async fn take(session: &Session, key: &str) -> Result<Option<String>, session::Error> {
    if session.get_value(key).await?.is_none() {
        return Ok(None);
    }
    session.remove(key).await
}

/// 256 random bits.
pub(crate) fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

fn stamp(password_hash: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(password_hash))
}

/// The sessions, in memory and bounded. (The store that comes with the crate keeps expired sessions for ever.)
#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<HashMap<Id, Record>>>);

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Record>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins the keys under which a request has what it found.
const READ: &str = "read ";

/// The key under which a request has what it found under another key: so that saving can tell whether it changed that.
fn as_read(key: &str) -> String {
    format!("{READ}{key}")
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let mut sessions = self.lock();
        let now = OffsetDateTime::now_utc();
        sessions.retain(|_, record| record.expiry_date > now);
        while sessions.len() >= SESSIONS {
            let first = sessions.values().min_by_key(|record| record.expiry_date);
            let Some(id) = first.map(|record| record.id) else {
                break;
            };
            sessions.remove(&id);
        }
        while sessions.contains_key(&record.id) {
            record.id = Id::default();
        }
        let mut record = record.clone();
        record.data.retain(|key, _| !key.starts_with(READ));
        sessions.insert(record.id, record);
        Ok(())
    }

    /// Saves only existing sessions, so that a request that was under way at a sign-out does not undo it. What another request left meanwhile stays,
    /// unless this one left or took something itself.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        if let Some(kept) = self.lock().get_mut(&record.id) {
            let mut record = record.clone();
            for key in LEFT {
                let read = record.data.remove(&as_read(key));
                if record.data.get(key) == read.as_ref() {
                    record.data.remove(key);
                    let left = kept.data.remove(key);
                    record.data.extend(left.map(|left| (key.to_owned(), left)));
                }
            }
            *kept = record;
        }
        Ok(())
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let now = OffsetDateTime::now_utc();
        let found = self.lock().get(id).cloned();
        Ok(found.filter(|record| record.expiry_date > now).map(|mut record| {
            for key in LEFT {
                let left = record.data.get(key).cloned();
                record.data.extend(left.map(|left| (as_read(key), left)));
            }
            record
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.lock().remove(id);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(minutes: i64) -> Record {
        Record {
            id: Id::default(),
            data: HashMap::default(),
            expiry_date: OffsetDateTime::now_utc() + Duration::minutes(minutes),
        }
    }

    #[test]
    fn a_session_ends_twelve_hours_after_the_sign_in_used_or_not() {
        let hour = 3_600;
        assert_eq!(left(0, 0), Some(Duration::hours(12)));
        assert_eq!(left(0, 12 * hour - 60), Some(Duration::minutes(1)));
        assert_eq!(left(0, 12 * hour), None);
        assert_eq!(left(0, 13 * hour), None);
        // A clock that is set back makes no session longer.
        assert_eq!(left(1_000, 0), Some(Duration::hours(12)));
    }

    #[tokio::test]
    async fn an_expired_session_is_not_found_and_swept() {
        let sessions = Sessions::default();
        let (mut old, mut new) = (record(-1), record(30));
        sessions.create(&mut old).await.unwrap();
        assert_eq!(sessions.load(&old.id).await.unwrap(), None);
        sessions.create(&mut new).await.unwrap();
        assert_eq!(sessions.lock().len(), 1);
        assert_eq!(sessions.load(&new.id).await.unwrap(), Some(new));
    }

    #[tokio::test]
    async fn one_session_too_many_ends_the_one_that_would_end_first() {
        let sessions = Sessions::default();
        let mut first = record(1);
        sessions.create(&mut first).await.unwrap();
        for _ in 0..SESSIONS {
            sessions.create(&mut record(30)).await.unwrap();
        }
        assert_eq!(sessions.lock().len(), SESSIONS);
        assert_eq!(sessions.load(&first.id).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_one_request_leaves_is_not_lost_by_another_that_began_before() {
        let sessions = Sessions::default();
        let mut begun = record(30);
        sessions.create(&mut begun).await.unwrap();
        let load = async || sessions.load(&begun.id).await.unwrap().unwrap();
        let notice = || Some(serde_json::Value::from("Details saved."));
        let (slow, mut saving) = (load().await, load().await);
        saving
            .data
            .extend(notice().map(|notice| (NOTICE.to_owned(), notice)));
        sessions.save(&saving).await.unwrap();
        sessions.save(&slow).await.unwrap();
        assert_eq!(load().await.data.get(NOTICE), notice().as_ref());
        // Whoever takes it, takes it for all: one that began before does not bring it back.
        let (slow, mut taking) = (load().await, load().await);
        taking.data.remove(NOTICE);
        sessions.save(&taking).await.unwrap();
        sessions.save(&slow).await.unwrap();
        assert_eq!(load().await.data.get(NOTICE), None);
    }

    #[tokio::test]
    async fn a_request_that_was_under_way_does_not_bring_a_session_back() {
        let sessions = Sessions::default();
        let mut ended = record(30);
        sessions.create(&mut ended).await.unwrap();
        sessions.delete(&ended.id).await.unwrap();
        sessions.save(&ended).await.unwrap();
        assert_eq!(sessions.load(&ended.id).await.unwrap(), None);
    }
}
