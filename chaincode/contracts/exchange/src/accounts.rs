//! Accounts: nothing is posted that does not add up to zero.

use fabric_contract_api::{Context, DecimalString, QueryContext, ReadContext};
use rules::settlement::{Account as Holder, Bill, Postings};

use crate::error::Error;
use crate::messages::{AUCTION_ACCOUNT, Account, BALANCING_ACCOUNT, FEE_ACCOUNT, Posting, PostingKind, Statement};
use crate::overlay::Overlay;
use crate::state_layout::{ACCOUNTS, POSTINGS};

/// The accounts as they will be after the transaction.
pub(crate) struct Accounts(Overlay<String, DecimalString<i128>>);

impl Accounts {
    pub(crate) fn new() -> Self {
        Self(Overlay::new(&ACCOUNTS))
    }

    /// Posts amounts for a subject; returns how many accounts change. `number` is one that the subject has not had yet.
    pub(crate) fn post(
        &mut self,
        context: &mut Context,
        subject: &str,
        number: u32,
        kind: PostingKind,
        postings: &Postings,
    ) -> Result<usize, Error> {
        if postings.sum() != 0 {
            return Err(Error::NotBalanced);
        }
        let amounts: Vec<(&str, i128)> = postings
            .iter()
            .filter(|(_, amount)| *amount != 0)
            .map(|(holder, amount)| (name_of(holder), amount))
            .collect();
        self.0.fetch(context, amounts.iter().map(|(account, _)| (*account).to_owned()))?;
        let posted_ns = context.timestamp_ns();
        for (account, amount) in &amounts {
            let name = (*account).to_owned();
            let DecimalString(balance) = self.0.get(context, &name)?.copied().unwrap_or_default();
            self.0.put(name, DecimalString(balance + amount));
            let posting = Posting { subject: subject.to_owned(), number, kind, amount: *amount, posted_ns };
            POSTINGS.put(context, (*account, subject, number), &posting)?;
        }
        Ok(amounts.len())
    }

    pub(crate) fn save(self, context: &mut Context) -> Result<(), Error> {
        Ok(self.0.save(context)?)
    }
}

fn name_of(holder: &Holder) -> &str {
    match holder {
        Holder::Member(member) => member,
        Holder::Fees => FEE_ACCOUNT,
        Holder::Auction => AUCTION_ACCOUNT,
        Holder::Balancing => BALANCING_ACCOUNT,
    }
}

/// An account; one that nothing was posted to is empty.
pub(crate) fn account(context: &ReadContext, account: String) -> Result<Account, Error> {
    let DecimalString(balance) = ACCOUNTS.get(context, &account)?.unwrap_or_default();
    Ok(account_of(account, balance))
}

pub(crate) fn account_of(account: String, balance: i128) -> Account {
    Account { account, balance, payable_fen: Bill::of(balance).payable_fen }
}

pub(crate) fn statement(context: &QueryContext, name: String, from: &str, limit: u32) -> Result<Statement, Error> {
    let page = POSTINGS.page(context, (name.as_str(),), limit, from)?;
    Ok(Statement {
        account: account(context, name)?,
        postings: page.results.into_iter().map(|(_, posting)| posting).collect(),
        next: page.bookmark,
    })
}
