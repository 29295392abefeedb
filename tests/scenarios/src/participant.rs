use declaration::encoding::{Hexadecimal, PublicKey, Signature};
use declaration::messages::Connection;
use exchange::messages::{Carrier, Device, Generation, Registration, SignedInstruction, Terms};
use fabric_contract_api::crypto::sha256;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use rules::bundle::DeclaredOrder;
use rules::certificate::ProjectCode;
use rules::instruction::Instruction;
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
        self.sign_digest(&rules::bundle::digest(bytes))
    }

    /// An instruction of the member, signed.
    #[must_use]
    pub fn instruct(&self, instruction: &Instruction) -> SignedInstruction {
        let bytes = instruction.encode();
        let signature = self.sign_digest(&rules::instruction::digest(&bytes));
        SignedInstruction { instruction: bytes.into(), signature }
    }

    fn sign_digest(&self, digest: &[u8; 32]) -> Signature {
        let signature: p256::ecdsa::Signature =
            self.key.sign_prehash(digest).unwrap_or_else(|_| unreachable!("a digest of 32 bytes can be signed"));
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

    /// Its devices, at its connection point: a wind turbine and a load of 1 GW each, metered by the hour.
    #[must_use]
    pub fn devices(&self) -> [Device; 2] {
        let device = |name, generation| Device {
            device: name,
            member: self.name.clone(),
            generation,
            capacity_w: 1_000_000_000,
            point: self.point,
            interval_s: 3_600,
            zone: "A1".to_owned(),
            commissioned_ns: 0,
        };
        // Sixteen digits of a hash: no two members of a scenario have the same.
        let [.., a, b, c, d, e, f] = sha256(self.name.as_bytes());
        let digits = format!("{:016}", u64::from_be_bytes([0, 0, a, b, c, d, e, f]) % 10_000_000_000_000_000);
        let project = ProjectCode::with_check_digit(&digits);
        let generation = Generation {
            carrier: Carrier::Wind,
            technology: "onshore".to_owned(),
            project_code: project.map(|code| code.as_str().to_owned()).unwrap_or_default(),
            emission_g_per_mwh: 11_000,
        };
        [device(self.plant(), Some(generation)), device(self.load(), None)]
    }

    /// The device that generates.
    #[must_use]
    pub fn plant(&self) -> String {
        format!("{}-plant", self.name)
    }

    /// The device that consumes.
    #[must_use]
    pub fn load(&self) -> String {
        format!("{}-load", self.name)
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
