//! Acceptance tests of the store with a server of their own (`tests/servers.sh` installs it), and with two members wherever two can meet.

mod acceptance;
mod claims;
mod collected;
mod fences;
mod kit;
mod numbers;
mod opening;
mod pooled;
mod records;
mod refills;
mod rules;
mod slices;
mod stalls;
