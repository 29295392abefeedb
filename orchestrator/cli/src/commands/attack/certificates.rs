//! Attacks on green certificates: made up, issued twice, sold without payment, claimed twice, instructed in another's name.

use super::{
    attacker::Forgery,
    stage::{CLASS, MWH, Member, Stage},
    verdict::{Attempt, Found, refused_by_market},
};
use anyhow::{Context, Result};
use app::market::sign;
use declaration::encoding::Hexadecimal;
use exchange::messages::{
    CHAINCODE, Carrier, Certificate, CertificateState, Device, Generation, GranuleName, MeterReading,
};
use fabric_contract_api::composite_key;
use fabric_msp::sha256;
use rules::{
    certificate::ProjectCode,
    instruction::{Instruction, Order, ReadingVersion},
};
use std::sync::atomic::{AtomicU64, Ordering};

/// What the validation says to a write under a policy that one organization does not satisfy.
const POLICY: &str = "ENDORSEMENT_POLICY_FAILURE";
/// Seconds of a reading's interval: the shortest.
const INTERVAL_S: u32 = 60;
const SECOND_NS: u64 = 1_000_000_000;
/// How long an instruction counts.
const INSTRUCTION_NS: u64 = 3_600 * SECOND_NS;
const HOUR_NS: u64 = 3_600 * SECOND_NS;
/// fen/MWh.
const PRICE: i64 = 3_000;

/// A plant of the seller whose energy of one interval is on its way to a certificate of 1 MWh. The buyer has used as much.
struct Plant<'a> {
    stage: &'a Stage,
    device: String,
    granule: GranuleName,
    sequence: AtomicU64,
}

impl<'a> Plant<'a> {
    /// A plant of its own, with a reading of 1 MWh.
    async fn build(stage: &'a Stage) -> Result<Self> {
        let now_ns = stage.now_ns();
        let device = format!("plant-{now_ns:x}");
        // The last interval of an hour that is over, so that it can be claimed at once.
        let start_ns = now_ns / HOUR_NS * HOUR_NS - u64::from(INTERVAL_S) * SECOND_NS;
        // Sixteen digits that no earlier run has used.
        let project = ProjectCode::with_check_digit(&format!("{:016}", now_ns % 10_000_000_000_000_000))?;
        let generation = Generation {
            carrier: Carrier::Wind,
            technology: "onshore".to_owned(),
            project_code: project.as_str().to_owned(),
            emission_g_per_mwh: 11_000,
        };
        let device_of = |name: &str, member: &Member, generation| Device {
            device: name.to_owned(),
            member: member.name.clone(),
            generation,
            capacity_w: 100_000_000,
            point: member.point,
            interval_s: INTERVAL_S,
            zone: CLASS.to_owned(),
            commissioned_ns: 0,
        };
        let load = format!("load-{now_ns:x}");
        let devices = [device_of(&device, &stage.seller, Some(generation)), device_of(&load, &stage.buyer, None)];
        stage.market.register_devices(&devices, now_ns).await.context("cannot register devices")?;
        let granule = GranuleName { device: device.clone(), start_ns };
        let plant = Self { stage, device, granule, sequence: AtomicU64::new(now_ns) };
        let used = MeterReading { device: load, ..plant.reading(MWH) };
        let readings = [plant.reading(MWH), used];
        stage.market.record_readings(&readings, stage.now_ns()).await.context("cannot record readings")?;
        Ok(plant)
    }

    fn reading(&self, energy_wh: u64) -> MeterReading {
        let evidence_hash = Hexadecimal(sha256([self.device.as_bytes()]));
        MeterReading { device: self.device.clone(), start_ns: self.granule.start_ns, energy_wh, evidence_hash }
    }

    /// A member's next instruction.
    fn instruction(&self, member: &Member, order: Order) -> Instruction {
        Instruction {
            channel: self.stage.market.channel().to_owned(),
            member: member.name.clone(),
            sequence: self.sequence.fetch_add(1, Ordering::Relaxed),
            expires: self.stage.now_ns() + INSTRUCTION_NS,
            order,
        }
    }

    fn request(&self) -> Order {
        let reading = ReadingVersion { start: self.granule.start_ns, version: 1 };
        Order::Request { device: self.device.clone(), readings: vec![reading] }
    }

    /// Has an honest organization carry out what `signer` has signed.
    async fn try_instruction(&self, instruction: &Instruction, signer: &Member) -> Result<Found> {
        let signed = sign(&signer.key, instruction)?;
        Ok(match self.stage.market.instruct(&[signed], self.stage.now_ns()).await {
            Ok(_) => Found::Effect("it is carried out".to_owned()),
            Err(error) => Found::Stopped(refused_by_market(&error)),
        })
    }

    async fn try_order(&self, member: &Member, order: Order) -> Result<Found> {
        self.try_instruction(&self.instruction(member, order), member).await
    }

    async fn order(&self, member: &Member, order: Order) -> Result<()> {
        match self.try_order(member, order).await? {
            Found::Effect(_) => Ok(()),
            Found::Stopped(by) => anyhow::bail!("what is honest is refused: {by}"),
        }
    }

    async fn audit(&self) -> Result<()> {
        self.order(&self.stage.seller, self.request()).await?;
        let granules = [self.granule.clone()];
        self.stage.market.audit_granules(&granules, self.stage.now_ns()).await.context("cannot audit")
    }

    /// A published certificate of the seller's.
    async fn certificate(&self) -> Result<Certificate> {
        self.audit().await?;
        let market = &self.stage.market;
        let issued = market.issue_certificates(std::slice::from_ref(&self.granule), self.stage.now_ns()).await?;
        market.publish_certificates(&issued.certificates, self.stage.now_ns()).await.context("cannot publish")?;
        let name = issued.certificates.first().context("nothing is issued")?;
        Ok(market.certificate(name).await?.context("what is issued is not there")?.certificate)
    }

    /// Writes a certificate by hand.
    async fn forge(&self, certificate: &Certificate) -> Result<Found> {
        let key = composite_key::join("certificate", [certificate.certificate.as_str()])?;
        self.stage
            .attacker
            .try_to_forge(CHAINCODE, Forgery::default().put(&key, serde_json::to_vec(certificate)?))
            .await
    }
}

pub(super) async fn forge(stage: &Stage) -> Result<Vec<Attempt>> {
    let plant = Plant::build(stage).await?;
    plant.audit().await?;
    let granules = serde_json::to_string(&[&plant.granule])?;
    let alone = stage.attacker.call_alone(CHAINCODE, "issue_certificates", &granules, stage.now_ns()).await;
    let real = Plant::build(stage).await?.certificate().await?;
    let made_up = Certificate { owner: stage.accomplice.name.clone(), ..real.clone() };
    let made_up = Certificate { certificate: format!("{}9", &real.certificate[..31]), ..made_up };
    let by_hand = plant.forge(&made_up).await?;
    let stolen = plant.forge(&Certificate { owner: stage.accomplice.name.clone(), ..real }).await?;
    // The trading centre is not refused by the contract, but by the policy.
    let expected = if stage.attacker.msp_id == "TradingCentreMSP" { POLICY } else { "ACCESS" };
    Ok(vec![
        Attempt::new("issued with one endorsement", expected, alone),
        Attempt::new("a certificate made up by hand", POLICY, by_hand),
        Attempt::new("a certificate given to an accomplice by hand", POLICY, stolen),
    ])
}

pub(super) async fn issue_twice(stage: &Stage) -> Result<Vec<Attempt>> {
    let plant = Plant::build(stage).await?;
    plant.certificate().await?;
    let granules = [plant.granule.clone()];
    let again = match stage.market.issue_certificates(&granules, stage.now_ns()).await {
        Ok(_) => Found::Effect("it is issued again".to_owned()),
        Err(error) => Found::Stopped(refused_by_market(&error)),
    };
    let requested = plant.try_order(&stage.seller, plant.request()).await?;
    let start = format!("{:016x}", plant.granule.start_ns);
    let key = composite_key::join("granule", [plant.device.as_str(), start.as_str()])?;
    let deleted = stage.attacker.try_to_forge(CHAINCODE, Forgery::default().delete(&key)).await?;
    Ok(vec![
        Attempt::new("the energy of one interval issued again", "CERTIFICATE_EXISTS", again),
        Attempt::new("a certificate of it asked for again", "CERTIFICATE_EXISTS", requested),
        Attempt::new("the record that it is certified deleted by hand", POLICY, deleted),
    ])
}

pub(super) async fn forge_instruction(stage: &Stage) -> Result<Vec<Attempt>> {
    let plant = Plant::build(stage).await?;
    let certificates = vec![plant.certificate().await?.certificate];
    let list = Order::List { price: PRICE, certificates: certificates.clone() };
    let of_owner = plant.instruction(&stage.seller, list.clone());
    let by_other = plant.try_instruction(&of_owner, &stage.accomplice).await?;
    let own = plant.try_order(&stage.accomplice, list.clone()).await?;
    let elsewhere = Instruction { channel: "elsewhere".to_owned(), ..plant.instruction(&stage.seller, list.clone()) };
    let from_channel = plant.try_instruction(&elsewhere, &stage.seller).await?;
    let listed = plant.instruction(&stage.seller, list);
    if let Found::Stopped(by) = plant.try_instruction(&listed, &stage.seller).await? {
        anyhow::bail!("what is honest is refused: {by}");
    }
    plant.order(&stage.seller, Order::Unlist { certificates }).await?;
    let replayed = plant.try_instruction(&listed, &stage.seller).await?;
    Ok(vec![
        Attempt::new("an owner's instruction signed by another", "BAD_SIGNATURE", by_other),
        Attempt::new("an instruction about a rival's certificate", "NOT_OWNER", own),
        Attempt::new("an instruction for another channel", "WRONG_CHANNEL", from_channel),
        Attempt::new("an instruction handed in a second time", "SEQUENCE_REPLAYED", replayed),
    ])
}

pub(super) async fn transfer_without_payment(stage: &Stage) -> Result<Vec<Attempt>> {
    let plant = Plant::build(stage).await?;
    let certificate = plant.certificate().await?;
    let certificates = vec![certificate.certificate.clone()];
    let pay =
        |payee: &Member, amount| Order::Pay { payee: payee.name.clone(), amount, certificates: certificates.clone() };
    let price = PRICE.unsigned_abs() * MWH;
    plant.order(&stage.seller, Order::List { price: PRICE, certificates: certificates.clone() }).await?;
    let cheap = Order::Lock { price: 0, certificates: certificates.clone() };
    let cheap = plant.try_order(&stage.accomplice, cheap).await?;
    let unlocked = plant.try_order(&stage.accomplice, pay(&stage.seller, price)).await?;
    plant.order(&stage.buyer, Order::Lock { price: PRICE, certificates: certificates.clone() }).await?;
    let locked_by_other = plant.try_order(&stage.accomplice, pay(&stage.seller, price)).await?;
    let nothing = plant.try_order(&stage.buyer, pay(&stage.seller, 0)).await?;
    let to_accomplice = plant.try_order(&stage.buyer, pay(&stage.accomplice, price)).await?;
    let taken = plant.forge(&Certificate { owner: stage.buyer.name.clone(), ..certificate }).await?;
    Ok(vec![
        Attempt::new("locked at a price that is not asked", "WRONG_PRICE", cheap),
        Attempt::new("paid for without a lock", "WRONG_STATE", unlocked),
        Attempt::new("paid for though another has locked it", "NOT_BUYER", locked_by_other),
        Attempt::new("a payment of nothing", "WRONG_AMOUNT", nothing),
        Attempt::new("a payment to an accomplice", "WRONG_PAYEE", to_accomplice),
        Attempt::new("the owner changed by hand", POLICY, taken),
    ])
}

pub(super) async fn claim_twice(stage: &Stage) -> Result<Vec<Attempt>> {
    let plant = Plant::build(stage).await?;
    let certificate = plant.certificate().await?;
    let to = plant.granule.start_ns + u64::from(INTERVAL_S) * SECOND_NS;
    let claim = |beneficiary: &Member| Order::Cancel {
        beneficiary: beneficiary.name.clone(),
        from: to - HOUR_NS,
        to,
        certificates: vec![certificate.certificate.clone()],
    };
    let unused = plant.try_order(&stage.seller, claim(&stage.accomplice)).await?;
    plant.order(&stage.seller, claim(&stage.buyer)).await?;
    let again = plant.try_order(&stage.seller, claim(&stage.buyer)).await?;
    let back = plant.forge(&Certificate { state: CertificateState::Published, ..certificate }).await?;
    Ok(vec![
        Attempt::new("claimed for a member that has used no energy", "CLAIM_EXCEEDS_CONSUMPTION", unused),
        Attempt::new("claimed a second time", "WRONG_STATE", again),
        Attempt::new("put back on the market by hand", POLICY, back),
    ])
}

pub(super) async fn forge_reading(stage: &Stage) -> Result<Vec<Attempt>> {
    let plant = Plant::build(stage).await?;
    let readings = serde_json::to_string(&[plant.reading(2 * MWH)])?;
    let alone = stage.attacker.call_alone(CHAINCODE, "record_readings", &readings, stage.now_ns()).await;
    let key = composite_key::join("reading", [plant.device.as_str(), &format!("{:016x}", plant.granule.start_ns)])?;
    let written = stage.attacker.try_to_forge(CHAINCODE, Forgery::default().put(&key, readings)).await?;
    let huge = match stage.market.record_readings(&[plant.reading(1_000 * MWH)], stage.now_ns()).await {
        Ok(_) => Found::Effect("it is recorded".to_owned()),
        Err(error) => Found::Stopped(refused_by_market(&error)),
    };
    Ok(vec![
        Attempt::new("a reading by who does not read meters", "ACCESS", alone),
        Attempt::new("a reading changed by hand", POLICY, written),
        Attempt::new("more energy than the plant can move", "OVER_CAPACITY", huge),
    ])
}
