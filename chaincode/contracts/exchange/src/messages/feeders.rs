use fabric_contract_api::message;

/// A radial feeder as the dispatcher sets it: what trades are checked against.
#[message]
pub struct Feeder {
    /// Its name.
    pub feeder: String,
    /// The connection point that feeds it.
    pub source_point: u32,
    /// Nominal voltage at the source, V.
    pub source_voltage_v: u32,
    /// Lowest voltage allowed, in millionths of the source's.
    pub lowest_voltage_ppm: u32,
    /// Highest voltage allowed, in millionths of the source's.
    pub highest_voltage_ppm: u32,
    /// Lines and transformers, without loops.
    pub branches: Vec<Branch>,
    /// What flows beside the session's trades.
    pub loads: Vec<Load>,
}

/// A line or transformer between two connection points.
#[message]
#[derive(Copy)]
pub struct Branch {
    /// One end.
    pub from: u32,
    /// The other end.
    pub to: u32,
    /// Resistance, µΩ.
    pub resistance_uohm: u32,
    /// Reactance, µΩ.
    pub reactance_uohm: u32,
    /// Largest active power either way, W.
    pub limit_w: u32,
}

/// What a connection point injects (positive) or withdraws (negative).
#[message]
#[derive(Copy)]
pub struct Load {
    /// The connection point.
    pub point: u32,
    /// Active power, W.
    #[decimal]
    pub active_w: i64,
    /// Reactive power, var.
    #[decimal]
    pub reactive_var: i64,
}

/// A feeder with its version.
#[message]
pub struct FeederVersion {
    /// Counts from 1; sessions keep the one that they were opened with.
    pub version: u32,
    /// The feeder.
    pub feeder: Feeder,
}
