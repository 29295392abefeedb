//! Contract: the workloads of ledger benchmarks.
