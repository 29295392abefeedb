use super::{Decimal, document};

document! {
    /// An argument of `set_feeder`: a radial feeder.
    pub(in crate::market) struct Feeder {
        pub(in crate::market) feeder: String,
        pub(in crate::market) source_point: u32,
        pub(in crate::market) source_voltage_v: u32,
        pub(in crate::market) lowest_voltage_ppm: u32,
        pub(in crate::market) highest_voltage_ppm: u32,
        pub(in crate::market) branches: Vec<Branch>,
        pub(in crate::market) loads: Vec<Load>,
    }
}

document! {
    /// A line or transformer.
    pub(in crate::market) struct Branch {
        pub(in crate::market) from: u32,
        pub(in crate::market) to: u32,
        pub(in crate::market) resistance_uohm: u32,
        pub(in crate::market) reactance_uohm: u32,
        pub(in crate::market) limit_w: u32,
    }
}

document! {
    /// What a point injects (positive) or withdraws.
    pub(in crate::market) struct Load {
        pub(in crate::market) point: u32,
        pub(in crate::market) active_w: Decimal<i64>,
        pub(in crate::market) reactive_var: Decimal<i64>,
    }
}

document! {
    /// `exchange` feeder.
    pub(in crate::market) struct FeederVersion {
        pub(in crate::market) version: u32,
        pub(in crate::market) feeder: Feeder,
    }
}
