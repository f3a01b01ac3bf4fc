//! The state of the running simulator. The routes make answers from it.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use sim::{Clock, Core};

use crate::answer::Answer;
use crate::calendar::Ready;
use crate::call_record_limit::Limits;
use crate::delta::Rounds;
use crate::fault::Fault;
use crate::redirect::Tampering;
use crate::request::Request;
use crate::tenant::Tenant;
use crate::token::Tokens;

/// The state of the simulator.
pub(crate) struct Service {
    /// `http://127.0.0.1:4100`, without a slash at the end.
    pub(crate) origin: String,
    /// The root of the version: `{origin}/v1.0`.
    pub(crate) base: String,
    tenant: RwLock<Tenant>,
    pub(crate) ready: Ready,
    pub(crate) rounds: Rounds,
    pub(crate) call_limits: Limits,
    pub(crate) clock: Arc<Clock>,
    pub(crate) tokens: Tokens,
    pub(crate) tampering: Tampering,
    pub(crate) core: Arc<Core<Fault>>,
}

impl Service {
    pub(crate) fn new(origin: &str, tenant: Tenant, core: Arc<Core<Fault>>) -> Self {
        let clock = Arc::clone(&core.clock);
        Self {
            base: format!("{origin}/v1.0"),
            origin: origin.to_owned(),
            tenant: RwLock::new(tenant),
            ready: Ready::default(),
            rounds: Rounds::default(),
            call_limits: Limits::default(),
            tokens: Tokens::new(Arc::clone(&clock)),
            clock,
            tampering: Tampering::default(),
            core,
        }
    }

    pub(crate) fn tenant(&self) -> RwLockReadGuard<'_, Tenant> {
        self.tenant.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tenant_mut(&self) -> RwLockWriteGuard<'_, Tenant> {
        self.tenant.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets the pages written for the former tenant.
    pub(crate) fn tenant_changed(&self) {
        self.ready.clear();
    }

    /// The answer of the request's fault, or the real one if the fault lets it through.
    pub(crate) fn answer(&self, request: &Request, real: impl FnOnce() -> Answer) -> Answer {
        let fault = request.fault.as_ref();
        if matches!(fault, Some(Fault::ExpiredToken | Fault::InvalidToken)) {
            self.tokens.revoke_that_of(request);
        }
        let answer = fault.and_then(Fault::answer).unwrap_or_else(real);
        match fault {
            Some(Fault::SlowStart(delay)) => {
                let whole = answer.delay + *delay;
                answer.after(whole)
            }
            Some(Fault::Impatience(patience)) if answer.delay > *patience => {
                Answer::empty(504).after(*patience)
            }
            _ => answer,
        }
    }
}
