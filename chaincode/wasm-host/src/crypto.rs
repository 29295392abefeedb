//! The cryptography that a contract may leave to its host.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};

/// Half of the order of P-256, rounded down: the largest `s` of a low-S signature (SEC 2, 2.4.2).
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, //
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// Whether `signature` (r and s, 32 bytes each) over `digest` is by `key` (SEC1, 33 or 65 bytes). A signature with a
/// high s is not valid: each signature has one encoding only.
pub(crate) fn p256_verify(key: &[u8], digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    if !matches!(key.len(), 33 | 65) || signature[32..] > HALF_ORDER[..] {
        return false;
    }
    let Ok(digest) = digest::Digest::import_less_safe(digest, &digest::SHA256) else { return false };
    ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
        .is_ok_and(|key| key.verify_digest_sig(&digest, signature).is_ok())
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::signature::hazmat::PrehashSigner;
    use p256::ecdsa::{Signature, SigningKey};

    use super::*;

    /// A key, a digest, and the low-S signature.
    fn signed() -> (SigningKey, [u8; 32], Signature) {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let digest = sha256(b"bundle");
        let signature: Signature = key.sign_prehash(&digest).unwrap();
        (key, digest, signature.normalize_s())
    }

    #[test]
    fn a_signature_holds_for_both_forms_of_the_key() {
        let (key, digest, signature) = signed();
        let signature = signature.to_bytes().into();
        for compressed in [true, false] {
            let key = key.verifying_key().to_sec1_point(compressed);
            assert!(p256_verify(key.as_bytes(), &digest, &signature));
            assert!(!p256_verify(key.as_bytes(), &sha256(b"another"), &signature));
            assert!(!p256_verify(&key.as_bytes()[1..], &digest, &signature));
        }
    }

    #[test]
    fn a_high_s_is_refused_although_the_equation_holds() {
        let (key, digest, signature) = signed();
        let high = Signature::from_scalars(signature.r(), -*signature.s()).unwrap();
        assert_eq!(high.normalize_s(), signature);
        assert!(!p256_verify(key.verifying_key().to_sec1_point(false).as_bytes(), &digest, &high.to_bytes().into()));
    }

    #[test]
    fn the_bound_is_half_of_the_order() {
        // The order n of P-256 is odd: n = 2 * HALF_ORDER + 1.
        let mut doubled = [0; 32];
        let mut carry = 1;
        for (place, byte) in HALF_ORDER.iter().enumerate().rev() {
            let sum = u16::from(*byte) * 2 + carry;
            doubled[place] = (sum & 0xff) as u8;
            carry = sum >> 8;
        }
        let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
        assert_eq!(hex::encode(doubled), order);
    }
}
