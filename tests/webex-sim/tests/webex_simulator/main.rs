//! Tests that the simulator behaves like the Webex API.

#[cfg(test)]
mod common;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod places;
#[cfg(test)]
mod program;
#[cfg(test)]
mod tokens;
