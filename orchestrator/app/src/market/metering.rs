//! Devices and their readings.

use super::{Market, PAGE, json};
use crate::Error;
use exchange::messages::{Device, DevicePage, MeterReading, Reading, ReadingPage, ReadingsRecorded};

impl Market {
    /// Registers devices. By the grid company.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn register_devices(&self, devices: &[Device], at_ns: u64) -> Result<(), Error> {
        self.submit(&self.grid_company, "register_devices", &[json(&devices)], at_ns).await.map(|_| ())
    }

    /// All devices, in the order of their identifiers.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn devices(&self) -> Result<Vec<Device>, Error> {
        let mut devices = Vec::new();
        let mut from = String::new();
        loop {
            let page: DevicePage = self.read(&self.trading_centre, "devices", &[from, PAGE.to_string()]).await?;
            devices.extend(page.devices);
            if page.next.is_empty() {
                return Ok(devices);
            }
            from = page.next;
        }
    }

    /// Records meter readings; what is recorded already changes nothing. By the grid company.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn record_readings(&self, readings: &[MeterReading], at_ns: u64) -> Result<ReadingsRecorded, Error> {
        self.ask(&self.grid_company, "record_readings", &[json(&readings)], at_ns).await
    }

    /// The readings of all devices whose intervals begin at this moment, in their latest versions.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn readings_at(&self, start_ns: u64) -> Result<Vec<Reading>, Error> {
        self.read(&self.trading_centre, "readings_at", &[start_ns.to_string()]).await
    }

    /// A device's readings by interval, in their latest versions.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn readings(&self, device: &str) -> Result<Vec<Reading>, Error> {
        let mut readings = Vec::new();
        let mut from = String::new();
        loop {
            let arguments = [device.to_owned(), from, PAGE.to_string()];
            let page: ReadingPage = self.read(&self.trading_centre, "readings", &arguments).await?;
            readings.extend(page.readings);
            if page.next.is_empty() {
                return Ok(readings);
            }
            from = page.next;
        }
    }

    /// All versions of a reading, the first one first.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn reading_versions(&self, device: &str, start_ns: u64) -> Result<Vec<Reading>, Error> {
        self.read(&self.trading_centre, "reading_versions", &[device.into(), start_ns.to_string()]).await
    }
}
