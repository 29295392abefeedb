use super::{Decimal, document};

document! {
    /// `anchoring` anchor, and the event `anchored`.
    pub(in crate::market) struct Anchor {
        pub(in crate::market) batch: u32,
        /// In hex.
        pub(in crate::market) root: String,
        pub(in crate::market) records: u32,
        pub(in crate::market) anchored_ns: Decimal<u64>,
    }
}
