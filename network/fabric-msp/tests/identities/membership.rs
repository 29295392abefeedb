use std::sync::Arc;

use fabric_msp::identity::Principal;
use fabric_msp::{Certificate, Msp, MspError, MspManager};
use fabric_protos::common::msp_principal::Classification;
use fabric_protos::common::msp_role::MspRoleType;
use fabric_protos::common::{CombinedPrincipal, MspPrincipal, OrganizationUnit};
use fabric_protos::msp::SerializedIdentity;
use prost::Message;
use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, date_time_ymd};

use crate::authority::{Authority, Issued, MSPID, role};

const ROLES: [(&str, MspRoleType); 4] = [
    ("client", MspRoleType::Client),
    ("peer", MspRoleType::Peer),
    ("admin", MspRoleType::Admin),
    ("orderer", MspRoleType::Orderer),
];

fn serialized(issued: &Issued) -> Vec<u8> {
    SerializedIdentity { mspid: MSPID.to_owned(), id_bytes: issued.pem() }.encode_to_vec()
}

#[test]
fn a_unit_makes_exactly_one_role() {
    let root = Authority::root("root");
    let msp = root.msp();
    for (unit, own_role) in ROLES {
        let identity = msp.identity(&root.issue("node", &[unit, "unrelated"]).pem()).unwrap();
        assert_eq!(identity.validate().unwrap().role, Some(own_role));
        assert!(Principal::from(&role(MSPID, MspRoleType::Member)).contains(&identity));
        assert!(!Principal::from(&role("OtherMSP", MspRoleType::Member)).contains(&identity));
        for (_, other_role) in ROLES {
            let principal = Principal::from(&role(MSPID, other_role));
            assert_eq!(principal.contains(&identity), own_role == other_role, "{own_role:?} {other_role:?}");
        }
    }
    for units in [&[][..], &["unrelated"], &["client", "peer"], &["client", "client"]] {
        let identity = msp.identity(&root.issue("node", units).pem()).unwrap();
        assert!(matches!(identity.validate(), Err(MspError::Units(_))), "{units:?}");
        assert!(!Principal::from(&role(MSPID, MspRoleType::Member)).contains(&identity));
    }
}

#[test]
fn strangers_revoked_and_authorities_are_refused() {
    let root = Authority::root("root");
    let mut config = root.config();
    config.revocation_list = vec![root.revoke("thief"), Authority::root("root").revoke("honest")];
    let msp = Msp::new(&config).unwrap();

    let stranger = Authority::root("root").issue("stranger", &["client"]);
    assert!(matches!(msp.identity(&stranger.pem()), Err(MspError::NoChain(_))), "same name, another key");
    let thief = msp.identity(&root.issue("thief", &["client"]).pem()).unwrap();
    assert_eq!(thief.validate(), Err(&MspError::Revoked));
    let honest = msp.identity(&root.issue("honest", &["client"]).pem()).unwrap();
    assert!(honest.validate().is_ok(), "the list of an authority that did not issue it does not count");
    let authority = msp.identity(&root.pem()).unwrap();
    assert_eq!(authority.validate(), Err(&MspError::Authority));
    assert!(msp.identity(b"no PEM").is_err());
}

#[test]
fn an_expired_identity_stays_valid_and_says_when_it_ended() {
    let root = Authority::root("root");
    let expired = root.issue_with("old", &["client"], |params| {
        params.not_before = date_time_ymd(2021, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 2);
    });
    let identity = root.msp().identity(&expired.pem()).unwrap();
    assert!(identity.validate().is_ok());
    assert_eq!(identity.expires_at(), 1_609_545_600);

    let before = root.issue_with("early", &["client"], |params| params.not_before = date_time_ymd(2019, 1, 1));
    assert!(matches!(root.msp().identity(&before.pem()), Err(MspError::NoChain(_))), "older than its authority");
}

#[test]
fn chains_go_through_intermediates_and_identities_hang_on_leaves_only() {
    let root = Authority::root("root");
    let intermediate = root.intermediate("intermediate");
    let mut config = root.config();
    config.intermediate_certs = vec![intermediate.pem()];
    let msp = Msp::new(&config).unwrap();
    let below = msp.identity(&intermediate.issue("below", &["peer"]).pem()).unwrap();
    assert!(below.validate().is_ok());
    let beside = msp.identity(&root.issue("beside", &["peer"]).pem()).unwrap();
    assert_eq!(beside.validate(), Err(&MspError::InnerIssuer));
    let unknown = root.intermediate("unknown").issue("node", &["peer"]);
    assert!(matches!(msp.identity(&unknown.pem()), Err(MspError::NoChain(_))));
    // A peer's certificate signs nothing, even if it says so.
    let pretender =
        root.issue_with("pretender", &["peer"], |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    assert!(matches!(msp.identity(&pretender.pem()).unwrap().validate(), Err(MspError::Authority)));
}

#[test]
fn a_certificate_for_another_purpose_is_refused() {
    let root = Authority::root("root");
    for (purpose, accepted) in [
        (ExtendedKeyUsagePurpose::ServerAuth, true),
        (ExtendedKeyUsagePurpose::Any, true),
        (ExtendedKeyUsagePurpose::CodeSigning, false),
    ] {
        let issued = root.issue_with("node", &["peer"], |params| params.extended_key_usages = vec![purpose]);
        assert_eq!(root.msp().identity(&issued.pem()).is_ok(), accepted);
    }
}

#[test]
fn principals_of_units_identities_and_combinations() {
    let root = Authority::root("root");
    let msp = root.msp();
    let issued = root.issue("node", &["peer", "trading"]);
    let identity = msp.identity(&issued.pem()).unwrap();
    let other = msp.identity(&root.issue("other", &["peer"]).pem()).unwrap();
    let principal = |classification: Classification, principal: Vec<u8>| MspPrincipal {
        principal_classification: classification.into(),
        principal,
    };
    let unit = |name: &str, certifiers_identifier: Vec<u8>| {
        let unit = OrganizationUnit {
            msp_identifier: MSPID.to_owned(),
            organizational_unit_identifier: name.to_owned(),
            certifiers_identifier,
        };
        principal(Classification::OrganizationUnit, unit.encode_to_vec())
    };
    let certifiers = identity.validate().unwrap().certifiers.to_vec();
    assert_eq!(certifiers, Certificate::from_pem(&root.pem()).unwrap().fingerprint());
    let trading = unit("trading", certifiers.clone());
    let one = principal(Classification::Identity, serialized(&issued));
    let combined = |principals| principal(Classification::Combined, CombinedPrincipal { principals }.encode_to_vec());
    for (principal, of_identity, of_other) in [
        (trading.clone(), true, false),
        (unit("trading", vec![0; 32]), false, false),
        (one.clone(), true, false),
        (combined(vec![trading.clone(), one]), true, false),
        (combined(vec![trading, role(MSPID, MspRoleType::Orderer)]), false, false),
        (combined(Vec::new()), false, false),
        (combined(vec![role(MSPID, MspRoleType::Peer)]), true, true),
        (principal(Classification::Anonymity, Vec::new()), true, true),
        (principal(Classification::Anonymity, vec![8, 1]), false, false),
        (principal(Classification::Role, vec![0xff]), false, false),
    ] {
        let compiled = Principal::from(&principal);
        assert_eq!(compiled.contains(&identity), of_identity, "{compiled:?}");
        assert_eq!(compiled.contains(&other), of_other, "{compiled:?}");
    }
}

#[test]
fn a_certificate_is_the_same_in_both_forms_of_its_signature() {
    let root = Authority::root("root");
    let mut rewritten_count = 0;
    // About every second certificate has a high s.
    for _ in 0..40 {
        let issued = root.issue("node", &["peer"]);
        let certificate = Certificate::from_der(issued.certificate.der()).unwrap();
        let rewritten = Certificate::from_der(certificate.der()).unwrap();
        rewritten_count += usize::from(certificate.der() != issued.certificate.der().as_ref());
        assert_eq!(rewritten.der(), certificate.der());
        assert_eq!(rewritten.fingerprint(), certificate.fingerprint());
        assert!(root.msp().identity(&issued.pem()).unwrap().validate().is_ok());
    }
    assert!((1..40).contains(&rewritten_count));
}

#[test]
fn the_manager_finds_identities_again_and_refuses_others() {
    let root = Authority::root("root");
    let manager = MspManager::new([Arc::new(root.msp())]);
    let issued = root.issue("node", &["peer"]);
    let first = manager.identity(&serialized(&issued)).unwrap();
    let second = manager.valid_identity(&serialized(&issued)).unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    let mut elsewhere = SerializedIdentity { mspid: "NobodyMSP".to_owned(), id_bytes: issued.pem() };
    let unknown = manager.identity(&elsewhere.encode_to_vec()).unwrap_err();
    assert_eq!(unknown.to_string(), "MSP NobodyMSP is not defined on channel");
    elsewhere.mspid = MSPID.to_owned();
    elsewhere.id_bytes.truncate(100);
    assert!(manager.identity(&elsewhere.encode_to_vec()).is_err());
    assert!(manager.identity(&[0xff]).is_err());
    let unfit = root.issue("unfit", &["peer", "client"]);
    assert!(manager.identity(&serialized(&unfit)).is_ok());
    assert!(manager.valid_identity(&serialized(&unfit)).is_err());
}
