//! Power flow on the 33-bus feeder, and the dispatcher's check.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test")]

mod common;

use common::{random, tests_file};
use rules::grid::{Branch, Feeder, GridCheck, Headroom, Load, VoltageBand};
use serde_json::Value;

/// What a branch may carry where a test does not care, W.
const AMPLE: u32 = 10_000_000;

fn case33bw() -> (Value, Vec<Branch>, Vec<Load>) {
    let text = std::fs::read_to_string(tests_file("vectors/feeder-case33bw.json")).unwrap();
    let case: Value = serde_json::from_str(&text).unwrap();
    let rows = |field: &str| -> Vec<Vec<u32>> { serde_json::from_value(case[field].clone()).unwrap() };
    let branches = rows("branches_from_to_r_uohm_x_uohm");
    let branches = branches.iter().map(|row| Branch {
        from: row[0],
        to: row[1],
        resistance_uohm: row[2],
        reactance_uohm: row[3],
        limit_w: AMPLE,
    });
    let loads = rows("loads_bus_w_var");
    let loads =
        loads.iter().map(|row| Load { point: row[0], active_w: -i64::from(row[1]), reactive_var: -i64::from(row[2]) });
    let (branches, loads) = (branches.collect(), loads.collect());
    (case, branches, loads)
}

#[test]
fn case33bw_has_the_flows_and_voltages_of_the_reference() {
    let (case, branches, loads) = case33bw();
    let feeder = Feeder::new(0, 12_660, &branches).unwrap();
    let flows = feeder.flows(&loads).unwrap();
    assert_eq!(feeder.active_power(&flows, 0), Some(3_715_000), "all loads together");
    let lowest = feeder.points().min_by_key(|point| feeder.squared_voltage(&flows, *point)).unwrap();
    assert_eq!(u64::from(lowest), case["lindistflow"]["at_bus"]);
    // (v - 1/2)² <= U / U_source < (v + 1/2)², in ppm, doubled to stay whole.
    let twice = 2 * i128::from(case["lindistflow"]["lowest_voltage_ppm"].as_i64().unwrap());
    let squared = feeder.squared_voltage(&flows, lowest).unwrap() * 4_000_000_000_000 / feeder.squared_source_voltage();
    assert!(((twice - 1).pow(2)..(twice + 1).pow(2)).contains(&squared), "{squared}");
}

#[test]
fn a_trade_is_cut_where_a_branch_is_full() {
    let branch = |from, to, limit_w| Branch { from, to, resistance_uohm: 100, reactance_uohm: 100, limit_w };
    // 0 - 1 - 2
    //      \- 3
    let feeder = Feeder::new(0, 10_000, &[branch(0, 1, 50), branch(1, 2, 100), branch(3, 1, 70)]).unwrap();
    let mut grid = Headroom::new(feeder, &[], VoltageBand::default()).unwrap();
    assert_eq!(grid.accept(2, 3, 60), 60, "within");
    assert_eq!(grid.accept(2, 3, 60), 10, "cut in part");
    assert_eq!(grid.accept(2, 3, 60), 0, "refused");
    assert_eq!(grid.accept(2, 0, 60), 30, "the branch of the seller was used by the first trades");
    assert_eq!(grid.accept(3, 2, 60), 60, "the other way round relieves");
    assert_eq!(grid.accept(2, 3, 1_000), 70 + 60 - 70, "what was relieved is there again");
    assert_eq!(grid.accept(9, 2, 1), 0, "a point that is not on the feeder");
    assert_eq!(grid.feeder().active_power(grid.flows(), 1), Some(-30), "from 1 to the source");
}

#[test]
fn a_trade_is_cut_where_a_voltage_leaves_the_band() {
    let branch = Branch { from: 0, to: 1, resistance_uohm: 1_000_000, reactance_uohm: 0, limit_w: AMPLE };
    // U = 10^6 V², the upper end of the band 1.07² of it: 144,900 V² / (2 * 1 ohm) = 72,450 W.
    let feeder = Feeder::new(0, 1_000, &[branch]).unwrap();
    let grid = || Headroom::new(feeder.clone(), &[], VoltageBand::default()).unwrap();
    assert_eq!(grid().accept(1, 0, 1_000_000), 72_450);
    // The lower end: (1 - 0.93²) 10^6 / 2 = 67,550 W.
    assert_eq!(grid().accept(0, 1, 1_000_000), 67_550);
}

#[test]
fn accepted_trades_keep_every_limit_and_add_up_to_the_flows() {
    let mut random = random("grid");
    let (_, mut branches, mut loads) = case33bw();
    for branch in &mut branches {
        branch.limit_w = 4_000_000;
    }
    let feeder = Feeder::new(0, 12_660, &branches).unwrap();
    let band = VoltageBand { low_ppm: 910_000, high_ppm: 1_050_000 };
    let mut grid = Headroom::new(feeder.clone(), &loads, band).unwrap();
    let mut cut = 0;
    for _ in 0..500 {
        let point = |random: &mut rules::generator::SplitMix64| u32::try_from(random.below(33)).unwrap();
        let (seller, buyer, volume) = (point(&mut random), point(&mut random), 1 + random.below(2_000_000));
        let accepted = grid.accept(seller, buyer, volume);
        cut += usize::from(accepted < volume);
        let load = |point, active_w| Load { point, active_w, reactive_var: 0 };
        loads.extend([load(seller, accepted.cast_signed()), load(buyer, -accepted.cast_signed())]);
        let anew = feeder.flows(&loads).unwrap();
        assert_eq!(*grid.flows(), anew, "flows kept step by step are those computed anew");
        for point in feeder.points() {
            let voltage = feeder.squared_voltage(&anew, point).unwrap();
            let ppm = |ppm: i128| feeder.squared_source_voltage() * ppm.pow(2) / 1_000_000_000_000;
            assert!((ppm(910_000)..=ppm(1_050_000)).contains(&voltage));
            assert!(feeder.active_power(&anew, point).unwrap().abs() <= 4_000_000);
        }
    }
    assert!((10..490).contains(&cut), "{cut} of 500 trades were cut");
}

#[test]
fn only_radial_feeders_are_accepted() {
    let branch = |from, to| Branch { from, to, resistance_uohm: 1, reactance_uohm: 1, limit_w: 1 };
    let code = |branches: &[Branch]| Feeder::new(0, 1_000, branches).unwrap_err().code();
    assert_eq!(code(&[branch(0, 1), branch(1, 2), branch(2, 0)]), "FEEDER_LOOP");
    assert_eq!(code(&[branch(0, 1), branch(0, 1)]), "FEEDER_LOOP");
    assert_eq!(code(&[branch(0, 0)]), "FEEDER_LOOP");
    assert_eq!(code(&[branch(0, 1), branch(2, 3)]), "FEEDER_DISCONNECTED");
    let feeder = Feeder::new(0, 1_000, &[branch(0, 1)]).unwrap();
    let unknown = feeder.flows(&[Load { point: 7, active_w: 1, reactive_var: 0 }]);
    assert_eq!(unknown.unwrap_err().code(), "FEEDER_UNKNOWN_POINT");
}
