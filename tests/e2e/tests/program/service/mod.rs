//! `collector run`: what an operator installs once and forgets.

#[cfg(unix)]
mod back_in_time;
mod connectors;
mod credentials;
mod delivery;
mod disk;
#[cfg(unix)]
mod everywhere;
#[cfg(unix)]
mod ghosts;
#[cfg(unix)]
mod hostile_files;
mod insights;
mod isolation;
mod lifecycle;
mod parquet;
mod pipe;
mod privacy;
mod refusals;
mod reload;
mod scale;
mod served;
mod silent_reader;
mod usage_push;
mod weekly;
