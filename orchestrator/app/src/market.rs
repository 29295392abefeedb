//! The contracts' functions, typed, each called with the identity of the role that may call it.

mod certificates;
mod grid;
mod metering;

pub use certificates::sign;

use crate::Error;
use base64::{Engine, prelude::BASE64_STANDARD};
use declaration::messages::{BundlePage, Receipt};
use exchange::messages::{
    Account, BookOrder, Credit, CreditScore, Member, MemberPage, PostingSummary, Progress, Registration, RoundOpened,
    RoundResult, RoundSealed, Session, SessionEnded, SessionParameters, Statement, Trade,
};
use fabric_client::{CommitStatus, Contract, Gateway, ProposalBuilder, TxValidationCode, Unsigned};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// MSP ids of the three consensus organizations, which endorse everything in `exchange`.
pub const CONSENSUS: [&str; 3] = ["RegulatorMSP", "TradingCentreMSP", "DispatcherMSP"];
/// Elements of a page that is read from a contract.
const PAGE: u32 = 500;

/// Gateways of the organizations, each with an identity of its own.
#[derive(Clone)]
pub struct Gateways {
    /// The regulator's.
    pub regulator: Gateway,
    /// The trading centre's.
    pub trading_centre: Gateway,
    /// The dispatcher's.
    pub dispatcher: Gateway,
    /// The grid company's.
    pub grid_company: Gateway,
}

/// A market: two chaincodes on a channel.
pub struct Market {
    channel: String,
    regulator: Contract,
    trading_centre: Contract,
    dispatcher: Contract,
    grid_company: Contract,
    /// `declaration` through the gateways of the consensus organizations; members may use any of them.
    declarations: [Contract; 3],
    transactions: AtomicU64,
}

impl Market {
    /// The market on a channel.
    #[must_use]
    pub fn new(gateways: &Gateways, channel: &str) -> Self {
        let contract = |gateway: &Gateway, chaincode: &str| gateway.network(channel).contract(chaincode);
        let declaration = declaration::messages::CHAINCODE;
        let exchange = exchange::messages::CHAINCODE;
        Self {
            channel: channel.to_owned(),
            regulator: contract(&gateways.regulator, exchange),
            trading_centre: contract(&gateways.trading_centre, exchange),
            dispatcher: contract(&gateways.dispatcher, exchange),
            grid_company: contract(&gateways.grid_company, exchange),
            declarations: [
                contract(&gateways.regulator, declaration),
                contract(&gateways.trading_centre, declaration),
                contract(&gateways.dispatcher, declaration),
            ],
            transactions: AtomicU64::new(0),
        }
    }

    /// The channel's name, which bundles are signed for.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Valid transactions that this market has submitted.
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    /// Registers members. By the trading centre.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn register_members(&self, members: &[Registration], at_ns: u64) -> Result<(), Error> {
        self.ask(&self.trading_centre, "register_members", &[json(&members)], at_ns)
            .await
            .map(|_: serde_json::Value| ())
    }

    /// A member, if it is registered.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn member(&self, member: &str) -> Result<Option<Member>, Error> {
        found(self.read(&self.trading_centre, "member", &[member.into()]).await, "UNKNOWN_MEMBER")
    }

    /// All members, in the order of their identifiers.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn members(&self) -> Result<Vec<Member>, Error> {
        let mut members = Vec::new();
        let mut from = String::new();
        loop {
            let page: MemberPage = self.read(&self.trading_centre, "members", &[from, PAGE.to_string()]).await?;
            members.extend(page.members);
            if page.next.is_empty() {
                return Ok(members);
            }
            from = page.next;
        }
    }

    /// Suspends a member. By the regulator.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn suspend_member(&self, member: &str, reason: &str, at_ns: u64) -> Result<(), Error> {
        self.submit(&self.regulator, "suspend_member", &[member.into(), reason.into()], at_ns).await.map(|_| ())
    }

    /// Evaluates members' credit from their records.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn evaluate_credit(&self, members: &[String], at_ns: u64) -> Result<Vec<CreditScore>, Error> {
        self.ask(&self.trading_centre, "evaluate_credit", &[json(&members)], at_ns).await
    }

    /// A member's record, and what an evaluation of its credit would find now.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn credit(&self, member: &str) -> Result<Credit, Error> {
        self.read(&self.trading_centre, "credit", &[member.into()]).await
    }

    /// Opens a session. By the trading centre.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn open_session(&self, parameters: &SessionParameters, at_ns: u64) -> Result<RoundOpened, Error> {
        self.ask(&self.trading_centre, "open_session", &[json(parameters)], at_ns).await
    }

    /// A session, if it was opened.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn session(&self, session: &str) -> Result<Option<Session>, Error> {
        found(self.read(&self.trading_centre, "session", &[session.into()]).await, "UNKNOWN_SESSION")
    }

    /// Declares a signed bundle through one of the three consensus organizations; `via` picks which.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn declare(&self, bundle: &[u8], signature: &[u8], via: usize, at_ns: u64) -> Result<Receipt, Error> {
        let via = via % self.declarations.len();
        let arguments = [BASE64_STANDARD.encode(bundle), BASE64_STANDARD.encode(signature)];
        let proposal = self.declarations[via]
            .proposal("declare")
            .arguments(&arguments)
            .organizations([CONSENSUS[via]])
            .timestamp(Duration::from_nanos(at_ns));
        let submission = match proposal.submit().await {
            // A transaction with the same bundle came first and put its key under the protection of all three. Asked
            // again, the contract says so.
            Err(fabric_client::Error::Commit(error)) if error.code == TxValidationCode::EndorsementPolicyFailure => {
                proposal.submit().await
            }
            submission => submission,
        };
        let submission = submission.map_err(|source| Error::Ledger { function: "declare", source })?;
        self.transactions.fetch_add(1, Ordering::Relaxed);
        answer("declare", &submission.result)
    }

    /// Members that have a bundle in a round.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn declared_members(&self, session: &str, round: u32) -> Result<Vec<String>, Error> {
        let mut members = Vec::new();
        let mut from = String::new();
        loop {
            let arguments = [session.into(), round.to_string(), from, PAGE.to_string()];
            let page: BundlePage = self.read(&self.declarations[1], "bundles", &arguments).await?;
            members.extend(page.bundles.into_iter().map(|bundle| bundle.member));
            if page.next.is_empty() {
                return Ok(members);
            }
            from = page.next;
        }
    }

    /// Seals the current round.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn seal(&self, session: &str, at_ns: u64) -> Result<RoundSealed, Error> {
        self.ask(&self.trading_centre, "seal", &[session.into()], at_ns).await
    }

    /// Clears the sealed round, whichever it is.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn clear(&self, session: &str, at_ns: u64) -> Result<RoundResult, Error> {
        self.ask(&self.trading_centre, "clear", &[session.into()], at_ns).await
    }

    /// Clears the sealed round, unless the session has gone on from `seen`.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn clear_as_seen(&self, session: &str, seen: &Progress, at_ns: u64) -> Result<(), Error> {
        self.step_of_session("clear", session, seen, at_ns).await
    }

    /// Ends a session whose clearing is overdue.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn expire(&self, session: &str, at_ns: u64) -> Result<SessionEnded, Error> {
        self.ask(&self.trading_centre, "expire", &[session.into()], at_ns).await
    }

    /// Posts a session's trades to the accounts.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn settle(&self, session: &str, at_ns: u64) -> Result<PostingSummary, Error> {
        self.ask(&self.trading_centre, "settle", &[session.into()], at_ns).await
    }

    /// Posts deviations from the trades, unless the session has gone on from `seen`.
    ///
    /// # Errors
    /// [`Error::Ledger`] with the contract's code.
    pub async fn reconcile_as_seen(&self, session: &str, seen: &Progress, at_ns: u64) -> Result<(), Error> {
        self.step_of_session("reconcile", session, seen, at_ns).await
    }

    /// The disclosure of a cleared round.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn round_result(&self, session: &str, round: u32) -> Result<RoundResult, Error> {
        self.read(&self.trading_centre, "round_result", &[session.into(), round.to_string()]).await
    }

    /// All trades of a cleared round in their order.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn trades(&self, result: &RoundResult) -> Result<Vec<Trade>, Error> {
        self.pages("trades", result, result.trade_pages).await
    }

    /// All orders of a cleared round's book.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn book(&self, result: &RoundResult) -> Result<Vec<BookOrder>, Error> {
        self.pages("book", result, result.book_pages).await
    }

    /// An account.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn account(&self, account: &str) -> Result<Account, Error> {
        self.read(&self.trading_centre, "account", &[account.into()]).await
    }

    /// An account with all its postings.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub async fn statement(&self, account: &str) -> Result<Statement, Error> {
        let page = |from: String| async move {
            let arguments = [account.to_owned(), from, PAGE.to_string()];
            self.read::<Statement>(&self.trading_centre, "statement", &arguments).await
        };
        let mut statement = page(String::new()).await?;
        while !statement.next.is_empty() {
            let next = page(statement.next).await?;
            statement.postings.extend(next.postings);
            statement.next = next.next;
        }
        Ok(statement)
    }

    async fn pages<T: DeserializeOwned>(
        &self,
        function: &'static str,
        result: &RoundResult,
        pages: u32,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        for page in 0..pages {
            let arguments = [result.session.clone(), result.round.to_string(), page.to_string()];
            all.extend(self.read::<Vec<T>>(&self.trading_centre, function, &arguments).await?);
        }
        Ok(all)
    }

    async fn step_of_session(
        &self,
        function: &'static str,
        session: &str,
        seen: &Progress,
        at_ns: u64,
    ) -> Result<(), Error> {
        let proposal = proposal(&self.trading_centre, function, &[session.into()], at_ns);
        let due = async || Ok(self.session(session).await?.is_some_and(|session| session.progress == *seen));
        self.step(function, &proposal, due).await
    }

    /// Takes a step that the contract takes as often as it is asked: it clears whichever round is sealed, and reconciles
    /// again since meters are corrected. So this asks whether the step is still due between endorsement and submission:
    /// one that another took before was seen, and one that it takes later makes this transaction invalid.
    async fn step(
        &self,
        function: &'static str,
        proposal: &ProposalBuilder,
        due: impl AsyncFn() -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let failed = |source| Error::Ledger { function, source };
        loop {
            let endorsed = proposal.endorse().await;
            if !due().await? {
                return Ok(());
            }
            let transaction = endorsed.and_then(Unsigned::sign).map_err(failed)?;
            let commit = transaction.submit().await.and_then(Unsigned::sign).map_err(failed)?;
            match commit.status().await.and_then(CommitStatus::valid) {
                Ok(_) => {
                    self.transactions.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                Err(fabric_client::Error::Commit(error)) if error.code == TxValidationCode::MvccReadConflict => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// Submits with the endorsements of all three and reads the answer.
    async fn ask<T: DeserializeOwned>(
        &self,
        contract: &Contract,
        function: &'static str,
        arguments: &[String],
        at_ns: u64,
    ) -> Result<T, Error> {
        answer(function, &self.submit(contract, function, arguments, at_ns).await?)
    }

    async fn submit(
        &self,
        contract: &Contract,
        function: &'static str,
        arguments: &[String],
        at_ns: u64,
    ) -> Result<Vec<u8>, Error> {
        let submission = proposal(contract, function, arguments, at_ns)
            .submit()
            .await
            .map_err(|source| Error::Ledger { function, source })?;
        self.transactions.fetch_add(1, Ordering::Relaxed);
        Ok(submission.result)
    }

    async fn read<T: DeserializeOwned>(
        &self,
        contract: &Contract,
        function: &'static str,
        arguments: &[String],
    ) -> Result<T, Error> {
        let result =
            contract.evaluate(function, arguments).await.map_err(|source| Error::Ledger { function, source })?;
        answer(function, &result)
    }
}

/// A proposal that all three consensus organizations are to endorse.
fn proposal(contract: &Contract, function: &str, arguments: &[String], at_ns: u64) -> ProposalBuilder {
    let timestamp = Duration::from_nanos(at_ns);
    contract.proposal(function).arguments(arguments).organizations(CONSENSUS).timestamp(timestamp)
}

/// A message as a contract's argument. Messages are made of strings, numbers and lists, which always have a JSON form.
fn json<T: Serialize>(message: &T) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

pub(crate) fn answer<T: DeserializeOwned>(function: &'static str, result: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(result).map_err(|source| Error::Answer { function, source })
}

/// Turns the contract's "there is none" into `None`.
fn found<T>(result: Result<T, Error>, absent: &str) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.contract_code() == Some(absent) => Ok(None),
        Err(error) => Err(error),
    }
}
