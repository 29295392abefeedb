//! ECDSA P-256 signatures as Fabric writes them: DER, with the lower of the two possible `s`.

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};

use crate::der;

/// Order of the curve P-256 (FIPS 186-5).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// Half of it, rounded down: the largest low `s`.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d,
    0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// Why a signature or a key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not a DER sequence of two positive integers below 2^256.
    #[error("the signature is not DER of two P-256 scalars")]
    Malformed,
    /// Anyone could have made this second form of a valid signature.
    #[error("the signature has a high s, only the low form is accepted")]
    HighS,
    /// It does not fit the message and the key.
    #[error("the signature is invalid")]
    Invalid,
    /// Not an uncompressed or compressed point of P-256.
    #[error("the public key is not a point of P-256")]
    Key,
}

impl SignatureError {
    /// Stable code, for logs and programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "SIGNATURE_MALFORMED",
            Self::HighS => "SIGNATURE_HIGH_S",
            Self::Invalid => "SIGNATURE_INVALID",
            Self::Key => "SIGNATURE_KEY",
        }
    }
}

/// The two numbers of an ECDSA signature, big-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    r: [u8; 32],
    s: [u8; 32],
}

impl Signature {
    /// From 64 bytes `r | s`.
    pub fn from_fixed(bytes: &[u8; 64]) -> Self {
        let mut signature = Self { r: [0; 32], s: [0; 32] };
        signature.r.copy_from_slice(&bytes[..32]);
        signature.s.copy_from_slice(&bytes[32..]);
        signature
    }

    /// From DER.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`].
    pub fn from_der(der: &[u8]) -> Result<Self, SignatureError> {
        // Two integers of at most 33 bytes: no length needs its long form.
        let [0x30, length, content @ ..] = der else { return Err(SignatureError::Malformed) };
        if usize::from(*length) != content.len() {
            return Err(SignatureError::Malformed);
        }
        let (r, rest) = read_scalar(content)?;
        let (s, rest) = read_scalar(rest)?;
        if rest.is_empty() { Ok(Self { r, s }) } else { Err(SignatureError::Malformed) }
    }

    /// As DER.
    pub fn to_der(&self) -> Vec<u8> {
        der::element(der::SEQUENCE, &[der::unsigned(&self.r), der::unsigned(&self.s)].concat())
    }

    /// 64 bytes `r | s`.
    pub fn to_fixed(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.r);
        bytes[32..].copy_from_slice(&self.s);
        bytes
    }

    /// Whether `s` is at most half the curve's order.
    pub fn is_low_s(&self) -> bool {
        self.s <= HALF_ORDER
    }

    /// The equivalent signature with the low `s`.
    #[must_use]
    pub fn to_low_s(self) -> Self {
        if self.is_low_s() { self } else { Self { r: self.r, s: negate(&self.s) } }
    }
}

/// `ORDER - scalar`, for a scalar below the order.
fn negate(scalar: &[u8; 32]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = false;
    for index in (0..32).rev() {
        let (digit, first) = ORDER[index].overflowing_sub(scalar[index]);
        let (digit, second) = digit.overflowing_sub(u8::from(borrow));
        difference[index] = digit;
        borrow = first || second;
    }
    difference
}

/// Reads a minimal, non-negative DER integer of at most 32 significant bytes.
fn read_scalar(der: &[u8]) -> Result<([u8; 32], &[u8]), SignatureError> {
    let [0x02, length, rest @ ..] = der else { return Err(SignatureError::Malformed) };
    let (digits, rest) = rest.split_at_checked(usize::from(*length)).ok_or(SignatureError::Malformed)?;
    let digits = match digits {
        [0, next, ..] if *next >= 0x80 => &digits[1..],
        [first, ..] if (1..0x80).contains(first) => digits,
        _ => return Err(SignatureError::Malformed), // Empty, zero, negative or not minimal.
    };
    let start = 32usize.checked_sub(digits.len()).ok_or(SignatureError::Malformed)?;
    let mut scalar = [0; 32];
    scalar[start..].copy_from_slice(digits);
    Ok((scalar, rest))
}

/// A P-256 key, parsed once for many verifications.
#[derive(Clone, Debug)]
pub struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// From a point as in SEC 1: 65 bytes, or 33 in the compressed form.
    ///
    /// # Errors
    /// [`SignatureError::Key`].
    pub fn from_sec1(point: &[u8]) -> Result<Self, SignatureError> {
        ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).map(Self).map_err(|_| SignatureError::Key)
    }

    /// The point that it was made from.
    pub fn as_sec1(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// Checks a DER signature over the SHA-256 of a message.
    ///
    /// # Errors
    /// [`SignatureError`], also for a valid signature with high s.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        require_low_s(signature)?;
        self.0.verify_sig(message, signature).map_err(|_| SignatureError::Invalid)
    }

    /// Checks a DER signature over a SHA-256 digest.
    ///
    /// # Errors
    /// [`SignatureError`], also for a valid signature with high s.
    pub fn verify_digest(&self, digest: &[u8; 32], signature: &[u8]) -> Result<(), SignatureError> {
        require_low_s(signature)?;
        let digest = Digest::import_less_safe(digest, &SHA256).map_err(|_| SignatureError::Invalid)?;
        self.0.verify_digest_sig(&digest, signature).map_err(|_| SignatureError::Invalid)
    }

    /// Checks a signature on a certificate or revocation list, where high s is allowed.
    pub(crate) fn verify_any_s(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        self.0.verify_sig(message, signature).map_err(|_| SignatureError::Invalid)
    }
}

fn require_low_s(signature: &[u8]) -> Result<(), SignatureError> {
    if Signature::from_der(signature)?.is_low_s() { Ok(()) } else { Err(SignatureError::HighS) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    #[test]
    fn of_the_two_forms_of_a_signature_only_the_low_one_is_accepted() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let key = PublicKey::from_sec1(pair.public_key().as_ref()).unwrap();
        for round in 0..50u8 {
            let fixed: [u8; 64] = pair.sign(&SystemRandom::new(), &[round]).unwrap().as_ref().try_into().unwrap();
            let low = Signature::from_fixed(&fixed).to_low_s();
            let high = Signature { r: low.r, s: negate(&low.s) };
            assert!(!high.is_low_s());
            assert_eq!(high.to_low_s(), low);
            assert_eq!(Signature::from_der(&high.to_der()), Ok(high));
            assert_eq!(Signature::from_fixed(&low.to_fixed()), low);
            assert_eq!(key.verify(&[round], &low.to_der()), Ok(()));
            assert_eq!(key.verify_digest(&crate::sha256([[round].as_slice()]), &low.to_der()), Ok(()));
            assert_eq!(key.verify_any_s(&[round], &high.to_der()), Ok(()));
            assert_eq!(key.verify(&[round], &high.to_der()), Err(SignatureError::HighS));
            assert_eq!(key.verify(&[round, 0], &low.to_der()), Err(SignatureError::Invalid));
        }
    }

    #[test]
    fn der_must_be_exact() {
        let good = Signature { r: [0x80; 32], s: [1; 32] }.to_der();
        assert!(Signature::from_der(&good).is_ok());
        assert!(Signature::from_der(&[good.as_slice(), &[0]].concat()).is_err(), "bytes behind it");
        assert!(Signature::from_der(&[0x30, 6, 2, 1, 1, 2, 1, 0]).is_err(), "zero");
        assert!(Signature::from_der(&[0x30, 6, 2, 1, 1, 2, 1, 0x80]).is_err(), "negative");
        assert!(Signature::from_der(&[0x30, 7, 2, 2, 0, 1, 2, 1, 1]).is_err(), "not minimal");
        assert!(Signature::from_der(&[0x30, 7, 2, 1, 1, 2, 2, 1]).is_err(), "cut off");
        assert!(Signature::from_der(&[]).is_err(), "empty");
    }
}
