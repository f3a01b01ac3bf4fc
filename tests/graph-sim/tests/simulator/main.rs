//! Tests that the simulator behaves like Microsoft Graph and its login service.

#[cfg(test)]
mod batch;
#[cfg(test)]
mod calendar;
#[cfg(test)]
mod call_records;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod common;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod delta;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod login;
#[cfg(test)]
mod places;
#[cfg(test)]
mod program;
