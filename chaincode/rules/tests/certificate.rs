//! Energy is conserved: what is certified is in certificates, carried, or owed.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use rules::certificate::{CERTIFICATE_WH, Carry, PARTS_MAX, Part, Range};

#[derive(Clone, Debug)]
enum Step {
    /// A granule is issued, of this energy.
    Issue(u64),
    /// The reading of the granule in this place (modulo their number) is corrected to this energy.
    Correct(usize, u64),
}

fn energy() -> impl Strategy<Value = u64> {
    prop_oneof![0..2_000_u64, 0..3 * CERTIFICATE_WH, Just(CERTIFICATE_WH)]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => energy().prop_map(Step::Issue),
        1 => (any::<usize>(), energy()).prop_map(|(place, energy)| Step::Correct(place, energy)),
    ];
    prop::collection::vec(step, 1..60)
}

fn part(start: u64, energy: u64) -> Part {
    Part { start, version: 1, evidence: [0; 32], energy }
}

proptest! {
    #[test]
    fn energy_is_conserved(steps in steps()) {
        let mut carry = Carry::default();
        let mut granules: BTreeMap<u64, u64> = BTreeMap::new();
        let mut issued = 0_u128;
        for step in steps {
            match step {
                Step::Issue(energy) => {
                    let start = granules.len() as u64;
                    granules.insert(start, energy);
                    carry.add(part(start, energy));
                }
                Step::Correct(place, energy) if !granules.is_empty() => {
                    let start = (place % granules.len()) as u64;
                    let before = granules.insert(start, energy).unwrap();
                    if energy > before {
                        carry.add(part(start, energy - before));
                    } else {
                        carry.remove(start, before - energy);
                    }
                }
                Step::Correct(..) => {}
            }
            // A correction alone issues nothing.
            if granules.len().is_multiple_of(2) {
                while let Some(parts) = carry.take() {
                    let energy: u64 = parts.iter().map(|part| part.energy).sum();
                    prop_assert_eq!(energy, CERTIFICATE_WH);
                    issued += u128::from(energy);
                }
                prop_assert!(carry.energy() < u128::from(CERTIFICATE_WH));
            }
            let certified: u128 = granules.values().map(|&energy| u128::from(energy)).sum();
            prop_assert_eq!(certified + u128::from(carry.debt), issued + carry.energy());
            prop_assert!(carry.parts.iter().all(|part| part.energy > 0));
            prop_assert!(carry.debt == 0 || carry.parts.is_empty());
        }
    }

    #[test]
    fn parts_cover_the_whole_once(energies in prop::collection::vec(1..1_000_000_u64, 2..20), from in 0..1_000_000_u64) {
        let whole = Range { from, to: from + energies.iter().sum::<u64>() };
        let parts = whole.split(&energies).unwrap();
        prop_assert_eq!(parts[0].from, whole.from);
        prop_assert_eq!(parts[parts.len() - 1].to, whole.to);
        prop_assert!(parts.windows(2).all(|pair| pair[0].to == pair[1].from));
        prop_assert_eq!(parts.iter().map(|part| part.energy()).collect::<Vec<_>>(), energies);
    }
}

#[test]
fn a_device_with_many_small_readings_is_not_stuck() {
    let mut carry = Carry::default();
    for start in 0..PARTS_MAX as u64 - 1 {
        carry.add(part(start, 7));
        assert_eq!(carry.take(), None);
    }
    carry.add(part(PARTS_MAX as u64, 7));
    let parts = carry.take().unwrap();
    assert_eq!((parts.len(), carry.parts.len()), (PARTS_MAX, 0));
}

#[test]
fn one_reading_fills_several_certificates() {
    let mut carry = Carry::default();
    carry.add(part(0, 300_000));
    carry.add(part(1, 2_000_000));
    let first: Vec<_> = carry.take().unwrap().iter().map(|part| (part.start, part.energy)).collect();
    assert_eq!(first, [(0, 300_000), (1, 700_000)]);
    let second: Vec<_> = carry.take().unwrap().iter().map(|part| (part.start, part.energy)).collect();
    assert_eq!(second, [(1, 1_000_000)]);
    assert_eq!((carry.take(), carry.energy()), (None, 300_000));
}
