use std::fs;
use std::sync::Arc;

use fabric_msp::policy::{SignedData, parse, verified_identities};
use fabric_msp::proposal::{endorse, verify_endorsement};
use fabric_msp::{LocalSigner, MspManager, SignaturePolicy, Signer};

use crate::authority::{Authority, Issued, MSPID};

fn signer(issued: &Issued) -> LocalSigner {
    LocalSigner::from_pem(MSPID, &issued.pem(), issued.key.serialize_pem().as_bytes()).unwrap()
}

fn sign(signer: &LocalSigner, data: &[u8]) -> SignedData {
    SignedData { identity: signer.creator().to_vec(), data: data.to_vec(), signature: signer.sign(data).unwrap() }
}

#[test]
fn a_signer_reads_cryptogens_folder_and_is_verified() {
    let root = Authority::root("root");
    let issued = root.issue("node", &["peer"]);
    let folder = tempfile::tempdir().unwrap();
    for name in ["signcerts", "keystore"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    assert_eq!(LocalSigner::from_folder(MSPID, folder.path()).unwrap_err().code(), "SIGNER_FILE_MISSING");
    fs::write(folder.path().join("signcerts/node-cert.pem"), issued.pem()).unwrap();
    fs::write(folder.path().join("keystore/priv_sk"), issued.key.serialize_pem()).unwrap();
    let signer = LocalSigner::from_folder(MSPID, folder.path()).unwrap();
    let manager = MspManager::new([Arc::new(root.msp())]);
    for round in 0..50u8 {
        let endorsement = endorse(&signer, &[round]).unwrap();
        let endorser = verify_endorsement(&manager, &[round], &endorsement).unwrap();
        assert_eq!(endorser.certificate().common_name(), "node");
        assert!(verify_endorsement(&manager, &[round, 0], &endorsement).is_err());
    }
    assert!(!format!("{signer:?}").contains("key"), "a key must not be printed");
}

#[test]
fn a_signer_needs_its_own_certificate() {
    let root = Authority::root("root");
    let [first, second] = ["first", "second"].map(|name| root.issue(name, &["peer"]));
    let mixed = LocalSigner::from_pem(MSPID, &first.pem(), second.key.serialize_pem().as_bytes());
    assert_eq!(mixed.unwrap_err().code(), "SIGNER_KEY_MISMATCH");
    assert_eq!(LocalSigner::from_pem(MSPID, &first.pem(), b"").unwrap_err().code(), "SIGNER_KEY");
    assert_eq!(LocalSigner::from_pem(MSPID, b"", b"").unwrap_err().code(), "SIGNER_CERTIFICATE");
}

#[test]
fn an_identity_counts_once_however_often_it_signs() {
    let root = Authority::root("root");
    let manager = MspManager::new([Arc::new(root.msp())]);
    let [first, second] = ["first", "second"].map(|name| signer(&root.issue(name, &["peer"])));
    let both = SignaturePolicy::new(&parse("AND('TestMSP.peer', 'TestMSP.peer')").unwrap()).unwrap();
    let satisfied = |signed: &[SignedData]| both.is_satisfied_by(&verified_identities(&manager, signed));
    assert!(satisfied(&[sign(&first, b"x"), sign(&second, b"x")]));
    assert!(!satisfied(&[sign(&first, b"x"), sign(&first, b"x")]));
    // A wrong signature does not keep the same identity's right one out.
    let wrong = SignedData { data: b"y".to_vec(), ..sign(&first, b"x") };
    assert!(satisfied(&[wrong.clone(), sign(&first, b"x"), sign(&second, b"x")]));
    assert!(!satisfied(&[wrong, sign(&second, b"x")]));
    // The same certificate in another PEM dress is the same identity.
    let mut dressed = sign(&first, b"x");
    let serialized = fabric_protos::msp::SerializedIdentity {
        mspid: MSPID.to_owned(),
        id_bytes: [first.creator(), b"\n"].concat().split_off(2 + MSPID.len() + 3),
    };
    dressed.identity = prost::Message::encode_to_vec(&serialized);
    assert!(!satisfied(&[sign(&first, b"x"), dressed]));
}
