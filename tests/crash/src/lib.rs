//! Kills a network at random moments and checks that nothing is lost.
