//! The grid that the members of a day are connected to: lines and transformers, as it is switched.
//!
//! Source: SimBench grid MV1.101; `data/NOTICE.md` has the licence, `data/extract.py` made the file and says how.

use crate::day::DayError;

/// The connection point that feeds the grid: the 110 kV busbar of its substation.
pub const SOURCE_POINT: u32 = 0;

const FILE: &str = "grid.csv";
const BRANCHES: &str = include_str!("../data/grid.csv");

/// A line or transformer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridBranch {
    /// Its name in SimBench.
    pub name: &'static str,
    /// The connection point at one end.
    pub from: u32,
    /// The connection point at the other end.
    pub to: u32,
    /// Resistance at 20 kV, µΩ.
    pub resistance_uohm: u32,
    /// Reactance at 20 kV, µΩ.
    pub reactance_uohm: u32,
    /// The largest power at 20 kV and unity power factor, W.
    pub limit_w: u32,
}

/// All branches of the grid.
///
/// # Errors
/// [`DayError::Damaged`]: the file in the program is.
pub fn branches() -> Result<Vec<GridBranch>, DayError> {
    let rows = BRANCHES.lines().enumerate().skip(1);
    rows.map(|(index, row)| {
        branch(row).ok_or_else(|| DayError::Damaged {
            file: FILE.to_owned(),
            line: index + 1,
            what: "a branch has a name and five whole numbers",
        })
    })
    .collect()
}

fn branch(row: &'static str) -> Option<GridBranch> {
    let (name, numbers) = row.split_once(',')?;
    let numbers: Vec<u32> = numbers.split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [from, to, resistance_uohm, reactance_uohm, limit_w] = numbers[..] else { return None };
    Some(GridBranch { name, from, to, resistance_uohm, reactance_uohm, limit_w })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day;
    use rules::grid::{Branch, Feeder};
    use std::collections::BTreeSet;

    #[test]
    fn every_member_is_connected_to_the_radial_grid() {
        let branches = branches().unwrap().into_iter().map(|branch| {
            let GridBranch { from, to, resistance_uohm, reactance_uohm, limit_w, .. } = branch;
            Branch { from, to, resistance_uohm, reactance_uohm, limit_w }
        });
        let feeder = Feeder::new(SOURCE_POINT, 20_500, &branches.collect::<Vec<_>>()).unwrap();
        let points: BTreeSet<u32> = feeder.points().collect();
        let members = day::participants("2016-07-02").unwrap();
        assert!(members.iter().all(|member| points.contains(&member.point)));
    }

    /// SimBench's Line 1 has 0.3 km of 0.443 + j 0.132 ohm/km and carries 220 A.
    #[test]
    fn a_branch_is_what_its_data_sheet_says() {
        let line = branches().unwrap().into_iter().find(|branch| branch.name == "Line 1").unwrap();
        assert_eq!((line.from, line.to), (1, 4));
        assert_eq!((line.resistance_uohm, line.reactance_uohm, line.limit_w), (132_900, 39_600, 7_621_023));
    }
}
