//! The market's rules: pure, integer, deterministic.
