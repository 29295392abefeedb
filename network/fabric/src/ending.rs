use std::ops::{Deref, DerefMut};

use crate::network::Network;

/// A network that ends with the value, for programs that bring one up for themselves.
#[derive(Debug)]
pub struct Ending(Network);

impl From<Network> for Ending {
    fn from(network: Network) -> Self {
        Self(network)
    }
}

impl Deref for Ending {
    type Target = Network;

    fn deref(&self) -> &Network {
        &self.0
    }
}

impl DerefMut for Ending {
    fn deref_mut(&mut self) -> &mut Network {
        &mut self.0
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        // Nobody is left to tell; `status` and `down` still find what runs.
        let _ = self.0.down();
    }
}
