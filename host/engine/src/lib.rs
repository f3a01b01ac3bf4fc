//! Collecting: a source is made ready, a pass reads its rooms through the sandbox and stores what came in.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`connectors`] | the plugin directory: which version of each connector the next pass uses |
//! | [`configured`] | what an administrator configured of a source |
//! | [`source`] | a source made ready: whatever has to be mended in its configuration is found here |
//! | [`pass`] | one collection of a source |
//! | [`validation`] | tries everything that a pass needs |
//! | [`consent`] | what is believed of a consent page's answer |
//! | [`expiry`] | when a certificate ends |

pub mod configured;
pub mod connectors;
pub mod consent;
pub mod expiry;
pub mod pass;
pub mod source;
pub mod validation;
