use declaration::encoding::{Hexadecimal, PublicKey, Signature};
use declaration::messages::Connection;
use exchange::messages::{Registration, Terms};
use fabric_contract_api::crypto::sha256;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use rules::bundle::{DeclaredOrder, digest};
use rules::order::{ClassIndex, Side};

/// A market member with its key and its one connection point.
#[derive(Clone)]
pub struct Participant {
    /// Its identifier.
    pub name: String,
    /// The connection point.
    pub point: u32,
    /// The point's class, as a place in the session's list.
    pub class: u8,
    key: SigningKey,
}

impl Participant {
    /// A member whose key is made from its name.
    #[must_use]
    pub fn new(name: &str, point: u32, class: u8) -> Self {
        // A hash is a valid key unless it is zero or above the curve's order, which takes 2^32 names to happen once.
        let key = (0_u8..=u8::MAX)
            .find_map(|attempt| SigningKey::from_slice(&sha256(&[name.as_bytes(), &[attempt]].concat())).ok());
        let key = key.unwrap_or_else(|| unreachable!("256 hashes in a row are no keys"));
        Self { name: name.to_owned(), point, class, key }
    }

    /// Its public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        let point = self.key.verifying_key().to_sec1_point(true);
        let mut bytes = [0; 33];
        bytes.copy_from_slice(point.as_bytes());
        Hexadecimal(bytes)
    }

    /// Signs the canonical bytes of a bundle.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        let signature: p256::ecdsa::Signature = self
            .key
            .sign_prehash(&digest(bytes))
            .unwrap_or_else(|_| unreachable!("a digest of 32 bytes can be signed"));
        let signature = signature.normalize_s();
        let mut bytes = [0; 64];
        bytes.copy_from_slice(&signature.to_bytes());
        Hexadecimal(bytes)
    }

    /// What the trading centre registers, with these limits in Wh.
    #[must_use]
    pub fn registration(&self, classes: &[&str], sell_limit_wh: u64, buy_limit_wh: u64) -> Registration {
        Registration {
            member: self.name.clone(),
            information_hash: Hexadecimal(sha256(self.name.as_bytes())),
            terms: Terms {
                public_key: self.public_key(),
                connections: vec![Connection {
                    point: self.point,
                    class: classes.get(usize::from(self.class)).copied().unwrap_or_default().to_owned(),
                }],
                sell_limit_wh,
                buy_limit_wh,
            },
        }
    }

    /// An order at its connection point.
    #[must_use]
    pub fn order(&self, (number, side, price, volume): (u32, Side, i64, u64)) -> DeclaredOrder {
        DeclaredOrder { number, side, class: ClassIndex(self.class), point: self.point, price, volume }
    }
}

/// Number, side, price in fen/MWh and volume in Wh of an ask.
#[must_use]
pub fn sell(number: u32, price: i64, volume_wh: u64) -> (u32, Side, i64, u64) {
    (number, Side::Sell, price, volume_wh)
}

/// Number, side, price in fen/MWh and volume in Wh of a bid.
#[must_use]
pub fn buy(number: u32, price: i64, volume_wh: u64) -> (u32, Side, i64, u64) {
    (number, Side::Buy, price, volume_wh)
}
