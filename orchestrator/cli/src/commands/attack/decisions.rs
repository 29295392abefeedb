//! Attacks on what all three consensus organizations decide together: members, clearings, accounts, chaincodes.

use super::{
    attacker::Forgery,
    stage::{CLASS, LIMIT_WH, MWH, Member, Stage},
    verdict::Attempt,
};
use ::devnet::ledger::Definition;
use anyhow::{Context, Result};
use declaration::{
    encoding::Hexadecimal,
    messages::{CHAINCODE as DECLARATION, Connection, MemberRecord},
};
use exchange::messages::{CHAINCODE as EXCHANGE, RoundResult};
use fabric_contract_api::composite_key;
use fabric_protos::{
    Message as _,
    lifecycle::{ChaincodeEndorsementInfo, ChaincodeValidationInfo},
    protos::{ApplicationPolicy, application_policy},
};
use std::time::Duration;

/// What the validation says to a write under a policy that one organization does not satisfy.
const POLICY: &str = "ENDORSEMENT_POLICY_FAILURE";
/// The system chaincode of chaincode definitions.
const LIFECYCLE: &str = "_lifecycle";

pub(super) async fn forge_clearing(stage: &Stage) -> Result<Vec<Attempt>> {
    let session = stage.session().await?;
    session.seal().await?;
    let at_ns = session.over_ns();
    // What the attacker's peer computes, and then lies about.
    let clear = stage.attacker.contract(EXCHANGE).proposal("clear").argument(&session.name);
    let result =
        clear.timestamp(Duration::from_nanos(at_ns)).evaluate().await.context("cannot preview the clearing")?;
    let result: RoundResult = serde_json::from_slice(&result)?;
    let key = composite_key::join("result", [session.name.as_str(), "00000001"])?;
    let false_result = RoundResult { volume_wh: result.volume_wh + MWH, ..result };
    let forgery = Forgery::default().put(&key, serde_json::to_vec(&false_result)?);
    let by_hand = stage.attacker.try_to_forge(EXCHANGE, forgery).await?;
    let alone = stage.attacker.call_alone(EXCHANGE, "clear", &session.name, at_ns).await;
    Ok(vec![
        Attempt::new("a made-up result written by hand", POLICY, by_hand),
        Attempt::new("the contract's result with one endorsement", POLICY, alone),
    ])
}

pub(super) async fn forge_settlement(stage: &Stage) -> Result<Vec<Attempt>> {
    let session = stage.session().await?;
    session.seal().await?;
    session.clear().await?;
    session.settle().await?;
    let owed = stage.market.account(&stage.seller.name).await?.balance;
    let key = composite_key::join("account", [stage.accomplice.name.as_str()])?;
    let credit = Forgery::default().put(&key, serde_json::to_vec(&owed.to_string())?);
    let credited = stage.attacker.try_to_forge(EXCHANGE, credit).await?;
    let key = composite_key::join("account", [stage.seller.name.as_str()])?;
    let emptied = stage.attacker.try_to_forge(EXCHANGE, Forgery::default().put(&key, *b"\"0\"")).await?;
    Ok(vec![
        Attempt::new("money put on an accomplice's account", POLICY, credited),
        Attempt::new("a seller's account emptied", POLICY, emptied),
    ])
}

pub(super) async fn forge_member(stage: &Stage) -> Result<Vec<Attempt>> {
    let member_key = |member: &Member| composite_key::join("member", [member.name.as_str()]);
    // Nobody has registered it, so nobody has protected its key.
    let phantom = Member::new("phantom", 4, stage.now_ns())?;
    let record = MemberRecord {
        public_key: Hexadecimal(phantom.key.public()?),
        suspended: false,
        connections: vec![Connection { point: phantom.point, class: CLASS.to_owned() }],
        sell_limit_wh: LIMIT_WH,
        buy_limit_wh: LIMIT_WH,
    };
    let forgery = Forgery::default().put(&member_key(&phantom)?, serde_json::to_vec(&record)?);
    stage.attacker.forge(DECLARATION, forgery).await?;
    let mut session = stage.session().await?;
    let bundle = session.undercut(&phantom, 1);
    let stored = session.stored(&bundle, &phantom)?;
    session.smuggle("a bundle of a member that was made up", "UNKNOWN_MEMBER", (&phantom, 1), &stored).await?;
    let mut attempts = session.judge().await?;

    // A registered member's key replaced by one that the attacker has.
    let forgery = Forgery::default().put(&member_key(&stage.seller)?, serde_json::to_vec(&record)?);
    let replaced = stage.attacker.try_to_forge(DECLARATION, forgery).await?;
    attempts.push(Attempt::new("a registered member's public key replaced", POLICY, replaced));
    let key = member_key(&stage.seller)?;
    let deleted = stage.attacker.try_to_forge(EXCHANGE, Forgery::default().delete(&key)).await?;
    attempts.push(Attempt::new("a member struck off the register", POLICY, deleted));
    Ok(attempts)
}

pub(super) async fn forge_lifecycle(stage: &Stage) -> Result<Vec<Attempt>> {
    let definition = Definition {
        name: EXCHANGE.to_owned(),
        sequence: 1_000,
        endorsement_info: ChaincodeEndorsementInfo {
            version: "forged".to_owned(),
            endorsement_plugin: "escc".to_owned(),
            ..ChaincodeEndorsementInfo::default()
        },
        validation_info: ChaincodeValidationInfo {
            validation_plugin: "vscc".to_owned(),
            validation_parameter: attacker_decides(stage)?,
        },
        collections: None,
    };
    let forgery =
        definition.writes().into_iter().fold(Forgery::default(), |forgery, (key, value)| forgery.put(&key, value));
    let found = stage.attacker.try_to_forge(LIFECYCLE, forgery).await?;
    Ok(vec![Attempt::new("a definition of exchange that needs the attacker only", POLICY, found)])
}

/// The endorsement policy that any attacker would like.
fn attacker_decides(stage: &Stage) -> Result<Vec<u8>> {
    let policy = fabric_msp::policy::parse(&format!("OR('{}.peer')", stage.attacker.msp_id))?;
    let policy = ApplicationPolicy { r#type: Some(application_policy::Type::SignaturePolicy(policy)) };
    Ok(policy.encode_to_vec())
}
