//! From a transaction to a contract's function and back.

use std::rc::Rc;

use fabric_protos::protos;
use serde::Serialize;

use crate::context::{Context, QueryContext};
use crate::error::{ContractError, Error, Failure};
use crate::host::Host;
use crate::metadata;
use crate::schema::{Components, Schema};
use crate::stub::Stub;
use crate::transaction::Transaction;
use crate::value::Value;

/// Status of a response, as in HTTP: below 400 it is a success.
const STATUS_OK: i32 = 200;
/// Status of every failed transaction.
const STATUS_FAILED: i32 = 500;

/// What runs when a transaction comes: the contracts of a module, or something of your own on the bare [`Stub`].
pub trait Chaincode {
    /// Runs one transaction and returns the payload of its response.
    ///
    /// # Errors
    /// The message of the failed transaction.
    fn invoke(&self, stub: &Stub) -> Result<Vec<u8>, Failure>;
}

/// How a transaction ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// Status 200 and the payload, or 500 and a message.
    pub response: protos::Response,
    /// The event, only of a success.
    pub event: Option<protos::ChaincodeEvent>,
}

impl Completion {
    pub(crate) fn failed(message: String) -> Self {
        let response = protos::Response { status: STATUS_FAILED, message, payload: Vec::new() };
        Self { response, event: None }
    }
}

/// Runs one transaction, `message` being the chaincode message of type TRANSACTION or INIT.
pub fn run(chaincode: &dyn Chaincode, message: &[u8], host: Rc<dyn Host>) -> Completion {
    let stub = match Transaction::decode(message) {
        Ok(transaction) => Stub::new(host, transaction),
        Err(error) => return Completion::failed(error.message()),
    };
    match chaincode.invoke(&stub) {
        Ok(payload) => Completion {
            response: protos::Response { status: STATUS_OK, message: String::new(), payload },
            event: stub.event(),
        },
        Err(Failure(message)) => Completion::failed(message),
    }
}

/// A contract: a named set of functions. Implemented by `#[contract]`.
pub trait Contract {
    /// Its name and functions.
    const DEFINITION: ContractDefinition;
}

/// Name and functions of a contract.
#[derive(Clone, Copy)]
pub struct ContractDefinition {
    /// What stands before the colon in `Contract:function`.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Whether its functions can be called without a prefix.
    pub default: bool,
    /// Its transactions.
    pub functions: &'static [Function],
}

/// Whether a function is meant to be submitted or evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// It writes: `#[submit]`.
    Submit,
    /// It only reads: `#[evaluate]`.
    Evaluate,
}

/// One transaction function.
#[derive(Clone, Copy)]
pub struct Function {
    /// What stands after the colon in `Contract:function`.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// Submitted or evaluated.
    pub kind: FunctionKind,
    /// Decodes the arguments, runs it, encodes the result.
    pub invoke: fn(&Stub, Arguments<'_>) -> Result<Vec<u8>, Failure>,
    /// Names and schemas of its parameters.
    pub parameters: fn(&mut Components) -> Vec<Parameter>,
    /// Schema of its result, if it has one.
    pub returns: fn(&mut Components) -> Option<Schema>,
}

/// A parameter in the metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parameter {
    /// Its name in the source.
    pub name: &'static str,
    /// What clients must send.
    pub schema: Schema,
}

impl Parameter {
    /// The parameter `name` of type `T`.
    #[must_use]
    pub fn of<T: Value>(name: &'static str, components: &mut Components) -> Self {
        Self { name, schema: T::schema(components) }
    }
}

/// The arguments of a call, without the function's name.
#[derive(Clone, Copy)]
pub struct Arguments<'a>(&'a [Vec<u8>]);

impl Arguments<'_> {
    /// Refuses too few and too many arguments.
    ///
    /// # Errors
    /// [`Error::Arguments`].
    pub fn expect_count(self, count: usize) -> Result<(), Error> {
        if self.0.len() == count {
            return Ok(());
        }
        Err(Error::Arguments(format!("number of arguments: expected {count}, got {}", self.0.len())))
    }

    /// Reads one argument.
    ///
    /// # Errors
    /// [`Error::Arguments`].
    pub fn decode<T: Value>(self, index: usize, name: &str) -> Result<T, Error> {
        let bytes = self.0.get(index).map_or(&[][..], Vec::as_slice);
        let text = std::str::from_utf8(bytes).map_err(|_| Error::Arguments(format!("{name}: not UTF-8")))?;
        T::from_argument(text).map_err(|error| Error::Arguments(format!("{name}: {error}")))
    }
}

/// The contracts of a module. Made by [`contracts!`](crate::contracts).
#[derive(Clone, Copy)]
pub struct Contracts {
    pub(crate) title: &'static str,
    pub(crate) version: &'static str,
    pub(crate) contracts: &'static [ContractDefinition],
}

impl Contracts {
    /// The contracts under the module's title and version.
    ///
    /// # Panics
    /// At compile time: two contracts are named alike, or two are the default.
    #[must_use]
    pub const fn new(title: &'static str, version: &'static str, contracts: &'static [ContractDefinition]) -> Self {
        let mut first = 0;
        while first < contracts.len() {
            let mut second = first + 1;
            while second < contracts.len() {
                assert!(!same(contracts[first].name, contracts[second].name), "two contracts are named alike");
                assert!(!(contracts[first].default && contracts[second].default), "two contracts are the default");
                second += 1;
            }
            first += 1;
        }
        Self { title, version, contracts }
    }

    /// `org.hyperledger.fabric:GetMetadata`: contracts, functions and schemas as JSON.
    ///
    /// # Errors
    /// [`Error::Result`].
    pub fn metadata(&self) -> Result<Vec<u8>, Error> {
        metadata::describe(self)
    }

    fn find(&self, name: &str) -> Option<&'static Function> {
        let (contract, function) = match name.split_once(':') {
            Some((contract, function)) => (self.contracts.iter().find(|entry| entry.name == contract)?, function),
            None => (self.contracts.iter().find(|entry| entry.default)?, name),
        };
        contract.functions.iter().find(|entry| entry.name == function)
    }
}

/// Whether two strings are equal, at compile time.
const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

impl Chaincode for Contracts {
    fn invoke(&self, stub: &Stub) -> Result<Vec<u8>, Failure> {
        let name = String::from_utf8_lossy(stub.function());
        if name == metadata::FUNCTION {
            return Ok(self.metadata()?);
        }
        let function = self.find(&name).ok_or_else(|| Error::UnknownFunction(format!("no function {name}")))?;
        (function.invoke)(stub, Arguments(stub.arguments()))
    }
}

/// What the macros expand to; not for authors.
#[doc(hidden)]
pub mod macro_support {
    pub use std::vec;

    use super::{Components, Context, ContractError, Error, Failure, QueryContext, Schema, Stub, Value};

    /// The result type of a contract function.
    pub trait Returned {
        /// Schema of the success, if it has content.
        fn schema(components: &mut Components) -> Option<Schema>;
    }

    impl<T: Value, E: ContractError> Returned for Result<T, E> {
        fn schema(components: &mut Components) -> Option<Schema> {
            let schema = T::schema(components);
            (schema != Schema::of_type("null")).then_some(schema)
        }
    }

    /// Runs a `#[submit]` function.
    pub fn submit<T: Value, E: ContractError>(
        stub: &Stub,
        function: impl FnOnce(&mut Context) -> Result<T, E>,
    ) -> Result<Vec<u8>, Failure> {
        let mut context = Context::new(stub.clone());
        let result = encode(&function(&mut context)?)?;
        context.flush()?;
        Ok(result)
    }

    /// Runs an `#[evaluate]` function.
    pub fn evaluate<T: Value, E: ContractError>(
        stub: &Stub,
        function: impl FnOnce(&QueryContext) -> Result<T, E>,
    ) -> Result<Vec<u8>, Failure> {
        Ok(encode(&function(&QueryContext::new(stub.clone()))?)?)
    }

    fn encode(result: &impl Value) -> Result<Vec<u8>, Error> {
        result.to_result().map_err(|error| Error::Result(error.to_string()))
    }
}
