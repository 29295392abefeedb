//! What is in a data folder, so that a run goes on only with its own day.

use crate::exit::WrongInput;
use agents::day::Participant;
use anyhow::{Context, Result};
use app::plan::{Configuration, Plan};
use serde::{Deserialize, Serialize};
use std::{fs, io::ErrorKind, path::Path};

/// The file that says which day a data folder holds.
const FILE: &str = "demo.json";

/// What a run depends on.
#[derive(PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) day: String,
    pub(crate) seed: u64,
    pub(crate) configuration: String,
}

impl Run {
    /// The run that a data folder holds; none if it is not a demo's.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(folder.join(FILE)).ok()?).ok()
    }

    /// The day's plan, and who takes part.
    pub(crate) fn plan(&self) -> Result<(Plan, Vec<Participant>)> {
        let Self { day, seed, configuration } = self;
        let participants = agents::day::participants(day).map_err(|error| WrongInput(error.to_string()))?;
        let wrong_input = |error: app::Error| WrongInput(error.to_string());
        let configuration = Configuration::parse(configuration).map_err(wrong_input)?;
        let plan = Plan::new(configuration, day, &participants, *seed).map_err(wrong_input)?;
        Ok((plan, participants))
    }

    /// Makes the data folder, or finds that it holds this run. True if there is something to go on with.
    pub(crate) fn prepare(&self, folder: &Path, fresh: bool) -> Result<bool> {
        let file = folder.join(FILE);
        match fs::read_to_string(&file) {
            Ok(text) if fresh => {
                // Only a folder that a demo has made is ever deleted.
                serde_json::from_str::<Self>(&text).map_err(|_| foreign(folder))?;
                fs::remove_dir_all(folder).with_context(|| format!("cannot delete {}", folder.display()))?;
            }
            Ok(text) => {
                let found: Self = serde_json::from_str(&text).map_err(|_| foreign(folder))?;
                if found != *self {
                    let Self { day, seed, .. } = found;
                    return Err(WrongInput(format!(
                        "{} holds the day {day} with seed {seed}{}: name another folder with --data-dir, or delete it with --fresh",
                        folder.display(),
                        if (&day, seed) == (&self.day, self.seed) { " under another configuration" } else { "" },
                    ))
                    .into());
                }
                return Ok(true);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
                    return Err(foreign(folder).into());
                }
            }
            Err(error) => return Err(WrongInput(format!("cannot read {}: {error}", file.display())).into()),
        }
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::write(&file, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        Ok(false)
    }
}

fn foreign(folder: &Path) -> WrongInput {
    WrongInput(format!("{} holds something else than a demo: name another folder with --data-dir", folder.display()))
}
