//! What takes long because it is done again and again. It comes first, so that it does not run alone at the end.

mod kills;
mod updates;
