use std::collections::BTreeMap;

use declaration::StoredBundle;
use declaration::encoding::Hexadecimal;
use declaration::messages::Receipt;
use exchange::messages::{
    Account, BookOrder, MeterReading, PostingSummary, Progress, ReadingsRecorded, RoundOpened, RoundResult,
    RoundSealed, Session, SessionEnded, SessionParameters, Trade,
};
use fabric_contract_api::composite_key;
use fabric_contract_api::crypto::sha256;
use fabric_contract_api::storage::KeyPart;
use fabric_contract_api::{Bytes, Value, args, from_json};
use rules::bundle::Bundle;
use rules::order::Side;

use crate::network::{Call, Failure, Forgery, Network, StateEntry};
use crate::organization::Organization;
use crate::participant::Participant;
use crate::session::CLASSES;

/// One call of the transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The call.
    pub call: Call,
    /// The payload of its response, or why it did not take effect.
    pub result: Result<Vec<u8>, Failure>,
}

/// A market on a network, with participants and a clock.
pub struct Market<'a> {
    network: &'a mut dyn Network,
    channel: String,
    now_ns: u64,
    participants: BTreeMap<String, Participant>,
    transcript: Vec<Step>,
    /// Sequence of the last instruction, of whichever member.
    sequence: u64,
}

impl<'a> Market<'a> {
    /// A market on a channel, at a time.
    pub fn new(network: &'a mut dyn Network, channel: &str, now_ns: u64) -> Self {
        let (participants, transcript) = (BTreeMap::new(), Vec::new());
        Self { network, channel: channel.to_owned(), now_ns, participants, transcript, sequence: 0 }
    }

    /// All calls so far.
    #[must_use]
    pub fn transcript(&self) -> &[Step] {
        &self.transcript
    }

    /// The state of both contracts.
    pub fn state(&mut self) -> Vec<StateEntry> {
        self.network.state(&self.channel)
    }

    /// The channel.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Sets the clock, nanoseconds since the epoch.
    pub fn set_time(&mut self, now_ns: u64) {
        self.now_ns = now_ns;
    }

    /// The clock.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// A participant.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn participant(&self, name: &str) -> Result<&Participant, Failure> {
        self.participants.get(name).ok_or_else(|| Failure::Refused(format!("NOBODY: {name}")))
    }

    /// A call at the present time: `exchange` asks all three consensus organizations, `declaration` the trading centre.
    #[must_use]
    pub fn call(
        &self,
        client: Organization,
        chaincode: &'static str,
        function: &'static str,
        arguments: Vec<Vec<u8>>,
    ) -> Call {
        let endorsers = if chaincode == exchange::messages::CHAINCODE {
            Organization::CONSENSUS.to_vec()
        } else {
            vec![Organization::TradingCentre]
        };
        let (channel, timestamp_ns) = (self.channel.clone(), self.now_ns);
        Call { channel, chaincode, function, arguments, client, endorsers, timestamp_ns }
    }

    /// Submits a call.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn submit(&mut self, call: Call) -> Result<Vec<u8>, Failure> {
        let result = self.network.submit(&call);
        self.transcript.push(Step { call, result: result.clone() });
        result
    }

    /// Submits calls that were endorsed on the same state.
    pub fn submit_together(&mut self, calls: Vec<Call>) -> Vec<Result<Vec<u8>, Failure>> {
        let results = self.network.submit_together(&calls);
        let steps = calls.into_iter().zip(&results).map(|(call, result)| Step { call, result: result.clone() });
        self.transcript.extend(steps);
        results
    }

    /// Submits a function of `exchange` and reads its result.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn exchange<T: Value>(
        &mut self,
        client: Organization,
        function: &'static str,
        arguments: Vec<Vec<u8>>,
    ) -> Result<T, Failure> {
        let call = self.call(client, exchange::messages::CHAINCODE, function, arguments);
        self.submit_for(call)
    }

    /// Submits a call and reads its result.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn submit_for<T: Value>(&mut self, call: Call) -> Result<T, Failure> {
        decode(&self.submit(call)?)
    }

    /// A sequence for an instruction that no instruction had yet.
    pub fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Submits a function of `exchange` that answers nothing.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn command(
        &mut self,
        client: Organization,
        function: &'static str,
        arguments: Vec<Vec<u8>>,
    ) -> Result<(), Failure> {
        let call = self.call(client, exchange::messages::CHAINCODE, function, arguments);
        self.submit(call).map(drop)
    }

    /// Evaluates a function and reads its result.
    ///
    /// # Errors
    /// It was refused.
    pub fn query<T: Value>(
        &mut self,
        chaincode: &'static str,
        function: &'static str,
        arguments: Vec<Vec<u8>>,
    ) -> Result<T, Failure> {
        let call = self.call(Organization::LargeUser, chaincode, function, arguments);
        let result = self.network.evaluate(&call);
        self.transcript.push(Step { call, result: result.clone() });
        decode(&result?)
    }

    /// Registers members with these limits in Wh for both sides, and their devices.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn register(&mut self, members: &[Participant], limit_wh: u64) -> Result<(), Failure> {
        self.register_members(members, &CLASSES, limit_wh)?;
        let devices: Vec<_> = members.iter().flat_map(Participant::devices).collect();
        self.command(Organization::GridCompany, "register_devices", args![devices])
    }

    /// Registers participants of these classes, without their devices.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn register_members(
        &mut self,
        members: &[Participant],
        classes: &[&str],
        limit_wh: u64,
    ) -> Result<(), Failure> {
        let registrations: Vec<_> =
            members.iter().map(|member| member.registration(classes, limit_wh, limit_wh)).collect();
        self.command(Organization::TradingCentre, "register_members", args![registrations])?;
        self.participants.extend(members.iter().map(|member| (member.name.clone(), member.clone())));
        Ok(())
    }

    /// Opens a session.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn open(&mut self, parameters: &SessionParameters) -> Result<RoundOpened, Failure> {
        self.exchange(Organization::TradingCentre, "open_session", args![parameters])
    }

    /// A bundle of a participant, unsigned.
    ///
    /// # Errors
    /// There is no such participant.
    pub fn bundle(
        &self,
        member: &str,
        session: &str,
        round: u32,
        sequence: u64,
        orders: &[(u32, Side, i64, u64)],
    ) -> Result<Bundle, Failure> {
        let participant = self.participant(member)?;
        Ok(Bundle {
            channel: self.channel.clone(),
            session: session.to_owned(),
            member: member.to_owned(),
            round,
            sequence,
            orders: orders.iter().map(|&order| participant.order(order)).collect(),
        })
    }

    /// Declares a bundle, signed by the participant that it names.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn declare(&mut self, bundle: &Bundle) -> Result<Receipt, Failure> {
        let call = self.declaration_of(bundle)?;
        decode(&self.submit(call)?)
    }

    /// The call that declares a bundle.
    ///
    /// # Errors
    /// There is no such participant.
    pub fn declaration_of(&self, bundle: &Bundle) -> Result<Call, Failure> {
        let signature = self.participant(&bundle.member)?.sign(&bundle.encode());
        let arguments = args![Bytes(bundle.encode()), Bytes(signature.0.to_vec())];
        Ok(self.call(Organization::LargeUser, declaration::messages::CHAINCODE, "declare", arguments))
    }

    /// What a declaration at this time would leave on the ledger.
    ///
    /// # Errors
    /// There is no such participant.
    pub fn stored(&self, bundle: &Bundle) -> Result<StoredBundle, Failure> {
        let bytes = bundle.encode();
        Ok(StoredBundle { signature: self.participant(&bundle.member)?.sign(&bytes), declared_ns: self.now_ns, bytes })
    }

    /// Has a dishonest organization write a key of `declaration`, past all checks.
    ///
    /// # Errors
    /// The transaction is invalid.
    pub fn forge(&mut self, organization: Organization, key: String, value: Option<Vec<u8>>) -> Result<(), Failure> {
        self.forge_in(declaration::messages::CHAINCODE, organization, (key, value), None)
    }

    /// Has a dishonest organization write a key of a chaincode, and put a policy on it.
    ///
    /// # Errors
    /// The transaction is invalid.
    pub fn forge_in(
        &mut self,
        chaincode: &'static str,
        organization: Organization,
        write: (String, Option<Vec<u8>>),
        policy: Option<Vec<u8>>,
    ) -> Result<(), Failure> {
        let (channel, timestamp_ns) = (self.channel.clone(), self.now_ns);
        self.network.forge(&Forgery { channel, organization, chaincode, writes: vec![write], policy, timestamp_ns })
    }

    /// Seals the current round.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn seal(&mut self, session: &str) -> Result<RoundSealed, Failure> {
        self.exchange(Organization::TradingCentre, "seal", args![session])
    }

    /// Clears the sealed round.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn clear(&mut self, session: &str) -> Result<RoundResult, Failure> {
        self.exchange(Organization::Dispatcher, "clear", args![session])
    }

    /// Ends a session by TIME.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn expire(&mut self, session: &str) -> Result<SessionEnded, Failure> {
        self.exchange(Organization::Regulator, "expire", args![session])
    }

    /// Posts the trades.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn settle(&mut self, session: &str) -> Result<PostingSummary, Failure> {
        self.exchange(Organization::TradingCentre, "settle", args![session])
    }

    /// Records net injections in Wh of a session's delivery: what both devices of each member read.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn meter(&mut self, session: &str, readings: &[(&str, i64)]) -> Result<ReadingsRecorded, Failure> {
        let session: Session = self.query(exchange::messages::CHAINCODE, "session", args![session])?;
        let start_ns = session.frozen.parameters.schedule.delivery_start_ns;
        let devices = |&(member, injection_wh): &(&str, i64)| {
            let (fed_in, drawn) = (injection_wh.max(0).unsigned_abs(), injection_wh.min(0).unsigned_abs());
            [(format!("{member}-plant"), start_ns, fed_in), (format!("{member}-load"), start_ns, drawn)]
        };
        self.record(&readings.iter().flat_map(devices).collect::<Vec<_>>())
    }

    /// Records readings: device, start of the interval, Wh.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn record(&mut self, readings: &[(String, u64, u64)]) -> Result<ReadingsRecorded, Failure> {
        let reading = |(device, start_ns, energy_wh): &(String, u64, u64)| MeterReading {
            device: device.clone(),
            start_ns: *start_ns,
            energy_wh: *energy_wh,
            evidence_hash: Hexadecimal(sha256(format!("{device} {start_ns} {energy_wh}").as_bytes())),
        };
        let readings: Vec<_> = readings.iter().map(reading).collect();
        self.exchange(Organization::GridCompany, "record_readings", args![readings])
    }

    /// Posts the deviations.
    ///
    /// # Errors
    /// It did not take effect.
    pub fn reconcile(&mut self, session: &str) -> Result<PostingSummary, Failure> {
        self.exchange(Organization::Regulator, "reconcile", args![session])
    }

    /// Where a session stands.
    ///
    /// # Errors
    /// There is no such session.
    pub fn progress(&mut self, session: &str) -> Result<Progress, Failure> {
        let session: Session = self.query(exchange::messages::CHAINCODE, "session", args![session])?;
        Ok(session.progress)
    }

    /// The whole book of a cleared round.
    ///
    /// # Errors
    /// The round is not cleared.
    pub fn book(&mut self, result: &RoundResult) -> Result<Vec<BookOrder>, Failure> {
        self.pages("book", result, result.book_pages)
    }

    /// The whole trade list of a cleared round.
    ///
    /// # Errors
    /// The round is not cleared.
    pub fn trades(&mut self, result: &RoundResult) -> Result<Vec<Trade>, Failure> {
        self.pages("trades", result, result.trade_pages)
    }

    fn pages<T: Value>(&mut self, function: &'static str, result: &RoundResult, pages: u32) -> Result<Vec<T>, Failure> {
        let mut entries = Vec::new();
        for page in 0..pages {
            let arguments = args![result.session.as_str(), result.round, page];
            entries.extend(self.query::<Vec<T>>(exchange::messages::CHAINCODE, function, arguments)?);
        }
        Ok(entries)
    }

    /// The balance of an account, account units.
    ///
    /// # Errors
    /// The query was refused.
    pub fn balance(&mut self, account: &str) -> Result<i128, Failure> {
        let account: Account = self.query(exchange::messages::CHAINCODE, "account", args![account])?;
        Ok(account.balance)
    }

    /// The sum of all balances: zero, always.
    pub fn sum_of_balances(&mut self) -> i128 {
        let accounts = self.state().into_iter().filter(|entry| entry.key.starts_with("\0account\0"));
        let balance = |entry: StateEntry| from_json::<fabric_contract_api::DecimalString<i128>>(&entry.value);
        accounts.filter_map(|entry| balance(entry).ok()).map(|balance| balance.0).sum()
    }
}

/// The key of a bundle in `declaration`.
///
/// # Errors
/// A name that keys do not allow.
pub fn bundle_key(session: &str, round: u32, member: &str, sequence: u64) -> Result<String, Failure> {
    let parts = [session.to_owned(), round.to_text(), member.to_owned(), sequence.to_text()];
    let key = composite_key::join("bundle", parts.iter().map(String::as_str));
    key.map_err(|error| Failure::Refused(error.to_string()))
}

/// A signature that nobody made.
pub const NO_SIGNATURE: declaration::encoding::Signature = Hexadecimal([7; 64]);

fn decode<T: Value>(payload: &[u8]) -> Result<T, Failure> {
    T::from_argument(&String::from_utf8_lossy(payload)).map_err(|error| Failure::Refused(format!("RESULT: {error}")))
}
