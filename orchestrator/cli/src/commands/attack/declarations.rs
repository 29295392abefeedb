//! Attacks on members' declarations: forged, changed, deleted, late, replayed, in another's name.

use super::{
    attacker::Forgery,
    stage::{LIMIT_WH, Member, Stage},
    verdict::{Attempt, Found},
};
use anyhow::Result;
use declaration::{StoredBundle, messages::CHAINCODE};
use rules::{bundle::Bundle, order::Side};

/// What the validation says to a write under a policy that one organization does not satisfy.
const POLICY: &str = "ENDORSEMENT_POLICY_FAILURE";

pub(super) async fn delete(stage: &Stage) -> Result<Vec<Attempt>> {
    let session = stage.session().await?;
    let forgery = Forgery::default().delete(&session.key(&stage.seller.name, 1)?);
    let found = stage.attacker.try_to_forge(CHAINCODE, forgery).await?;
    Ok(vec![Attempt::new("a rival's bundle deleted by hand", POLICY, found)])
}

pub(super) async fn change(stage: &Stage) -> Result<Vec<Attempt>> {
    let session = stage.session().await?;
    let key = session.key(&stage.seller.name, 1)?;
    let other = session.stored(&session.undercut(&stage.seller, 1), &stage.accomplice)?;
    let changed = stage.attacker.try_to_forge(CHAINCODE, Forgery::default().put(&key, other.encode())).await?;
    let own_policy = fabric_contract_api::EndorsementPolicy::all_of([stage.attacker.msp_id.as_str()]).to_bytes();
    let taken = stage.attacker.try_to_forge(CHAINCODE, Forgery::default().protect(&key, own_policy)).await?;
    Ok(vec![
        Attempt::new("a rival's bundle changed by hand", POLICY, changed),
        Attempt::new("a rival's bundle put under the attacker's own policy", POLICY, taken),
    ])
}

pub(super) async fn late(stage: &Stage) -> Result<Vec<Attempt>> {
    let session = stage.session().await?;
    let bundle = session.undercut(&stage.accomplice, 1);
    let after_window = session.declare(&bundle, &stage.accomplice, session.over_ns()).await?;
    session.seal().await?;
    let after_seal = session.declare(&bundle, &stage.accomplice, session.open_ns()).await?;
    let backdated = session.stored(&bundle, &stage.accomplice)?;
    let forgery = Forgery::default().put(&session.key(&stage.accomplice.name, 1)?, backdated.encode());
    let code = stage.attacker.forge(CHAINCODE, forgery).await?;
    let result = session.clear().await?;
    let found = if result.orders > 2 {
        Found::Effect("it counts at the clearing".to_owned())
    } else {
        Found::Stopped(format!("{} on the ledger, not among the {} sealed bundles", code.as_str_name(), result.bundles))
    };
    Ok(vec![
        Attempt::new("declared when the window was over", "WINDOW_OVER", after_window),
        Attempt::new("declared after the seal, with an earlier timestamp", "NOT_OPEN", after_seal),
        Attempt::new("written by hand after the seal, backdated", "VALID on the ledger, not among the 2 sealed", found),
    ])
}

pub(super) async fn forged_order(stage: &Stage) -> Result<Vec<Attempt>> {
    let mut session = stage.session().await?;
    let bundle = session.undercut(&stage.seller, 2);
    let declared = session.declare(&bundle, &stage.accomplice, session.open_ns()).await?;
    let by_other = session.stored(&bundle, &stage.accomplice)?;
    session.smuggle("written by hand, signed by another", "BAD_SIGNATURE", (&stage.seller, 2), &by_other).await?;
    let mut attempts = vec![Attempt::new("declared with another's signature", "BAD_SIGNATURE", declared)];
    attempts.extend(session.judge().await?);
    Ok(attempts)
}

pub(super) async fn replay(stage: &Stage) -> Result<Vec<Attempt>> {
    let earlier = stage.session().await?;
    let replayed = earlier.order(&stage.seller, 2, (Side::Sell, 1_000, LIMIT_WH));
    earlier.declare(&replayed, &stage.seller, earlier.open_ns()).await?;
    let from_session = earlier.stored(&replayed, &stage.seller)?;
    earlier.seal().await?;
    earlier.clear().await?;

    let mut session = stage.session().await?;
    let seller = &stage.seller;
    let again = session.order(seller, 1, (Side::Sell, 1_000, LIMIT_WH));
    let other_round = Bundle { round: 2, sequence: 3, ..again.clone() };
    let other_channel = Bundle { channel: "elsewhere".to_owned(), sequence: 4, ..again.clone() };
    let mut attempts = Vec::new();
    for (what, expected, bundle) in [
        ("a bundle of an earlier session declared again", "NOT_OPEN", &replayed),
        ("a bundle of another round declared", "WRONG_ROUND", &other_round),
        ("a bundle of another channel declared", "WRONG_CHANNEL", &other_channel),
        ("a bundle under a sequence that was used", "SEQUENCE_REPLAYED", &again),
    ] {
        attempts.push(Attempt::new(what, expected, session.declare(bundle, seller, session.open_ns()).await?));
    }
    let (from_round, from_channel) = (session.stored(&other_round, seller)?, session.stored(&other_channel, seller)?);
    let used = session.stored(&again, seller)?;
    for (what, expected, sequence, stored) in [
        ("a bundle of an earlier session written by hand", "WRONG_SESSION", 2, from_session),
        ("a bundle of another round written by hand", "WRONG_ROUND", 3, from_round),
        ("a bundle of another channel written by hand", "WRONG_CHANNEL", 4, from_channel),
        ("a bundle written by hand under another sequence", "WRONG_SEQUENCE", 5, used),
    ] {
        session.smuggle(what, expected, (seller, sequence), &stored).await?;
    }
    attempts.extend(session.judge().await?);
    Ok(attempts)
}

pub(super) async fn wrong_member(stage: &Stage) -> Result<Vec<Attempt>> {
    let mut session = stage.session().await?;
    let in_sellers_name = session.undercut(&stage.seller, 2);
    let declared = session.declare(&in_sellers_name, &stage.accomplice, session.open_ns()).await?;
    let own = session.undercut(&stage.accomplice, 2);
    let own = session.stored(&own, &stage.accomplice)?;
    session.smuggle("one's own bundle by hand under a rival's key", "WRONG_MEMBER", (&stage.seller, 2), &own).await?;
    let mut attempts = vec![Attempt::new("declared in a rival's name", "BAD_SIGNATURE", declared)];
    attempts.extend(session.judge().await?);
    Ok(attempts)
}

pub(super) async fn unknown_member(stage: &Stage) -> Result<Vec<Attempt>> {
    let stranger = Member::new("stranger", 4, stage.now_ns())?;
    both_ways(stage, &stranger, "UNKNOWN_MEMBER", |session| session.undercut(&stranger, 1)).await
}

pub(super) async fn suspended_member(stage: &Stage) -> Result<Vec<Attempt>> {
    let suspended = Member::new("suspended", 4, stage.now_ns())?;
    stage.register(&[&suspended]).await?;
    stage.market.suspend_member(&suspended.name, "under attack", stage.now_ns()).await?;
    both_ways(stage, &suspended, "MEMBER_SUSPENDED", |session| session.undercut(&suspended, 1)).await
}

pub(super) async fn over_limit(stage: &Stage) -> Result<Vec<Attempt>> {
    let member = &stage.accomplice;
    both_ways(stage, member, "OVER_LIMIT", |session| session.order(member, 1, (Side::Sell, 1_000, LIMIT_WH + 1))).await
}

/// A bundle that must not count, signed by its member: declared through an honest organization, and written by hand.
async fn both_ways(
    stage: &Stage,
    member: &Member,
    expected: &'static str,
    bundle: impl Fn(&super::session::Session<'_>) -> Bundle,
) -> Result<Vec<Attempt>> {
    let mut session = stage.session().await?;
    let bundle = bundle(&session);
    let declared = session.declare(&bundle, member, session.open_ns()).await?;
    let stored: StoredBundle = session.stored(&bundle, member)?;
    session.smuggle("written by hand", expected, (member, bundle.sequence), &stored).await?;
    let mut attempts = vec![Attempt::new("declared", expected, declared)];
    attempts.extend(session.judge().await?);
    Ok(attempts)
}
