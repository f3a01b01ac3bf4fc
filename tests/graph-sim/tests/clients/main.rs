//! Software that is not ours works against the simulator: clients of Microsoft Graph, MSAL, Microsoft's types and schema.

#[cfg(test)]
mod answers;
#[cfg(test)]
#[path = "../common/mod.rs"]
mod common;
#[cfg(test)]
mod installed;
#[cfg(test)]
mod msal;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod requests;
