use declaration::encoding::Hash;
use fabric_contract_api::message;

/// What moves energy and is metered: a plant, or a consumer's installation.
#[message]
pub struct Device {
    /// Identifier, as for members.
    pub device: String,
    /// The member that it belongs to, and whose settlement its readings go into.
    pub member: String,
    /// What it generates from; none: it consumes.
    pub generation: Option<Generation>,
    /// Rated power, W.
    #[decimal]
    pub capacity_w: u64,
    /// Connection point, one of the member's.
    pub point: u32,
    /// Length of its meter's intervals, seconds: divides an hour. Intervals begin at multiples of it.
    pub interval_s: u32,
    /// Where it is: the bidding zone or supply area.
    pub zone: String,
    /// Commissioning; there is no reading from before.
    #[decimal]
    pub commissioned_ns: u64,
}

/// What a certificate says of the plant.
#[message]
pub struct Generation {
    /// The energy carrier.
    pub carrier: Carrier,
    /// The technology, in words or a code.
    pub technology: String,
    /// 17 digits: the project in the Chinese register (`rules::certificate::ProjectCode`). A project is one device.
    pub project_code: String,
    /// Emission factor, gCO2 per MWh.
    #[decimal]
    pub emission_g_per_mwh: u64,
}

/// Renewable energy carriers.
#[message]
#[derive(Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Carrier {
    /// Wind.
    Wind,
    /// Sun.
    Solar,
    /// Water.
    Hydro,
    /// Biomass.
    Biomass,
    /// Heat of the earth.
    Geothermal,
    /// Tides and waves.
    Ocean,
}

/// A page of devices in the order of their identifiers.
#[message]
pub struct DevicePage {
    /// At most as many as were asked for.
    pub devices: Vec<Device>,
    /// Pass it as `from` to read on; empty when this was the last page.
    pub next: String,
}

/// What the grid company read from a device's meter.
#[message]
pub struct MeterReading {
    /// The device.
    pub device: String,
    /// Start of the interval, a multiple of the device's interval.
    #[decimal]
    pub start_ns: u64,
    /// Energy that it fed in, or drew if it consumes, Wh.
    #[decimal]
    pub energy_wh: u64,
    /// SHA-256 of the evidence: the meter's own record, which stays off chain.
    pub evidence_hash: Hash,
}

/// A reading as it is kept. A correction is a new version; the earlier ones can still be read.
#[message]
pub struct Reading {
    /// The device.
    pub device: String,
    /// Start of the interval.
    #[decimal]
    pub start_ns: u64,
    /// 1 for the first record, one more with every correction.
    pub version: u32,
    /// Energy, Wh.
    #[decimal]
    pub energy_wh: u64,
    /// SHA-256 of the evidence.
    pub evidence_hash: Hash,
    /// When this version was recorded.
    #[decimal]
    pub recorded_ns: u64,
}

/// A page of a device's readings in the order of their intervals.
#[message]
pub struct ReadingPage {
    /// At most as many as were asked for, in their latest version.
    pub readings: Vec<Reading>,
    /// Pass it as `from` to read on; empty when this was the last page.
    pub next: String,
}

/// Names a version of a reading.
#[message]
pub struct ReadingName {
    /// The device.
    pub device: String,
    /// Start of the interval.
    #[decimal]
    pub start_ns: u64,
    /// The version.
    pub version: u32,
}
