//! Every rule of the figures on a world small enough to be computed by hand.
#![cfg(test)]

mod booked;
mod bucket;
mod coverage;
mod evidence;
mod given;
mod groups;
mod hours;
mod meetings;
mod pressure;
mod rates;
mod verdict;
mod zombies;
