//! Nothing but a place for the benchmarks in `benches`: cargo asks every package for a library or a program.
