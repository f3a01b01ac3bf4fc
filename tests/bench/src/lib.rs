//! Empty. The package holds the benchmarks in `benches`, but cargo requires a library or a program.
