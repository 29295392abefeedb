//! What a market's participants do about certificates.

use exchange::messages::{
    CarriedEnergy, Certificate, CertificatesIssued, Granule, GranuleName, Instructed, IssuedCertificate,
    SignedInstruction,
};
use fabric_contract_api::args;
use rules::instruction::{Instruction, Order, ReadingVersion};

use crate::{Call, Failure, MINUTE_NS, Market, Organization};

/// How long instructions of scenarios count.
const INSTRUCTION_NS: u64 = 60 * MINUTE_NS;

/// Asks for certificates of readings in their first version.
#[must_use]
pub fn request(device: &str, starts: &[u64]) -> Order {
    let readings = starts.iter().map(|&start| ReadingVersion { start, version: 1 }).collect();
    Order::Request { device: device.to_owned(), readings }
}

/// Names of granules of one device.
#[must_use]
pub fn granules(device: &str, starts: &[u64]) -> Vec<GranuleName> {
    starts.iter().map(|&start_ns| GranuleName { device: device.to_owned(), start_ns }).collect()
}

impl Market<'_> {
    /// An instruction that counts for an hour.
    #[must_use]
    pub fn instruction(&self, member: &str, sequence: u64, order: Order) -> Instruction {
        let (channel, member) = (self.channel().to_owned(), member.to_owned());
        Instruction { channel, member, sequence, expires: self.now_ns() + INSTRUCTION_NS, order }
    }

    /// The call that passes instructions on, each signed by the participant that it names.
    ///
    /// # Errors
    /// There is no such participant.
    pub fn instruction_of(&self, instructions: &[Instruction]) -> Result<Call, Failure> {
        let sign = |instruction: &Instruction| Ok(self.participant(&instruction.member)?.instruct(instruction));
        let signed = instructions.iter().map(sign).collect::<Result<Vec<SignedInstruction>, Failure>>()?;
        Ok(self.call(Organization::LargeUser, exchange::messages::CHAINCODE, "instruct", args![signed]))
    }

    /// Has members' orders carried out, in one transaction.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn instruct(&mut self, orders: &[(&str, Order)]) -> Result<Instructed, Failure> {
        let mut instructions = Vec::new();
        for (member, order) in orders {
            let sequence = self.next_sequence();
            instructions.push(self.instruction(member, sequence, order.clone()));
        }
        let call = self.instruction_of(&instructions)?;
        self.submit_for(call)
    }

    /// Has the regulator find readings good.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn audit(&mut self, granules: &[GranuleName]) -> Result<(), Failure> {
        self.command(Organization::Regulator, "audit_granules", args![granules.to_vec()])
    }

    /// Mints.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn issue(&mut self, granules: &[GranuleName]) -> Result<CertificatesIssued, Failure> {
        self.exchange(Organization::TradingCentre, "issue_certificates", args![granules.to_vec()])
    }

    /// Releases certificates to the market.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn publish(&mut self, certificates: &[String]) -> Result<(), Failure> {
        self.command(Organization::TradingCentre, "publish_certificates", args![certificates.to_vec()])
    }

    /// Brings readings of a member's plant to published certificates.
    ///
    /// # Errors
    /// Something did not take effect.
    pub fn certify(&mut self, member: &str, starts: &[u64]) -> Result<Vec<String>, Failure> {
        let device = self.participant(member)?.plant();
        self.instruct(&[(member, request(&device, starts))])?;
        let granules = granules(&device, starts);
        self.audit(&granules)?;
        let issued = self.issue(&granules)?.certificates;
        self.publish(&issued)?;
        Ok(issued)
    }

    /// A certificate.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn certificate(&mut self, certificate: &str) -> Result<Certificate, Failure> {
        Ok(self.issued(certificate)?.certificate)
    }

    /// A certificate with what it was issued as.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn issued(&mut self, certificate: &str) -> Result<IssuedCertificate, Failure> {
        self.query(exchange::messages::CHAINCODE, "certificate", args![certificate])
    }

    /// A granule.
    ///
    /// # Errors
    /// There is none.
    pub fn granule(&mut self, device: &str, start_ns: u64) -> Result<Granule, Failure> {
        self.query(exchange::messages::CHAINCODE, "granule", args![device, start_ns.to_string()])
    }

    /// What a device carries.
    ///
    /// # Errors
    /// The query was refused.
    pub fn carried(&mut self, device: &str) -> Result<CarriedEnergy, Failure> {
        self.query(exchange::messages::CHAINCODE, "carried_energy", args![device])
    }
}
