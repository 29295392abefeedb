//! An ordering node that lies: it has its real keys, takes transactions and drops them, and serves blocks that the others
//! never agreed on, under its own signature.

use fabric_client::Network as Channel;
use fabric_msp::block::{data_hash, header_hash, signed_bytes};
use fabric_msp::{LocalSigner, Signer as _};
use fabric_network::{Network, Node};
use fabric_protos::Message as _;
use fabric_protos::common::{
    Block, BlockData, BlockHeader, BlockMetadata, Envelope, IdentifierHeader, LastConfig, Metadata, MetadataSignature,
    OrdererBlockMetadata, Payload, Status as Outcome,
};
use fabric_protos::orderer::atomic_broadcast_server::{AtomicBroadcast, AtomicBroadcastServer};
use fabric_protos::orderer::seek_info::SeekContentType;
use fabric_protos::orderer::{BroadcastResponse, DeliverResponse, SeekInfo, deliver_response, seek_position};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use std::fs;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status, Streaming};

/// Time for a node's port to become free.
const PORT_FREE: Duration = Duration::from_secs(60);

/// A node that lies on one channel, until it is dropped.
pub(crate) struct Liar {
    answers: Answers,
    server: tokio::task::JoinHandle<()>,
}

/// A block that it made up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lie {
    pub(crate) number: u64,
    pub(crate) data_hash: Vec<u8>,
}

#[derive(Clone)]
struct Answers {
    /// The channel as an honest peer has it.
    channel: Channel,
    signer: Arc<LocalSigner>,
    /// The node's number in the channel's configuration.
    identifier: u32,
    lies: Arc<Mutex<Vec<Lie>>>,
    dropped: Arc<AtomicUsize>,
}

impl Liar {
    /// Takes the place of a node, which must have ended.
    pub(crate) async fn start(network: &Network, node: &Node, identifier: u32, channel: Channel) -> Self {
        let keys = network.keys(node);
        let signer = LocalSigner::from_folder(&node.msp_id, &keys.join("msp")).unwrap();
        let read = |name: &str| fs::read_to_string(keys.join("tls").join(name)).unwrap();
        let tls = ServerTlsConfig::new().identity(Identity::from_pem(read("server.crt"), read("server.key")));
        let answers =
            Answers { channel, signer: Arc::new(signer), identifier, lies: Arc::default(), dropped: Arc::default() };
        let service = AtomicBroadcastServer::new(answers.clone());
        let incoming = TcpIncoming::from(listen(node.address).await);
        let serving = Server::builder().tls_config(tls).unwrap().add_service(service).serve_with_incoming(incoming);
        let server = tokio::spawn(async move { serving.await.unwrap() });
        Self { answers, server }
    }

    /// The blocks that it served, whole.
    pub(crate) fn lies(&self) -> Vec<Lie> {
        self.answers.lies.lock().unwrap().clone()
    }

    /// How many transactions it took and dropped.
    pub(crate) fn dropped(&self) -> usize {
        self.answers.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Listens where the node did, once nobody who tries to reach it holds its port.
async fn listen(address: SocketAddr) -> TcpListener {
    let deadline = Instant::now() + PORT_FREE;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

impl Answers {
    /// A block of this number that fits the chain, with a transaction that was ordered before.
    async fn block(&self, number: u64) -> Block {
        let before = self.channel.block(number - 1).await.unwrap();
        let data = BlockData { data: before.data.unwrap().data };
        let previous_hash = header_hash(&before.header.unwrap()).to_vec();
        let header = BlockHeader { number, previous_hash, data_hash: data_hash(&data).to_vec() };
        let value = OrdererBlockMetadata { last_config: Some(LastConfig { index: 0 }), ..Default::default() };
        let value = value.encode_to_vec();
        let nonce = number.to_be_bytes().to_vec();
        let identifier_header = IdentifierHeader { identifier: self.identifier, nonce }.encode_to_vec();
        let signature = self.signer.sign(&signed_bytes(&value, &identifier_header, &header)).unwrap();
        let signature = MetadataSignature { identifier_header, signature, ..Default::default() };
        let signatures = Metadata { value, signatures: vec![signature] }.encode_to_vec();
        let metadata = BlockMetadata { metadata: vec![signatures, vec![], vec![], vec![], vec![]] };
        Block { header: Some(header), data: Some(data), metadata: Some(metadata) }
    }

    async fn lie(&self, request: Envelope) -> Option<DeliverResponse> {
        let payload = Payload::decode(request.payload.as_slice()).ok()?;
        let (header, _) = fabric_msp::block::open_envelope(&request.encode_to_vec()).ok()?;
        let seek = SeekInfo::decode(payload.data.as_slice()).ok()?;
        let seek_position::Type::Specified(start) = seek.start?.r#type? else { return None };
        if header.channel_id != self.channel.name() || start.number == 0 {
            return None;
        }
        let mut block = self.block(start.number).await;
        if seek.content_type == i32::from(SeekContentType::Block) {
            let data_hash = block.header.as_ref()?.data_hash.clone();
            self.lies.lock().unwrap().push(Lie { number: start.number, data_hash });
        } else {
            block.data = None;
        }
        Some(DeliverResponse { r#type: Some(deliver_response::Type::Block(block)) })
    }
}

#[tonic::async_trait]
impl AtomicBroadcast for Answers {
    type BroadcastStream = BoxStream<'static, Result<BroadcastResponse, Status>>;
    type DeliverStream = BoxStream<'static, Result<DeliverResponse, Status>>;

    async fn broadcast(
        &self,
        request: Request<Streaming<Envelope>>,
    ) -> Result<Response<Self::BroadcastStream>, Status> {
        let dropped = Arc::clone(&self.dropped);
        let success = BroadcastResponse { status: Outcome::Success.into(), ..Default::default() };
        let answers = request.into_inner().map(move |envelope| {
            dropped.fetch_add(1, Ordering::Relaxed);
            envelope.map(|_| success.clone())
        });
        Ok(Response::new(answers.boxed()))
    }

    /// One lie for each question, and nothing after it.
    async fn deliver(&self, request: Request<Streaming<Envelope>>) -> Result<Response<Self::DeliverStream>, Status> {
        let answers = self.clone();
        let lies = request.into_inner().filter_map(move |envelope| {
            let answers = answers.clone();
            async move { answers.lie(envelope.ok()?).await.map(Ok) }
        });
        Ok(Response::new(lies.chain(stream::pending()).boxed()))
    }
}
