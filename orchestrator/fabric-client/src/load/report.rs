//! The report of a run.

use super::measurement::{Figures, Sample};
use super::options::Options;
use super::process::Load;
use super::series::Series;
use serde::Serialize;

/// What a run measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The load.
    pub options: Options,
    /// All processes together.
    pub total: Figures,
    /// Each of them.
    pub processes: Vec<ProcessFigures>,
    /// When each one ended and how long it took, for pictures.
    #[serde(skip)]
    pub series: Series,
}

/// What one process measured.
#[derive(Debug, Clone, Serialize)]
pub struct ProcessFigures {
    /// Its organization.
    pub organization: String,
    /// The organizations that endorsed or evaluated for it, by MSP id; none: the gateway's choice.
    pub endorsers: Vec<String>,
    /// What it measured.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The samples of one process.
pub(super) struct Measured {
    pub(super) organization: String,
    pub(super) endorsers: Vec<String>,
    pub(super) samples: Vec<Sample>,
}

impl Report {
    pub(super) fn new(load: &Load, measured: &[Measured]) -> Self {
        let processes = measured.iter().map(|process| ProcessFigures {
            organization: process.organization.clone(),
            endorsers: process.endorsers.clone(),
            figures: Figures::of(process.samples.iter()),
        });
        Report {
            options: load.options.clone(),
            total: Figures::of(measured.iter().flat_map(|process| &process.samples)),
            processes: processes.collect(),
            series: Series::of(measured.iter().flat_map(|process| &process.samples)),
        }
    }
}
