use super::{Decimal, document, names};

document! {
    /// An argument of `register_devices`, and `exchange` device.
    pub(in crate::market) struct Device {
        pub(in crate::market) device: String,
        pub(in crate::market) member: String,
        pub(in crate::market) generation: Option<Generation>,
        pub(in crate::market) capacity_w: Decimal<u64>,
        pub(in crate::market) point: u32,
        pub(in crate::market) interval_s: u32,
        pub(in crate::market) zone: String,
        pub(in crate::market) commissioned_ns: Decimal<u64>,
    }
}

document! {
    /// What a device generates from.
    pub(in crate::market) struct Generation {
        pub(in crate::market) carrier: Carrier,
        pub(in crate::market) technology: String,
        pub(in crate::market) project_code: String,
        pub(in crate::market) emission_g_per_mwh: Decimal<u64>,
    }
}

names! {
    /// Energy carriers.
    "SCREAMING_SNAKE_CASE" enum Carrier { Wind, Solar, Hydro, Biomass, Geothermal, Ocean }
}

document! {
    /// An argument of `record_readings`.
    pub(in crate::market) struct MeterReading {
        pub(in crate::market) device: String,
        pub(in crate::market) start_ns: Decimal<u64>,
        pub(in crate::market) energy_wh: Decimal<u64>,
        pub(in crate::market) evidence_hash: String,
    }
}

document! {
    /// `exchange` reading.
    pub(in crate::market) struct Reading {
        pub(in crate::market) device: String,
        pub(in crate::market) start_ns: Decimal<u64>,
        pub(in crate::market) version: u32,
        pub(in crate::market) energy_wh: Decimal<u64>,
        pub(in crate::market) evidence_hash: String,
        pub(in crate::market) recorded_ns: Decimal<u64>,
    }
}

document! {
    /// `devices_registered`.
    pub(in crate::market) struct DevicesRegistered {
        pub(in crate::market) devices: Vec<String>,
    }
}

document! {
    /// `readings_recorded`.
    pub(in crate::market) struct ReadingsRecorded {
        pub(in crate::market) readings: Vec<ReadingName>,
    }
}

document! {
    /// A version of a reading.
    pub(in crate::market) struct ReadingName {
        pub(in crate::market) device: String,
        pub(in crate::market) start_ns: Decimal<u64>,
        pub(in crate::market) version: u32,
    }
}
