//! `gridbourse clear`: clears one book, for people who want to try the rules.

use crate::{
    exit::{Code, WrongInput},
    output::{self, Format},
};
use anyhow::Result;
use rules::{
    book::{BookDocument, NamedBook, ResultDocument},
    clearing::{PricingRule, Share},
};
use std::{fs, io::Read, path::PathBuf};

/// Clear one order book by the market's rules
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A JSON file with `session`, `fee` (sell class, buy class, fen/MWh) and `orders`; - for standard input
    book: PathBuf,
    /// How trades are priced
    #[arg(long, default_value = "k_double_auction", value_parser = ["k_double_auction", "pay_as_bid", "pay_as_ask", "uniform", "mcafee"])]
    rule: String,
    /// The sellers' share of a pair's gain
    #[arg(long, default_value = "1/2", value_name = "N/D", value_parser = share)]
    k: Share,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    let wrong = |what: &dyn std::fmt::Display| WrongInput(format!("{}: {what}", arguments.book.display()));
    let mut text = String::new();
    if arguments.book.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map_err(|error| wrong(&error))?;
    } else {
        text = fs::read_to_string(&arguments.book).map_err(|error| wrong(&error))?;
    }
    let document: BookDocument = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    let rule = PricingRule::from_name(&arguments.rule, arguments.k)
        .ok_or_else(|| WrongInput(format!("{} is no pricing rule", arguments.rule)))?;
    let book = NamedBook::new(&document).map_err(|error| wrong(&error))?;
    let result = book.clear(rule).map_err(|error| wrong(&error))?;
    match arguments.output {
        Format::Json => output::json(&result)?,
        Format::Text => print(&result)?,
    }
    Ok(Code::Done)
}

fn print(result: &ResultDocument) -> Result<()> {
    output::line(&format!(
        "{:>16} {:>16} {:>14} {:>8} {:>12} {:>12}",
        "ask", "bid", "Wh", "fee", "seller gets", "buyer pays"
    ))?;
    for trade in &result.trades {
        output::line(&format!(
            "{:>16} {:>16} {:>14} {:>8} {:>12} {:>12}",
            trade.ask, trade.bid, trade.wh, trade.fee, trade.seller_net, trade.buyer_gross
        ))?;
    }
    output::line(&format!("{}; prices and fees in fen/MWh", result.outcome))
}

fn share(text: &str) -> Result<Share, String> {
    let parts = text.split_once('/').and_then(|(upper, lower)| Some((upper.parse().ok()?, lower.parse().ok()?)));
    let (numerator, denominator) = parts.ok_or("write it as a fraction such as 1/2")?;
    Share::new(numerator, denominator).map_err(|error| error.to_string())
}
