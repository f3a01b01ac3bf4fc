//! Tests that foreign software works against the simulator: clients of Microsoft Graph, MSAL, Microsoft's types and schema.

mod answers;
mod installed;
mod msal;
mod readers;
mod requests;
