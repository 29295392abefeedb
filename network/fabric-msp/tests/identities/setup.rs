use fabric_msp::identity::Principal;
use fabric_msp::{Msp, MspError};
use fabric_protos::common::msp_role::MspRoleType;
use fabric_protos::msp::{FabricMspConfig, FabricOuIdentifier, MspConfig};
use prost::Message;

use crate::authority::{Authority, MSPID, role};

#[test]
fn without_node_units_administrators_are_listed() {
    let root = Authority::root("root");
    let administrator = root.issue("administrator", &[]);
    let mut config = FabricMspConfig { fabric_node_ous: None, ..root.config() };
    assert!(matches!(Msp::new(&config), Err(MspError::Setup { .. })), "none listed");
    config.admins = vec![administrator.pem()];
    let msp = Msp::new(&config).unwrap();
    let identity = msp.identity(&administrator.pem()).unwrap();
    assert!(Principal::from(&role(MSPID, MspRoleType::Admin)).contains(&identity));
    let other = msp.identity(&root.issue("other", &["admin"]).pem()).unwrap();
    assert!(Principal::from(&role(MSPID, MspRoleType::Member)).contains(&other));
    for untold in [MspRoleType::Admin, MspRoleType::Peer, MspRoleType::Client, MspRoleType::Orderer] {
        assert!(!Principal::from(&role(MSPID, untold)).contains(&other), "{untold:?}");
    }
}

#[test]
fn a_listed_administrator_must_be_a_client_or_administrator() {
    let root = Authority::root("root");
    for (unit, accepted) in [("client", true), ("admin", true), ("peer", false), ("orderer", false)] {
        let config = FabricMspConfig { admins: vec![root.issue("administrator", &[unit]).pem()], ..root.config() };
        assert_eq!(Msp::new(&config).is_ok(), accepted, "{unit}");
    }
}

#[test]
fn demanded_units_are_checked_with_their_authority() {
    let root = Authority::root("root");
    let demand = |certificate: Vec<u8>| FabricMspConfig {
        organizational_unit_identifiers: vec![FabricOuIdentifier {
            certificate,
            organizational_unit_identifier: "trading".to_owned(),
        }],
        ..root.config()
    };
    let msp = Msp::new(&demand(root.pem())).unwrap();
    assert!(msp.identity(&root.issue("in", &["peer", "trading"]).pem()).unwrap().validate().is_ok());
    assert!(msp.identity(&root.issue("out", &["peer"]).pem()).unwrap().validate().is_err());
    assert!(Msp::new(&demand(Authority::root("other").pem())).is_err(), "an authority that is not the MSP's");
    assert!(Msp::new(&demand(Vec::new())).is_err(), "no authority");
}

#[test]
fn bad_configurations_are_refused() {
    let root = Authority::root("root");
    let leaf = root.issue("leaf", &["peer"]).pem();
    let stray = Authority::root("elsewhere").intermediate("stray").pem();
    for (config, code) in [
        (FabricMspConfig { root_certs: Vec::new(), ..root.config() }, "MSP_NO_ROOT"),
        (FabricMspConfig { root_certs: vec![b"no PEM".to_vec()], ..root.config() }, "CERTIFICATE_PEM"),
        (FabricMspConfig { root_certs: vec![leaf], ..root.config() }, "MSP_SETUP"),
        (FabricMspConfig { intermediate_certs: vec![stray], ..root.config() }, "MSP_NO_CHAIN"),
        (FabricMspConfig { revocation_list: vec![vec![1, 2, 3]], ..root.config() }, "MSP_SETUP"),
    ] {
        assert_eq!(Msp::new(&config).unwrap_err().code(), code);
    }
    let config = MspConfig { r#type: 1, config: root.config().encode_to_vec() };
    assert_eq!(Msp::from_config(&config).unwrap_err(), MspError::UnsupportedType(1));
    assert!(Msp::from_config(&MspConfig { r#type: 0, ..config }).is_ok());
}
