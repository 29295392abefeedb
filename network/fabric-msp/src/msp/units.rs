//! Organizational units: which an MSP demands, and which make a role.

use fabric_protos::common::msp_role::MspRoleType;
use fabric_protos::msp::{FabricMspConfig, FabricOuIdentifier};

use super::MspError;
use super::chain::Trust;
use crate::certificate::Certificate;

/// Units of which every identity must have one; none if there are none.
#[derive(Debug)]
pub(super) struct RequiredUnits(Vec<RequiredUnit>);

#[derive(Debug)]
struct RequiredUnit {
    name: String,
    /// Hash over the chain of the authority that must have issued the certificate.
    certifiers: [u8; 32],
}

impl RequiredUnits {
    pub(super) fn new(config: &FabricMspConfig, trust: &Trust) -> Result<Self, MspError> {
        let unit = |unit: &FabricOuIdentifier| {
            let certifiers = trust.certifiers_identifier(&Certificate::from_pem(&unit.certificate)?)?;
            Ok(RequiredUnit { name: unit.organizational_unit_identifier.clone(), certifiers })
        };
        config.organizational_unit_identifiers.iter().map(unit).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn check(&self, mspid: &str, units: &[String], certifiers: &[u8; 32]) -> Result<(), MspError> {
        let met = |required: &RequiredUnit| required.certifiers == *certifiers && units.contains(&required.name);
        if self.0.is_empty() || self.0.iter().any(met) {
            return Ok(());
        }
        Err(MspError::Units(format!("none of the identity's organizational units {units:?} are in MSP {mspid}")))
    }
}

/// A unit that makes a role, of one certificate authority or of any.
#[derive(Debug)]
struct NodeUnit {
    role: MspRoleType,
    name: String,
    /// Hash over the chain of the authority that must have issued the certificate; none for any.
    certifiers: Option<[u8; 32]>,
}

/// Units that make an identity's role.
#[derive(Debug)]
pub(super) struct NodeUnits(Vec<NodeUnit>);

impl NodeUnits {
    /// None if roles do not come from units.
    pub(super) fn new(config: &FabricMspConfig, trust: &Trust) -> Result<Option<Self>, MspError> {
        let Some(node_units) = config.fabric_node_ous.as_ref().filter(|units| units.enable) else { return Ok(None) };
        let roles = [
            (MspRoleType::Client, &node_units.client_ou_identifier),
            (MspRoleType::Peer, &node_units.peer_ou_identifier),
            (MspRoleType::Admin, &node_units.admin_ou_identifier),
            (MspRoleType::Orderer, &node_units.orderer_ou_identifier),
        ];
        let mut units = Vec::new();
        for (role, unit) in roles {
            let Some(unit) = unit else { continue };
            let certifiers = match unit.certificate.as_slice() {
                [] => None,
                pem => Some(trust.certifiers_identifier(&Certificate::from_pem(pem)?)?),
            };
            units.push(NodeUnit { role, name: unit.organizational_unit_identifier.clone(), certifiers });
        }
        Ok(Some(units).filter(|units| !units.is_empty()).map(Self))
    }

    pub(super) fn has_administrators(&self) -> bool {
        self.0.iter().any(|unit| unit.role == MspRoleType::Admin)
    }

    /// The one role that an identity's units give it.
    pub(super) fn role(&self, mspid: &str, units: &[String], certifiers: &[u8; 32]) -> Result<MspRoleType, MspError> {
        let mut roles = Vec::new();
        for unit in units {
            let Some(node_unit) = self.0.iter().find(|node_unit| node_unit.name == *unit) else { continue };
            if node_unit.certifiers.as_ref().is_some_and(|required| required != certifiers) {
                return Err(MspError::Units(format!("certifiersIdentifier does not match: {units:?}, MSP: [{mspid}]")));
            }
            roles.push(node_unit.role);
        }
        match roles.as_slice() {
            [role] => Ok(*role),
            [] => Err(MspError::Units(format!(
                "the identity does not have an OU that resolves to client, peer, orderer, or admin role. \
                 OUs: {units:?}, MSP: [{mspid}]"
            ))),
            _ => Err(MspError::Units(format!(
                "the identity must have a client, a peer, an orderer, or an admin OU role to be valid, \
                 not a combination of them. OUs: {units:?}, MSP: [{mspid}]"
            ))),
        }
    }
}
