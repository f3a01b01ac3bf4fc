//! The routes of the pages. A test asks for the paths, to walk all of them as each role: the router itself does not tell them.

use std::sync::Arc;

use axum::Router;
use axum::routing::MethodRouter;

use crate::portal::Portal;

/// Routes, as [`Router`] takes them.
#[derive(Default)]
pub(crate) struct Routes {
    router: Router<Arc<Portal>>,
    #[cfg(test)]
    pub(crate) paths: Vec<&'static str>,
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a route.
    pub(crate) fn route(mut self, path: &'static str, methods: MethodRouter<Arc<Portal>>) -> Self {
        #[cfg(test)]
        self.paths.push(path);
        self.router = self.router.route(path, methods);
        self
    }

    /// Adds other routes.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        #[cfg(test)]
        self.paths.extend(other.paths);
        self.router = self.router.merge(other.router);
        self
    }

    /// The router of all of them.
    pub(crate) fn into_router(self) -> Router<Arc<Portal>> {
        self.router
    }
}
