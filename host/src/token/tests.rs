//! Tokens against a scripted login server.
