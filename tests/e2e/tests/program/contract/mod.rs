//! What tools and people may rely on: output, arguments, exit statuses, and that nothing secret gets out.

mod api;
mod arguments;
mod closed_output;
mod commands;
mod compiled;
mod credentials;
mod described;
mod egress;
pub(crate) mod figures;
mod formats;
mod help;
mod jsonl;
mod outside;
mod parquet;
mod receiving;
mod refresh_token;
mod secrecy;
mod sources;
mod spaces;
mod table;
mod usage;
