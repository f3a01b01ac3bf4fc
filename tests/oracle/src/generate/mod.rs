//! Worlds that hit the corners.
