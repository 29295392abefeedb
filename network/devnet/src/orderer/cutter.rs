//! Cuts the stream of transactions into blocks by Fabric's rules: number, bytes and (with a timer outside) time.

use crate::config::Batch;

/// A transaction on its way into a block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The encoded envelope.
    pub(super) envelope: Vec<u8>,
    /// Bytes of payload and signature, which is what Fabric counts.
    pub(super) weight: u32,
}

/// The envelopes of a block to be.
pub(super) type Cut = Vec<Vec<u8>>;

/// Collects messages until a block is full.
pub(super) struct Cutter {
    batch: Batch,
    pending: Cut,
    pending_bytes: u32,
}

impl Cutter {
    pub(super) fn new(batch: Batch) -> Self {
        Self { batch, pending: Vec::new(), pending_bytes: 0 }
    }

    /// Takes a message and returns the blocks that it completes, at most two.
    pub(super) fn push(&mut self, message: Message) -> Vec<Cut> {
        let mut cuts = Vec::new();
        if message.weight > self.batch.preferred_max_bytes {
            cuts.extend(self.cut());
            cuts.push(vec![message.envelope]);
            return cuts;
        }
        if self.pending_bytes.saturating_add(message.weight) > self.batch.preferred_max_bytes {
            cuts.extend(self.cut());
        }
        self.pending.push(message.envelope);
        self.pending_bytes += message.weight;
        if self.pending.len() >= self.batch.max_message_count as usize {
            cuts.extend(self.cut());
        }
        cuts
    }

    /// Whether messages wait for their block.
    pub(super) fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Ends the block that is being filled, if there is one.
    pub(super) fn cut(&mut self) -> Option<Cut> {
        self.pending_bytes = 0;
        Some(std::mem::take(&mut self.pending)).filter(|cut| !cut.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cutter() -> Cutter {
        Cutter::new(Batch { max_message_count: 3, absolute_max_bytes: 1000, preferred_max_bytes: 100, timeout_ms: 1 })
    }

    fn push(cutter: &mut Cutter, name: u8, weight: u32) -> Vec<Vec<u8>> {
        cutter.push(Message { envelope: vec![name], weight }).into_iter().map(|cut| cut.concat()).collect()
    }

    #[test]
    fn cuts_by_count() {
        let mut cutter = cutter();
        assert!(push(&mut cutter, 1, 1).is_empty());
        assert!(push(&mut cutter, 2, 1).is_empty());
        assert_eq!(push(&mut cutter, 3, 1), [[1, 2, 3]]);
        assert!(!cutter.is_pending());
    }

    #[test]
    fn cuts_before_the_preferred_size_is_exceeded() {
        let mut cutter = cutter();
        assert!(push(&mut cutter, 1, 60).is_empty());
        assert_eq!(push(&mut cutter, 2, 41), [[1]]);
        assert!(cutter.is_pending());
        assert!(push(&mut cutter, 3, 59).is_empty(), "exactly the preferred size still fits");
        assert_eq!(cutter.cut(), Some(vec![vec![2], vec![3]]));
        assert_eq!(cutter.cut(), None);
    }

    #[test]
    fn an_oversized_message_is_alone() {
        let mut cutter = cutter();
        assert_eq!(push(&mut cutter, 1, 101), [[1]]);
        assert!(push(&mut cutter, 2, 1).is_empty());
        assert_eq!(push(&mut cutter, 3, 101), [[2], [3]]);
        assert!(!cutter.is_pending());
    }
}
