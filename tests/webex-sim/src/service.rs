//! The state of the running simulator.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use sim::Core;

use crate::app::RefreshTokens;
use crate::fault::Fault;
use crate::organization::Organization;
use crate::token::Tokens;

/// The state of the simulator.
pub(crate) struct Service {
    /// `http://127.0.0.1:4100`, without a slash at the end.
    pub(crate) origin: String,
    organization: RwLock<Organization>,
    pub(crate) core: Arc<Core<Fault>>,
    pub(crate) tokens: Tokens,
    pub(crate) refresh: RefreshTokens,
}

impl Service {
    pub(crate) fn new(origin: &str, organization: Organization, core: Arc<Core<Fault>>) -> Self {
        let service = Self {
            origin: origin.to_owned(),
            tokens: Tokens::new(Arc::clone(&core.clock)),
            refresh: RefreshTokens::default(),
            core,
            organization: RwLock::new(organization),
        };
        service.learn(&service.organization());
        service
    }

    pub(crate) fn organization(&self) -> RwLockReadGuard<'_, Organization> {
        self.organization.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn organization_mut(&self) -> RwLockWriteGuard<'_, Organization> {
        self.organization.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns of the tokens of a changed organization.
    pub(crate) fn learn(&self, organization: &Organization) {
        self.tokens.learn(&organization.tokens);
        self.refresh.learn(&organization.apps, self.core.clock.now());
    }
}
