//! `gridbourse bench certificates`: issues, transfers and cancellations per second on the embedded network.

use crate::{
    commands::{contracts::Contracts, network},
    exit::{Code, WrongInput},
    output::{self, Format},
};
use agents::key::MemberKey;
use anyhow::{Context, Result};
use app::market::{Market, sign};
use declaration::encoding::Hexadecimal;
use exchange::messages::{
    Carrier, Connection, Device, Generation, GranuleName, MeterReading, Registration, SignedInstruction, Terms,
};
use futures_util::future::try_join_all;
use rules::{
    certificate::{CERTIFICATE_WH, ProjectCode},
    instruction::{ENTRIES_MAX, Instruction, Order, ReadingVersion},
    limits::VOLUME_MAX,
};
use serde::Serialize;
use std::{path::PathBuf, time::Instant};

/// Bring readings to certificates, sell and cancel them on an embedded network of its own
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Pairs of a seller and a buyer that trade at the same time
    #[arg(long, default_value_t = 16)]
    pairs: usize,
    /// Certificates that each seller gets and sells: one for each hour that its plant was metered
    #[arg(long, default_value_t = 64)]
    certificates: usize,
    /// Certificates in one transaction; may be repeated for several measurements
    #[arg(long, default_values_t = [1, 32])]
    batch: Vec<usize>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    output: Format,
    /// Keep the network here in place of a temporary folder
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    contracts: Contracts,
}

/// How often something was done.
#[derive(Serialize)]
struct Rate {
    certificates: usize,
    transactions: usize,
    seconds: f64,
    certificates_per_second: f64,
    transactions_per_second: f64,
}

/// One measurement.
#[derive(Serialize)]
struct Measured {
    batch: usize,
    pairs: usize,
    issues: Rate,
    transfers: Rate,
    cancellations: Rate,
}

/// 2026-07-01T00:00:00Z.
const START_NS: u64 = 1_782_864_000_000_000_000;
const HOUR_NS: u64 = 3_600_000_000_000;
/// fen/MWh.
const PRICE: u64 = 3_000;
/// Longest period of a claim, and so most certificates of a pair, in hours.
const HOURS_MAX: usize = 31 * 24;

pub(crate) fn run(arguments: &Arguments) -> Result<Code> {
    let lists = arguments.batch.iter().copied().chain([arguments.certificates]);
    let fits = arguments.pairs > 0 && lists.clone().all(|count| (1..=HOURS_MAX.min(ENTRIES_MAX)).contains(&count));
    if !fits {
        let text = format!("--batch and --certificates are 1 to {HOURS_MAX}, --pairs at least 1");
        return Err(WrongInput(text).into());
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let temporary = tempfile::tempdir()?;
        let folder = arguments.data_dir.clone().unwrap_or_else(|| temporary.path().to_owned());
        let network = network::start_market(&folder, &arguments.contracts, None).await?;
        let market = Market::new(&network::gateways(&network)?, network::MARKET);
        let measured = measure_all(arguments, &market).await;
        network.stop().await;
        print(arguments, &measured?)?;
        Ok(Code::Done)
    })
}

async fn measure_all(arguments: &Arguments, market: &Market) -> Result<Vec<Measured>> {
    let mut measured = Vec::new();
    for (number, &batch) in arguments.batch.iter().enumerate() {
        let first = number * arguments.pairs;
        let pairs = (first..first + arguments.pairs).map(|number| Pair::new(market, arguments.certificates, number));
        let mut pairs = pairs.collect::<Result<Vec<_>>>()?;
        measured.push(measure(&mut pairs, batch).await?);
    }
    Ok(measured)
}

async fn measure(pairs: &mut [Pair<'_>], batch: usize) -> Result<Measured> {
    // One after the other: a registration counts the devices of the whole market.
    for pair in &*pairs {
        pair.register().await?;
    }
    try_join_all(pairs.iter_mut().map(Pair::request)).await?;
    let certificates = pairs.iter().map(|pair| pair.hours).sum();
    let issues = timed(certificates, try_join_all(pairs.iter_mut().map(|pair| pair.issue(batch)))).await?;
    try_join_all(pairs.iter_mut().map(Pair::offer)).await?;
    let transfers = timed(certificates, try_join_all(pairs.iter_mut().map(|pair| pair.pay(batch)))).await?;
    let cancellations = timed(certificates, try_join_all(pairs.iter_mut().map(|pair| pair.cancel(batch)))).await?;
    Ok(Measured { batch, pairs: pairs.len(), issues, transfers, cancellations })
}

/// Measures what all pairs do at the same time, each of which says how many transactions it took.
async fn timed(certificates: usize, run: impl Future<Output = Result<Vec<usize>>>) -> Result<Rate> {
    let start = Instant::now();
    let transactions = run.await?.into_iter().sum();
    let seconds = start.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "counts for display")]
    let rate = |count: usize| count as f64 / seconds.max(1e-9);
    Ok(Rate {
        certificates,
        transactions,
        seconds,
        certificates_per_second: rate(certificates),
        transactions_per_second: rate(transactions),
    })
}

/// A seller with its plant and a buyer with its load. What they do does not touch other pairs.
struct Pair<'a> {
    market: &'a Market,
    number: usize,
    hours: usize,
    seller: MemberKey,
    buyer: MemberKey,
    /// Of the last instruction of either.
    sequence: u64,
    certificates: Vec<String>,
}

impl<'a> Pair<'a> {
    fn new(market: &'a Market, hours: usize, number: usize) -> Result<Self> {
        let key = |name: &str| MemberKey::simulated(1, &format!("{name}-{number}"));
        let (seller, buyer) = (key("seller")?, key("buyer")?);
        Ok(Self { market, number, hours, seller, buyer, sequence: 0, certificates: Vec::new() })
    }

    fn seller_name(&self) -> String {
        format!("seller-{}", self.number)
    }

    fn buyer_name(&self) -> String {
        format!("buyer-{}", self.number)
    }

    fn plant(&self) -> String {
        format!("plant-{}", self.number)
    }

    /// When all hours are over.
    fn now_ns(&self) -> u64 {
        START_NS + self.hours as u64 * HOUR_NS
    }

    fn starts(&self) -> impl Iterator<Item = u64> + use<> {
        (0..self.hours as u64).map(|hour| START_NS + hour * HOUR_NS)
    }

    /// Registers both with their devices, and records 1 MWh for each in every hour.
    async fn register(&self) -> Result<()> {
        let registration = |member: String, key: &MemberKey| {
            let terms = Terms {
                public_key: Hexadecimal(key.public()?),
                connections: vec![Connection { point: 1, class: "A1/20kV".to_owned() }],
                sell_limit_wh: VOLUME_MAX,
                buy_limit_wh: VOLUME_MAX,
            };
            anyhow::Ok(Registration { member, information_hash: Hexadecimal([0; 32]), terms })
        };
        let members = [registration(self.seller_name(), &self.seller)?, registration(self.buyer_name(), &self.buyer)?];
        self.market.register_members(&members, START_NS).await?;
        let project_code = ProjectCode::with_check_digit(&format!("1112607{:09}", self.number))?;
        let generation = Generation {
            carrier: Carrier::Wind,
            technology: "onshore".to_owned(),
            project_code: project_code.as_str().to_owned(),
            emission_g_per_mwh: 11_000,
        };
        let device = |device: String, member: String, generation: Option<Generation>| Device {
            device,
            member,
            generation,
            capacity_w: CERTIFICATE_WH,
            point: 1,
            interval_s: 3_600,
            zone: "A1".to_owned(),
            commissioned_ns: 0,
        };
        let load = format!("load-{}", self.number);
        let devices =
            [device(self.plant(), self.seller_name(), Some(generation)), device(load.clone(), self.buyer_name(), None)];
        self.market.register_devices(&devices, START_NS).await?;
        for device in [self.plant(), load] {
            let reading = |start_ns| MeterReading {
                device: device.clone(),
                start_ns,
                energy_wh: CERTIFICATE_WH,
                evidence_hash: Hexadecimal([0; 32]),
            };
            self.market.record_readings(&self.starts().map(reading).collect::<Vec<_>>(), self.now_ns()).await?;
        }
        Ok(())
    }

    /// Asks for certificates of all hours, and has the readings audited.
    async fn request(&mut self) -> Result<()> {
        let readings = self.starts().map(|start| ReadingVersion { start, version: 1 }).collect();
        self.instruct(self.seller_name(), Order::Request { device: self.plant(), readings }).await?;
        Ok(self.market.audit_granules(&self.granules(), self.now_ns()).await?)
    }

    fn granules(&self) -> Vec<GranuleName> {
        self.starts().map(|start_ns| GranuleName { device: self.plant(), start_ns }).collect()
    }

    async fn issue(&mut self, batch: usize) -> Result<usize> {
        let granules = self.granules();
        for granules in granules.chunks(batch) {
            let issued = self.market.issue_certificates(granules, self.now_ns()).await?;
            self.certificates.extend(issued.certificates);
        }
        Ok(granules.chunks(batch).len())
    }

    /// Publishes all, offers them, and has the buyer accept.
    async fn offer(&mut self) -> Result<()> {
        let certificates = self.certificates.clone();
        self.market.publish_certificates(&certificates, self.now_ns()).await?;
        let price = i64::try_from(PRICE)?;
        self.instruct(self.seller_name(), Order::List { price, certificates: certificates.clone() }).await?;
        self.instruct(self.buyer_name(), Order::Lock { price, certificates }).await
    }

    async fn pay(&mut self, batch: usize) -> Result<usize> {
        let payee = self.seller_name();
        self.in_batches(batch, |certificates| {
            let amount = PRICE * CERTIFICATE_WH * certificates.len() as u64;
            Order::Pay { payee: payee.clone(), amount, certificates }
        })
        .await
    }

    async fn cancel(&mut self, batch: usize) -> Result<usize> {
        let (beneficiary, to) = (self.buyer_name(), self.now_ns());
        self.in_batches(batch, |certificates| Order::Cancel {
            beneficiary: beneficiary.clone(),
            from: START_NS,
            to,
            certificates,
        })
        .await
    }

    /// Has the buyer instruct something for all certificates, so many in a transaction.
    async fn in_batches(&mut self, batch: usize, order: impl Fn(Vec<String>) -> Order) -> Result<usize> {
        let certificates = self.certificates.clone();
        for certificates in certificates.chunks(batch) {
            self.instruct(self.buyer_name(), order(certificates.to_vec())).await?;
        }
        Ok(certificates.chunks(batch).len())
    }

    async fn instruct(&mut self, member: String, order: Order) -> Result<()> {
        self.sequence += 1;
        let (channel, sequence) = (self.market.channel().to_owned(), self.sequence);
        let key = if member == self.buyer_name() { &self.buyer } else { &self.seller };
        let instruction = Instruction { channel, member, sequence, expires: self.now_ns() + HOUR_NS, order };
        let signed: SignedInstruction = sign(key, &instruction)?;
        self.market.instruct(&[signed], self.now_ns()).await.context("an instruction was refused")?;
        Ok(())
    }
}

fn print(arguments: &Arguments, measured: &[Measured]) -> Result<()> {
    if arguments.output == Format::Json {
        return output::json(&measured);
    }
    output::line("batch  what           certificates/s  transactions/s  certificates  seconds")?;
    for one in measured {
        for (what, rate) in
            [("issues", &one.issues), ("transfers", &one.transfers), ("cancellations", &one.cancellations)]
        {
            output::line(&format!(
                "{:>5}  {what:<13} {:>15.0} {:>15.0} {:>13} {:>8.2}",
                one.batch, rate.certificates_per_second, rate.transactions_per_second, rate.certificates, rate.seconds,
            ))?;
        }
    }
    Ok(())
}
