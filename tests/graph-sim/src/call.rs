//! A request to Graph with a valid token, and all that a route needs to answer it.

use crate::request::Request;
use crate::tenant::Tenant;
use crate::token::Caller;

#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) tenant: &'a Tenant,
    /// The root of the version, for links.
    pub(crate) base: &'a str,
    pub(crate) caller: &'a Caller,
    pub(crate) request: &'a Request,
}
