//! Writes client certificates. Nobody verifies them here, so key and signature are empty.

use crate::identity::ATTRIBUTES_EXTENSION;

/// 2.5.4.3 and 2.5.4.11, encoded.
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const ORGANIZATIONAL_UNIT: [u8; 3] = [0x55, 0x04, 0x0b];
/// 1.2.840.10045.4.3.2, encoded: ECDSA with SHA-256.
const ECDSA_SHA256: [u8; 8] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// A DER certificate of the client `name`, issued by `issuer`, with attributes as Fabric's CA writes them.
pub(super) fn client_certificate(name: &str, issuer: &str, attributes: Option<&[u8]>) -> Vec<u8> {
    let algorithm = element(SEQUENCE, &[element(OBJECT_IDENTIFIER, &[ECDSA_SHA256.to_vec()])]);
    let time = |text: &str| element(UTC_TIME, &[text.as_bytes().to_vec()]);
    let subject = [attribute(ORGANIZATIONAL_UNIT, "client"), attribute(COMMON_NAME, name)];
    let mut fields = vec![
        element(VERSION, &[element(INTEGER, &[vec![2]])]),
        element(INTEGER, &[vec![1]]),
        algorithm.clone(),
        element(SEQUENCE, &[attribute(COMMON_NAME, issuer)]),
        element(SEQUENCE, &[time("260101000000Z"), time("360101000000Z")]),
        element(SEQUENCE, &subject),
        element(SEQUENCE, &[algorithm.clone(), element(BIT_STRING, &[vec![0]])]),
    ];
    if let Some(json) = attributes {
        let identifier = element(OBJECT_IDENTIFIER, &[ATTRIBUTES_EXTENSION.to_vec()]);
        let extension = element(SEQUENCE, &[identifier, element(OCTET_STRING, &[json.to_vec()])]);
        fields.push(element(EXTENSIONS, &[element(SEQUENCE, &[extension])]));
    }
    element(SEQUENCE, &[element(SEQUENCE, &fields), algorithm, element(BIT_STRING, &[vec![0]])])
}

/// One relative distinguished name.
fn attribute(identifier: [u8; 3], value: &str) -> Vec<u8> {
    let pair = [element(OBJECT_IDENTIFIER, &[identifier.to_vec()]), element(UTF8_STRING, &[value.as_bytes().to_vec()])];
    element(SET, &[element(SEQUENCE, &pair)])
}

/// A DER element of these parts.
fn element(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().take_while(|&&digit| digit == 0).count()..];
    let mut element = vec![tag];
    match digits {
        [] => element.push(0),
        [short @ ..0x80] => element.push(*short),
        _ => {
            // A length never has more than 8 digits.
            element.push(0x80 | digits.iter().fold(0, |count, _| count + 1));
            element.extend_from_slice(digits);
        }
    }
    element.extend_from_slice(&content);
    element
}
