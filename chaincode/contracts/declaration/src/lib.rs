//! Contract: members' signed declarations.
