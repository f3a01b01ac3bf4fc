//! Collecting: a source is made ready, then a pass reads its rooms through the sandbox and stores what it collects.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`connectors`] | the plugin directory: which version of each connector the next pass uses |
//! | [`configured`] | what an administrator configured for a source |
//! | [`source`] | a source made ready: finds everything that must be corrected in its configuration |
//! | [`pass`] | one collection of a source |
//! | [`validation`] | tries everything that a pass needs |
//! | [`consent`] | what to believe of a consent page's answer |
//! | [`expiry`] | when a certificate or a refresh token ends |

pub mod configured;
pub mod connectors;
pub mod consent;
pub mod expiry;
pub mod pass;
pub mod source;
pub mod validation;
