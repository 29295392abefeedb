//! A chaincode that runs as a service, in whatever language: the network dials it and speaks the peer's side of Fabric's
//! chaincode protocol.
//!
//! Each organization has a stream of its own, as each peer has: two peers endorse the same transaction at the same time,
//! and a stream tells transactions apart by channel and id. The stream is opened with the first transaction, and again
//! with the next one after it has ended.
//!
//! Whatever the service does wrong ends its transactions with status 500 and the code of a [`ServiceFailure`], and
//! nothing else.

mod dial;
mod failure;
mod stream;
mod transactions;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fabric_protos::protos::ChaincodeMessage;
use tokio::runtime::Handle;
use tonic::transport::Endpoint;
use wasm_host::package::ServicePackage;
use wasm_host::{Chaincode, Completed, HostError, Ledger, Metering};

pub use self::failure::ServiceFailure;
use self::stream::{Ended, Stream};
use crate::stop::Stop;

/// How long to wait for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceTimeouts {
    /// From the connection to REGISTER.
    pub registration: Duration,
    /// For a whole transaction, with what it calls: a peer's `chaincode.executetimeout`.
    pub transaction: Duration,
}

impl Default for ServiceTimeouts {
    /// Ten seconds to register, and Fabric's 30 for a transaction.
    fn default() -> Self {
        Self { registration: Duration::from_secs(10), transaction: Duration::from_secs(30) }
    }
}

/// What all services of a network share.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) runtime: Handle,
    pub(crate) timeouts: ServiceTimeouts,
    pub(crate) stop: Stop,
}

/// One organization's way to a chaincode's service.
pub(crate) struct ServiceChaincode {
    package_id: String,
    address: String,
    endpoint: Endpoint,
    dial_timeout: Duration,
    context: Context,
    stream: Mutex<Latest>,
}

/// How the last attempt to connect went.
#[derive(Default)]
enum Latest {
    #[default]
    None,
    Open(Arc<Stream>),
    Failed(ServiceFailure, Instant),
}

impl ServiceChaincode {
    /// The way to the service of a package. Nothing is dialled yet.
    ///
    /// # Errors
    ///
    /// The text says which certificate or key cannot be used.
    pub(crate) fn new(package: &ServicePackage, package_id: &str, context: Context) -> Result<Self, String> {
        let connection = package.connection();
        Ok(Self {
            package_id: package_id.to_owned(),
            address: connection.address(),
            endpoint: dial::endpoint(connection)?,
            dial_timeout: connection.dial_timeout(),
            context,
            stream: Mutex::default(),
        })
    }

    /// The open stream, or a new one. While one transaction dials, the others wait, and its failure is theirs.
    fn stream(&self) -> Result<Arc<Stream>, ServiceFailure> {
        let asked = Instant::now();
        let mut latest = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            Latest::Open(stream) if stream.is_open() => return Ok(Arc::clone(stream)),
            Latest::Failed(failure, at) if *at > asked => return Err(failure.clone()),
            _ => {}
        }
        match self.context.runtime.block_on(self.dial()) {
            Ok(stream) => {
                let stream = Arc::new(stream);
                *latest = Latest::Open(Arc::clone(&stream));
                Ok(stream)
            }
            Err(failure) => {
                tracing::warn!(package_id = self.package_id, %failure, "no connection to a chaincode's service");
                *latest = Latest::Failed(failure.clone(), Instant::now());
                Err(failure)
            }
        }
    }

    async fn dial(&self) -> Result<Stream, ServiceFailure> {
        let channel = dial::connect(&self.endpoint, &self.address, self.dial_timeout).await?;
        let Context { timeouts, stop, .. } = &self.context;
        Stream::register(channel, &self.address, &self.package_id, timeouts.registration, stop.clone()).await
    }
}

impl Chaincode for ServiceChaincode {
    fn execute(&self, message: &ChaincodeMessage, ledger: &mut dyn Ledger) -> Result<Completed, HostError> {
        let Context { runtime, timeouts, .. } = &self.context;
        let run = |stream: Arc<Stream>| stream.run(runtime, message, ledger, timeouts.transaction);
        let failure = match self.stream().map_err(Ended::Failed).and_then(run) {
            Ok((response, event)) => return Ok(Completed { response, event, metering: Metering::default() }),
            Err(Ended::Ledger(text)) => return Err(HostError::Ledger(text)),
            Err(Ended::Failed(failure)) => failure,
        };
        Ok(Completed { response: failure.response(), event: None, metering: Metering::default() })
    }
}
