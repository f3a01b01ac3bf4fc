//! Every rule of the figures on a world small enough to be computed by hand.

mod given;
mod verdict;
