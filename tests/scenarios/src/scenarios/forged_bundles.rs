use declaration::StoredBundle;
use exchange::messages::{LeftOut, Outcome};
use rules::bundle::Bundle;

use super::{START_NS, four_members};
use crate::{
    MINUTE_NS, MWH, Market, Mismatch, NO_SIGNATURE, Organization, Participant, Play, bundle_key, buy, expect,
    parameters, sell,
};

/// One organization writes bundles past all checks of `declaration`. The clearing leaves each out with its code, and
/// trades what honest members declared.
///
/// # Errors
/// Something else came of it.
pub fn forged_bundles(market: &mut Market<'_>) -> Result<(), Mismatch> {
    let mut earlier = Play::open(market, &four_members(), 10 * MWH, &parameters("s08", START_NS - 60 * MINUTE_NS))?;
    earlier.at(1, 0);
    earlier.declare("roof", 1, 7, &[sell(1, 1_000, MWH)])?;

    let mut play = Play::open_again(market, 10 * MWH, &parameters("s09", START_NS))?;
    play.at(1, 0);
    play.declare("wind", 1, 1, &[sell(1, 30_000, MWH)])?;
    play.declare("mill", 1, 1, &[buy(1, 40_000, MWH)])?;
    let mut forgeries = Forgeries { market: &mut *play.market, expected: Vec::new() };

    let ask = |market: &Market<'_>, member: &str, sequence| {
        market.bundle(member, "s09", 1, sequence, &[sell(1, 10_000, MWH)])
    };
    // Signed by nobody, or by somebody else.
    let bundle = ask(forgeries.market, "roof", 10)?;
    let stored = StoredBundle { signature: NO_SIGNATURE, ..forgeries.market.stored(&bundle)? };
    forgeries.write("roof", 10, stored.encode(), "BAD_SIGNATURE")?;
    let bundle = ask(forgeries.market, "roof", 11)?;
    let signature = forgeries.market.participant("wind")?.sign(&bundle.encode());
    let stored = StoredBundle { signature, ..forgeries.market.stored(&bundle)? };
    forgeries.write("roof", 11, stored.encode(), "BAD_SIGNATURE")?;
    // In another's name: a bundle of the wind's under the roof's key, or of a member that there is not.
    let bundle = ask(forgeries.market, "wind", 12)?;
    forgeries.write_stored("roof", 12, &bundle, "WRONG_MEMBER")?;
    let stranger = Participant::new("stranger", 99, 0);
    let bundle = Bundle { member: "stranger".to_owned(), ..ask(forgeries.market, "wind", 1)? };
    let stored = StoredBundle {
        signature: stranger.sign(&bundle.encode()),
        declared_ns: forgeries.market.now_ns(),
        bytes: bundle.encode(),
    };
    forgeries.write("stranger", 1, stored.encode(), "UNKNOWN_MEMBER")?;
    // Replayed: from another session, another round, another channel, under another sequence.
    let replayed = forgeries.market.bundle("roof", "s08", 1, 7, &[sell(1, 1_000, MWH)])?;
    forgeries.write_stored("roof", 7, &replayed, "WRONG_SESSION")?;
    let bundle = forgeries.market.bundle("roof", "s09", 2, 13, &[sell(1, 10_000, MWH)])?;
    forgeries.write_stored("roof", 13, &bundle, "WRONG_ROUND")?;
    let bundle = Bundle { channel: "elsewhere".to_owned(), ..ask(forgeries.market, "roof", 14)? };
    forgeries.write_stored("roof", 14, &bundle, "WRONG_CHANNEL")?;
    let bundle = ask(forgeries.market, "wind", 1)?;
    forgeries.write_stored("wind", 15, &bundle, "WRONG_SEQUENCE")?;
    // Outside the window.
    let bundle = ask(forgeries.market, "roof", 16)?;
    let stored = forgeries.market.stored(&bundle)?;
    let late = StoredBundle { declared_ns: START_NS + 15 * MINUTE_NS, ..stored.clone() };
    forgeries.write("roof", 16, late.encode(), "WINDOW_OVER")?;
    let bundle = ask(forgeries.market, "roof", 17)?;
    let early = StoredBundle { declared_ns: START_NS - 1, ..forgeries.market.stored(&bundle)? };
    forgeries.write("roof", 17, early.encode(), "WINDOW_NOT_OPEN")?;
    // Against the rules, signed by a member that is in league.
    let orders: [(u64, &[crate::Order], &str); 6] = [
        (20, &[sell(1, 10_000, 10 * MWH + 1)], "OVER_LIMIT"),
        (21, &[sell(1, 10_000, MWH), buy(2, 10_000, MWH)], "CROSSES_ITSELF"),
        (22, &[sell(1, 150_001, MWH)], "PRICE_OUT_OF_RANGE"),
        (23, &[sell(1, 10_000, MWH), sell(1, 11_000, MWH)], "DUPLICATE_NUMBER"),
        (24, &[sell(1, 10_000, 0)], "EMPTY_ORDER"),
        (25, &[sell(1, 10_000, 1); 9], "TOO_MANY_ORDERS"),
    ];
    for (sequence, orders, code) in orders {
        let bundle = forgeries.market.bundle("shop", "s09", 1, sequence, orders)?;
        forgeries.write_stored("shop", sequence, &bundle, code)?;
    }
    let mut bundle = forgeries.market.bundle("shop", "s09", 1, 26, &[sell(1, 10_000, MWH)])?;
    bundle.orders[0].point = 11;
    forgeries.write_stored("shop", 26, &bundle, "WRONG_POINT")?;
    let mut bundle = forgeries.market.bundle("shop", "s09", 1, 27, &[sell(1, 10_000, MWH)])?;
    bundle.orders[0].class.0 = 0;
    forgeries.write_stored("shop", 27, &bundle, "WRONG_CLASS")?;
    // No bundle at all.
    forgeries.write("shop", 28, vec![1; 71], "BUNDLE_TRUNCATED")?;
    let mut bytes = forgeries.market.stored(&bundle)?.encode();
    bytes.push(0);
    forgeries.write("shop", 29, bytes, "BUNDLE_TRAILING_BYTES")?;
    // A key that is none: the seal passes over it.
    forgeries.market.forge(Organization::Regulator, "\0bundle\0s09\u{0}00000001\0wind\0".to_owned(), Some(vec![1]))?;

    // Changed and deleted after the seal, while the keys are under nobody's protection.
    let bundle = ask(forgeries.market, "roof", 30)?;
    let stored = forgeries.market.stored(&bundle)?;
    forgeries.write("roof", 30, stored.encode(), "CHANGED_AFTER_SEAL")?;
    forgeries.write("roof", 31, vec![1], "CHANGED_AFTER_SEAL")?;
    let mut expected = forgeries.expected;
    play.at(15, 0);
    let sealed = play.market.seal("s09")?;
    expect("sealed bundles", sealed.bundles as usize, expected.len() + 2)?;
    let late = StoredBundle { declared_ns: stored.declared_ns - 1, ..stored };
    play.market.forge(Organization::Regulator, bundle_key("s09", 1, "roof", 30)?, Some(late.encode()))?;
    play.market.forge(Organization::Regulator, bundle_key("s09", 1, "roof", 31)?, None)?;
    // And one that comes after the seal altogether.
    let bundle = ask(play.market, "roof", 32)?;
    let value = play.market.stored(&bundle)?.encode();
    play.market.forge(Organization::Regulator, bundle_key("s09", 1, "roof", 32)?, Some(value))?;

    let result = play.market.clear("s09")?;
    expected.sort_by(|left, right| (&left.member, left.sequence).cmp(&(&right.member, right.sequence)));
    expect("left out", result.left_out, expected)?;
    expect("the honest trade", (result.outcome, result.volume_wh), (Outcome::Traded, MWH))?;
    expect("orders in the book", result.orders, 2)
}

/// Bundles that one organization makes up, and the code by which each must be left out.
struct Forgeries<'m, 'a> {
    market: &'m mut Market<'a>,
    expected: Vec<LeftOut>,
}

impl Forgeries<'_, '_> {
    fn write(&mut self, member: &str, sequence: u64, value: Vec<u8>, code: &str) -> Result<(), Mismatch> {
        self.market.forge(Organization::Regulator, bundle_key("s09", 1, member, sequence)?, Some(value))?;
        self.expected.push(LeftOut { member: member.to_owned(), sequence, code: code.to_owned() });
        Ok(())
    }

    fn write_stored(&mut self, member: &str, sequence: u64, bundle: &Bundle, code: &str) -> Result<(), Mismatch> {
        let stored = self.market.stored(bundle)?;
        self.write(member, sequence, stored.encode(), code)
    }
}
