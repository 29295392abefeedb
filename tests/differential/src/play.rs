//! Plays transactions on a channel, the same way on every network, and writes down what came of them.

use crate::answer::Answer;
use crate::site::Access;
use crate::workload::{MSP_IDS, OPEN, Planned, STRICT, Twist, filler};
use anyhow::{Context as _, Result, ensure};
use fabric_client::events::{Blocks, WrittenState};
use fabric_client::{Proposal, Transaction, TxValidationCode, raw};
use fabric_msp::proposal::endorse;
use fabric_msp::{Signer as _, sha256};
use fabric_protos::common::{Block, BlockMetadataIndex};
use fabric_protos::protos::ProposalResponse;
use futures_util::TryStreamExt as _;
use std::collections::VecDeque;
use std::time::Duration;

/// What came of a workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The peers' answers to each transaction's proposal.
    pub answers: Vec<Vec<Answer>>,
    /// What the ordering node said to each transaction that it refused, by its place in the workload.
    pub refused: Vec<(usize, String)>,
    /// Each block's transactions, by their place in the workload, with their validation codes.
    pub blocks: Vec<Vec<(usize, String)>>,
    /// The peers' answers to questions for all keys, with the versions that they are at.
    pub versions: Vec<Answer>,
    /// All values.
    pub state: WrittenState,
}

/// A channel that is played on.
pub struct Stage {
    access: Access,
    channel: String,
    /// How many transactions make a block.
    block_size: usize,
    /// Blocks as each organization's peer commits them.
    streams: Vec<Blocks<Block>>,
    /// Number of the next block.
    height: u64,
    /// Time of the next transaction: what a contract can see is the same on every network.
    now: Duration,
    /// Endorsed, and not handed over yet.
    queue: VecDeque<(usize, Transaction)>,
}

/// Time between two transactions.
const STEP: Duration = Duration::from_millis(10);

impl Stage {
    /// A channel whose blocks are cut when they have `block_size` transactions.
    ///
    /// # Errors
    /// A peer does not answer.
    pub async fn open(access: Access, channel: &str, block_size: usize, start: Duration) -> Result<Self> {
        let mut streams = Vec::new();
        let mut height = 0;
        for network in access.channel(channel) {
            height = network.chain_info().await?.height;
            // A peer opens a stream with its first block, so that must be one that is there.
            let mut stream = network.blocks::<Block>().start_block(height.saturating_sub(1)).open().await?;
            stream.try_next().await?;
            streams.push(stream);
        }
        let (channel, queue) = (channel.to_owned(), VecDeque::new());
        Ok(Self { access, channel, block_size, streams, height, now: start, queue })
    }

    /// How many blocks there are.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.height
    }

    /// Adds blocks that change nothing, so that what follows is in blocks of the same numbers on two networks.
    ///
    /// # Errors
    /// The network fails.
    pub async fn grow_to(&mut self, height: u64) -> Result<()> {
        let now = self.now;
        let mut unheeded = Transcript::default();
        while self.height < height {
            self.fill(&mut unheeded).await?;
        }
        self.now = now;
        Ok(())
    }

    /// Plays a workload to its end. `progress` hears how many transactions are done.
    ///
    /// # Errors
    /// The network fails; what it refuses is no failure.
    pub async fn play(&mut self, workload: &[Planned], progress: impl Fn(u64)) -> Result<Transcript> {
        let mut transcript = Transcript::default();
        let mut late = Vec::new();
        let mut number = 0;
        for batch in workload.chunks(self.block_size) {
            let earlier = std::mem::take(&mut late);
            // All of a batch see the same state.
            for planned in batch {
                let (answers, transaction) = self.endorse(planned).await?;
                transcript.answers.push(answers);
                match (transaction, planned.twist) {
                    (Some(transaction), Some(Twist::Late)) => late.push((number, transaction)),
                    (Some(transaction), twist) => {
                        if twist == Some(Twist::Duplicate) {
                            self.queue.push_back((number, transaction.clone()));
                        }
                        self.queue.push_back((number, transaction));
                    }
                    (None, _) => {}
                }
                number += 1;
                progress(number as u64);
            }
            self.queue.extend(earlier);
            self.cut(&mut transcript).await?;
        }
        self.queue.extend(late);
        self.cut(&mut transcript).await?;
        if !self.queue.is_empty() {
            self.fill(&mut transcript).await?;
        }
        transcript.versions = self.versions().await?;
        transcript.state = self.access.any_channel(&self.channel)?.written_state().await?;
        transcript.state.values.retain(|(chaincode, _), _| [OPEN, STRICT].contains(&chaincode.as_str()));
        Ok(transcript)
    }

    fn proposal(&mut self, planned: &Planned) -> Result<Proposal> {
        self.now += STEP;
        let client = self.access.organization(planned.client)?;
        let contract = client.gateway.network(&self.channel).contract(planned.chaincode);
        let proposal = contract.proposal(planned.function).arguments(&planned.arguments).timestamp(self.now).build();
        if planned.twist == Some(Twist::ProposalSignature) {
            return Ok(proposal.with_signature(client.user.sign_digest(&sha256([b"another".as_slice()]))?));
        }
        Ok(proposal.sign()?)
    }

    /// The endorsers' answers, and the transaction if none of them refuses.
    async fn endorse(&mut self, planned: &Planned) -> Result<(Vec<Answer>, Option<Transaction>)> {
        let proposal = self.proposal(planned)?;
        let mut answers = Vec::new();
        let mut responses = Vec::new();
        for place in &planned.endorsers {
            let response = self.access.organization(*place)?.peer.endorse(&proposal).await;
            answers.push(Answer::new(*place, proposal.transaction_id(), &response)?);
            responses.extend(response.ok().filter(is_endorsed));
        }
        let transaction = (responses.len() == planned.endorsers.len())
            .then(|| self.assemble(planned, &proposal, responses))
            .transpose()?;
        Ok((answers, transaction))
    }

    fn assemble(
        &self,
        planned: &Planned,
        proposal: &Proposal,
        responses: Vec<ProposalResponse>,
    ) -> Result<Transaction> {
        let payload = responses.first().context("no endorser")?.payload.clone();
        let mut endorsements: Vec<_> = responses.into_iter().filter_map(|response| response.endorsement).collect();
        let of_something_else = proposal.signed_proposal().signature;
        match (planned.twist, endorsements.as_mut_slice()) {
            (Some(Twist::EndorsementSignature), [first, ..]) => first.signature.clone_from(&of_something_else),
            (Some(Twist::EndorsementTwice), [first, ..]) => endorsements = vec![first.clone(), first.clone()],
            (Some(Twist::ClientEndorses), [first, ..]) => {
                let place = planned.endorsers.first().copied().unwrap_or_default();
                *first = endorse(&*self.access.organization(place)?.user, &payload)?;
            }
            _ => {}
        }
        let transaction = raw::assemble(proposal, payload, endorsements);
        Ok(match planned.twist {
            Some(Twist::EnvelopeSignature) => transaction.with_signature(of_something_else),
            _ => transaction.sign()?,
        })
    }

    /// Hands over whole blocks of what is in the queue.
    async fn cut(&mut self, transcript: &mut Transcript) -> Result<()> {
        let mut block = Vec::new();
        while block.len() + self.queue.len() >= self.block_size {
            let Some((number, transaction)) = self.queue.pop_front() else { break };
            match self.access.orderer.broadcast(&transaction).await {
                Ok(()) => block.push((number, transaction)),
                Err(error) => {
                    let text = error.to_string().replace(transaction.transaction_id(), "ID");
                    transcript.refused.push((number, text));
                }
            }
            if block.len() == self.block_size {
                transcript.blocks.push(self.committed(&std::mem::take(&mut block)).await?);
            }
        }
        // What the ordering node refused left a hole.
        while !block.is_empty() {
            let transaction = self.filler().await?;
            self.access.orderer.broadcast(&transaction).await?;
            block.push((usize::MAX, transaction));
            if block.len() == self.block_size {
                transcript.blocks.push(self.committed(&std::mem::take(&mut block)).await?);
            }
        }
        Ok(())
    }

    /// Makes a whole block of what is in the queue by transactions that change nothing.
    async fn fill(&mut self, transcript: &mut Transcript) -> Result<()> {
        while self.queue.len() < self.block_size {
            let transaction = self.filler().await?;
            self.queue.push_back((usize::MAX, transaction));
        }
        self.cut(transcript).await
    }

    async fn filler(&mut self) -> Result<Transaction> {
        let (answers, transaction) = self.endorse(&filler()).await?;
        transaction.with_context(|| format!("{}: {answers:?}", self.access.network))
    }

    /// Waits until all peers have committed a block of these transactions, and reads it.
    async fn committed(&mut self, transactions: &[(usize, Transaction)]) -> Result<Vec<(usize, String)>> {
        let mut blocks = Vec::new();
        for stream in &mut self.streams {
            blocks.push(stream.try_next().await?.context("a stream of blocks ended")?);
        }
        // A peer has a block before the state has what it writes.
        for place in 0..MSP_IDS.len() {
            for (_, transaction) in transactions {
                let gateway = &self.access.organization(place)?.gateway;
                transaction.through(gateway).commit().sign()?.status().await?;
            }
        }
        let [first, others @ ..] = blocks.as_slice() else { return Ok(Vec::new()) };
        ensure!(others.iter().all(|other| other.data == first.data), "the peers' blocks differ");
        let codes = others.iter().all(|other| codes(other) == codes(first)).then(|| codes(first));
        let codes = codes.context("the peers' validation codes differ")?;
        ensure!(codes.len() == transactions.len(), "a block of {} transactions", codes.len());
        self.height += 1;
        Ok(transactions.iter().map(|(number, _)| *number).zip(codes).collect())
    }

    /// Asks every peer for all keys and their policies.
    async fn versions(&mut self) -> Result<Vec<Answer>> {
        let everything = |function, arguments: &[&str]| {
            let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
            [OPEN, STRICT].map(|chaincode| Planned {
                chaincode,
                function,
                arguments: arguments.clone(),
                endorsers: vec![0, 1, 2],
                client: 0,
                twist: None,
            })
        };
        let questions = [everything("range", &["", ""]), everything("partial", &[])];
        let mut all = Vec::new();
        for question in questions.as_flattened() {
            all.extend(self.endorse(question).await?.0);
        }
        Ok(all)
    }
}

fn is_endorsed(response: &ProposalResponse) -> bool {
    response.endorsement.is_some() && response.response.as_ref().is_some_and(|response| response.status < 400)
}

fn codes(block: &Block) -> Vec<String> {
    let metadata = block.metadata.as_ref().map(|metadata| metadata.metadata.as_slice()).unwrap_or_default();
    let codes = metadata.get(BlockMetadataIndex::TransactionsFilter as usize).cloned().unwrap_or_default();
    let name = |code: u8| {
        let code = TxValidationCode::try_from(i32::from(code));
        code.map_or_else(|_| "unknown".to_owned(), |code| code.as_str_name().to_owned())
    };
    codes.into_iter().map(name).collect()
}
