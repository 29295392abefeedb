//! The results of a query, fetched page by page.

use std::marker::PhantomData;

use fabric_protos::protos::chaincode_message::Type;
use fabric_protos::{protos, queryresult};

use super::Stub;
use crate::error::Error;
use crate::transaction::decode;

/// A key of the state and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyValue {
    /// The key.
    pub key: String,
    /// Its value.
    pub value: Vec<u8>,
}

/// One change of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modification {
    /// The transaction that made it.
    pub transaction_id: String,
    /// Seconds and nanoseconds since the epoch, UTC, as its client set them.
    pub timestamp: (i64, i32),
    /// The new value; `None`: the key was deleted.
    pub value: Option<Vec<u8>>,
}

/// What queries answer.
pub trait QueryResult: Sized {
    /// Reads one result.
    ///
    /// # Errors
    /// [`Error::Protocol`].
    fn decode(bytes: &[u8]) -> Result<Self, Error>;
}

impl QueryResult for KeyValue {
    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let entry: queryresult::Kv = decode("query result", bytes)?;
        Ok(Self { key: entry.key, value: entry.value })
    }
}

impl QueryResult for Modification {
    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let change: queryresult::KeyModification = decode("query result", bytes)?;
        let timestamp = change.timestamp.unwrap_or_default();
        Ok(Self {
            transaction_id: change.tx_id,
            timestamp: (timestamp.seconds, timestamp.nanos),
            value: (!change.is_delete).then_some(change.value),
        })
    }
}

/// An iterator over results. Dropped before the end, it tells the peer to forget the rest.
pub struct Results<T> {
    stub: Stub,
    id: String,
    page: std::vec::IntoIter<protos::QueryResultBytes>,
    has_more: bool,
    metadata: Vec<u8>,
    results: PhantomData<fn() -> T>,
}

impl<T: QueryResult> Results<T> {
    pub(super) fn new(stub: Stub, response: protos::QueryResponse) -> Self {
        let protos::QueryResponse { results, has_more, id, metadata } = response;
        Self { stub, id, page: results.into_iter(), has_more, metadata, results: PhantomData }
    }

    /// For a query by pages: how many results this page has, and the bookmark of the next one (empty: there is none).
    ///
    /// # Errors
    /// [`Error::Protocol`].
    pub fn page_metadata(&self) -> Result<protos::QueryResponseMetadata, Error> {
        decode("query metadata", &self.metadata)
    }

    /// QUERY_STATE_CLOSE. Go's shim sends it after the last result, too, where the peer has already forgotten the query.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn close(mut self) -> Result<(), Error> {
        self.has_more = false;
        self.send_close()
    }

    fn fetch(&mut self) -> Result<(), Error> {
        // Should the call fail, there is nothing more to fetch.
        self.has_more = false;
        let request = protos::QueryStateNext { id: self.id.clone() };
        let response: protos::QueryResponse = self.stub.request(Type::QueryStateNext, &request)?;
        self.has_more = response.has_more;
        self.page = response.results.into_iter();
        Ok(())
    }
}

impl<T> Results<T> {
    fn send_close(&self) -> Result<(), Error> {
        self.stub.send(Type::QueryStateClose, &protos::QueryStateClose { id: self.id.clone() })
    }
}

impl<T: QueryResult> Iterator for Results<T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(result) = self.page.next() {
                return Some(T::decode(&result.result_bytes));
            }
            if !self.has_more {
                return None;
            }
            if let Err(error) = self.fetch() {
                return Some(Err(error));
            }
        }
    }
}

impl<T> Drop for Results<T> {
    fn drop(&mut self) {
        if self.has_more {
            // Nobody is left to tell of an error; the peer forgets the query at the end of the transaction anyway.
            let _ = self.send_close();
        }
    }
}
