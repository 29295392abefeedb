//! The contract's functions.

use fabric_contract_api::crypto::sha256;
use fabric_contract_api::{Bytes, Context, Map, QueryContext, ReadContext, contract, contracts};
use rules::bundle::Bundle;
use rules::session::{Declaration, Standing};

use crate::MEMBER_BUNDLES_MAX;
use crate::acceptance::{Refusal, check_origin};
use crate::encoding::Hexadecimal;
use crate::error::Error;
use crate::messages::{
    BundleName, BundlePage, DeclaredBundle, MemberRecord, MemberUpdate, Phase, Position, PositionUpdate, Receipt,
    RoundRecord,
};
use crate::protection::{Protected, all_three, put_protected};
use crate::stored_bundle::StoredBundle;

/// By session, round, member and sequence. Values are read as bytes, since a dishonest endorser may write any.
const BUNDLES: Map<(String, u32, String, u64), Bytes> = Map::new("bundle");
const MEMBERS: Map<String, MemberRecord> = Map::new("member");
const ROUNDS: Map<String, RoundRecord> = Map::new("round");
const POSITIONS: Map<(String, String), Position> = Map::new("position");

/// Chaincode whose transactions may set members and rounds.
const EXCHANGE: &str = "exchange";

/// Members' signed declarations.
pub struct Declarations;

#[contract(default)]
impl Declarations {
    /// Declares a bundle, which replaces the member's whole set of open orders in the session.
    #[submit]
    fn declare(context: &mut Context, bundle: Bytes, signature: Bytes) -> Result<Receipt, Error> {
        let bytes = bundle.0;
        let bundle = Bundle::decode(&bytes).map_err(Refusal::from)?;
        let signature = signature.0.try_into().map(Hexadecimal).map_err(|_| Refusal::BadSignature)?;
        let stored = StoredBundle { signature, declared_ns: context.timestamp_ns(), bytes };
        check(context, &bundle, &stored)?;

        let key = (bundle.session.as_str(), bundle.round, bundle.member.as_str(), bundle.sequence);
        BUNDLES.put(context, key, &stored.encode().into())?;
        BUNDLES.protect(context, key, &all_three())?;
        Ok(Receipt { bundle_hash: stored.hash() })
    }

    /// One bundle.
    #[evaluate]
    fn bundle(
        context: &QueryContext,
        session: String,
        round: u32,
        member: String,
        sequence: u64,
    ) -> Result<DeclaredBundle, Error> {
        let value = BUNDLES.load(context, (&session, round, &member, sequence))?;
        Ok(declared(member, sequence, &value).ok_or(Refusal::Truncated)?)
    }

    /// Bundles of a round by member and sequence, at most `limit`; values that are no bundles are left out.
    #[evaluate]
    fn bundles(
        context: &QueryContext,
        session: String,
        round: u32,
        from: String,
        limit: u32,
    ) -> Result<BundlePage, Error> {
        let page = BUNDLES.page(context, (session, round), limit, &from)?;
        let bundles =
            page.results.into_iter().filter_map(|((_, _, member, sequence), value)| declared(member, sequence, &value));
        Ok(BundlePage { bundles: bundles.collect(), next: page.bookmark })
    }

    /// A member's record.
    #[evaluate]
    fn member(context: &QueryContext, member: String) -> Result<MemberRecord, Error> {
        Ok(MEMBERS.load(context, member)?)
    }

    /// A session's current round.
    #[evaluate]
    fn round(context: &QueryContext, session: String) -> Result<RoundRecord, Error> {
        load_round(context, &session)
    }

    /// What a member has behind it in a session.
    #[evaluate]
    fn position(context: &QueryContext, session: String, member: String) -> Result<Position, Error> {
        Ok(POSITIONS.get(context, (session, member))?.unwrap_or_default())
    }

    /// All bundles of a round by name, or ROUND_TOO_LARGE.
    #[evaluate]
    fn sealable_bundles(
        context: &QueryContext,
        session: String,
        round: u32,
        bundles_max: u32,
        bytes_max: u32,
    ) -> Result<Vec<BundleName>, Error> {
        let (mut entries, mut bytes, mut names) = (0_u32, 0_usize, Vec::new());
        for entry in BUNDLES.prefix(context, (session.as_str(), round))? {
            // Junk counts as well: a peer cuts a range off silently at its query limit, which is above `bundles_max`.
            entries += 1;
            let entry = entry.map(|((_, _, member, sequence), value)| {
                bytes += value.len();
                BundleName { member, sequence, bundle_hash: Hexadecimal(sha256(&value)) }
            });
            if entries > bundles_max || bytes > bytes_max as usize {
                return Err(Error::RoundTooLarge { session, round, bundles_max, bytes_max });
            }
            match entry {
                Ok(name) => names.push(name),
                // Only a dishonest endorser writes a key that is none of this map's.
                Err(fabric_contract_api::Error::State(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(names)
    }

    /// The stored values of these bundles; null where there is none or another one than was named.
    ///
    /// Reads keys and no range, so that a bundle that comes after the seal cannot make the clearing a phantom read.
    #[evaluate]
    fn read_bundles(
        context: &QueryContext,
        session: String,
        round: u32,
        names: Vec<BundleName>,
    ) -> Result<Vec<Option<Bytes>>, Error> {
        let keys = names.iter().map(|name| (session.as_str(), round, name.member.as_str(), name.sequence));
        let values = BUNDLES.get_many(context, keys)?;
        let as_named = |(value, name): (Option<Bytes>, &BundleName)| {
            value.filter(|value| Hexadecimal(sha256(value)) == name.bundle_hash)
        };
        Ok(values.into_iter().zip(&names).map(as_named).collect())
    }

    /// Sets what members' declarations are checked against.
    #[submit]
    fn set_members(context: &mut Context, members: Vec<MemberUpdate>) -> Result<(), Error> {
        require_exchange(context)?;
        for MemberUpdate { member, record } in members {
            if put_protected(context, &MEMBERS, &member, &record)? == Protected::Taken {
                return Err(Error::KeyTaken(member));
            }
        }
        Ok(())
    }

    /// Sets a session's current round and the positions that changed.
    #[submit]
    fn set_round(
        context: &mut Context,
        session: String,
        record: RoundRecord,
        positions: Vec<PositionUpdate>,
    ) -> Result<(), Error> {
        require_exchange(context)?;
        if put_protected(context, &ROUNDS, &session, &record)? == Protected::Taken {
            return Err(Error::KeyTaken(session));
        }
        for PositionUpdate { member, position } in positions {
            // Whether a position could be written does not matter: it only lets a bundle be refused early.
            put_protected(context, &POSITIONS, (session.as_str(), member.as_str()), &position)?;
        }
        Ok(())
    }
}

contracts!(Declarations);

/// All that can be known about a bundle when it is declared.
fn check(context: &ReadContext, bundle: &Bundle, stored: &StoredBundle) -> Result<(), Error> {
    if bundle.channel != context.channel() {
        return Err(Refusal::Rule(rules::session::Refusal::WrongChannel).into());
    }
    let round = load_round(context, &bundle.session)?;
    if round.phase != Phase::Open {
        return Err(Error::NotOpen(bundle.session.clone()));
    }
    let member = MEMBERS.get(context, &bundle.member)?;
    let member = check_origin(bundle, stored, member.as_ref(), &round)?;
    let standing = standing(context, bundle, member)?;
    let declaration = Declaration { bundle: bundle.clone(), declared_at: stored.declared_ns };
    let open_round = round.open_round(context.channel(), &bundle.session);
    Ok(open_round.check(&declaration, &standing, &member.limits()).map_err(Refusal::from)?)
}

/// What the member has behind it: cleared rounds, and the bundles that it has declared in this one.
///
/// Bundles that the member did not sign do not count here either. Otherwise an organization could make one up with the
/// highest sequence of all, and the member could declare no more.
fn standing(context: &ReadContext, bundle: &Bundle, member: &MemberRecord) -> Result<Standing, Error> {
    let position = POSITIONS.get(context, (bundle.session.as_str(), bundle.member.as_str()))?;
    let mut standing = Standing::from(position.unwrap_or_default());
    let mut bundles = 0;
    for entry in BUNDLES.prefix(context, (bundle.session.as_str(), bundle.round, bundle.member.as_str()))? {
        let ((_, _, _, sequence), value) = match entry {
            Ok(entry) => entry,
            Err(fabric_contract_api::Error::State(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        if sequence == bundle.sequence {
            return Err(Refusal::Rule(rules::session::Refusal::SequenceReplayed).into());
        }
        if is_authentic(bundle, sequence, &value, member) {
            standing.last_sequence = standing.last_sequence.max(sequence);
            bundles += 1;
        }
    }
    if bundles >= MEMBER_BUNDLES_MAX { Err(Refusal::TooManyBundles.into()) } else { Ok(standing) }
}

/// Whether a stored bundle is the member's own, for the same channel, session and round as `bundle`.
fn is_authentic(bundle: &Bundle, sequence: u64, value: &[u8], member: &MemberRecord) -> bool {
    let Some(stored) = StoredBundle::decode(value) else { return false };
    let Ok(other) = Bundle::decode(&stored.bytes) else { return false };
    let address =
        |bundle: &Bundle| (bundle.channel.clone(), bundle.session.clone(), bundle.member.clone(), bundle.round);
    address(&other) == address(bundle) && other.sequence == sequence && stored.is_signed_by(&member.public_key)
}

fn load_round(context: &ReadContext, session: &str) -> Result<RoundRecord, Error> {
    ROUNDS.get(context, session)?.ok_or_else(|| Error::UnknownSession(session.to_owned()))
}

fn require_exchange(context: &ReadContext) -> Result<(), Error> {
    if context.proposal_chaincode() == EXCHANGE { Ok(()) } else { Err(Error::OnlyExchange) }
}

fn declared(member: String, sequence: u64, value: &[u8]) -> Option<DeclaredBundle> {
    let stored = StoredBundle::decode(value)?;
    Some(DeclaredBundle {
        member,
        sequence,
        bundle_hash: stored.hash(),
        declared_ns: stored.declared_ns,
        signature: stored.signature,
        bundle: stored.bytes.into(),
    })
}
