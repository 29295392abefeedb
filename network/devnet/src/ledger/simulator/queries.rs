//! Range and history queries: results by the hundred, or one page with a bookmark.

use fabric_protos::protos::{
    GetHistoryForKey, GetQueryResult, GetStateByRange, QueryMetadata, QueryResponse, QueryResponseMetadata,
    QueryResultBytes, QueryStateNext,
};
use fabric_protos::queryresult::{KeyModification, Kv};
use prost::Message;

use super::Simulator;
use super::builder::RangeId;
use super::calls::{CallError, Frame, only_public};
use crate::ledger::error::LedgerError;
use crate::ledger::state::VersionedValue;

/// Results in one response of a query without pages.
const RESULTS_PER_RESPONSE: usize = 100;

/// Results of one query altogether: `totalQueryLimit` of Fabric's sample configuration.
const RESULTS_MAX: usize = 100_000;

/// An open query.
pub(crate) struct Query {
    source: Source,
    /// Read, but not yet handed out: a peer reads one result more than it answers.
    pending: Vec<QueryResultBytes>,
    /// Results read so far.
    count: usize,
    /// Results to be read altogether.
    count_max: usize,
}

enum Source {
    Range { id: RangeId, results: Box<dyn Iterator<Item = Result<(String, VersionedValue), LedgerError>>> },
    History(Box<dyn Iterator<Item = Result<KeyModification, LedgerError>>>),
}

impl Frame<'_> {
    pub(super) fn range(&mut self, call: GetStateByRange) -> Result<Vec<u8>, CallError> {
        only_public(&call.collection)?;
        let QueryMetadata { page_size, bookmark } = QueryMetadata::decode(call.metadata.as_slice())?;
        let paged = page_size != 0 || !bookmark.is_empty();
        let simulator = &mut *self.simulator;
        if paged {
            simulator.begin_page()?;
        }
        let start = if bookmark.is_empty() { call.start_key } else { bookmark };
        let results = Box::new(simulator.snapshot.range(&self.namespace, &start, &call.end_key)?);
        let id = simulator.builder.begin_range(&self.namespace, &start, &call.end_key);
        let page = usize::try_from(page_size).ok().filter(|page| *page > 0);
        let query = Query {
            source: Source::Range { id, results },
            pending: Vec::new(),
            count: 0,
            count_max: page.map_or(RESULTS_MAX, |page| page.min(RESULTS_MAX)),
        };
        if paged { self.page(query) } else { self.begin(query) }
    }

    pub(super) fn history(&mut self, call: &GetHistoryForKey) -> Result<Vec<u8>, CallError> {
        let source = Source::History(Box::new(self.simulator.snapshot.history(&self.namespace, &call.key)?));
        self.begin(Query { source, pending: Vec::new(), count: 0, count_max: RESULTS_MAX })
    }

    /// Rich queries need CouchDB; the refusal is that of a peer on LevelDB.
    pub(super) fn rich_query(&mut self, call: &GetQueryResult) -> Result<Vec<u8>, CallError> {
        only_public(&call.collection)?;
        let QueryMetadata { page_size, bookmark } = QueryMetadata::decode(call.metadata.as_slice())?;
        if page_size == 0 && bookmark.is_empty() {
            return Err(CallError::Refused("ExecuteQuery not supported for leveldb".to_owned()));
        }
        self.simulator.begin_page()?;
        Err(CallError::Refused("ExecuteQueryWithMetadata not supported for leveldb".to_owned()))
    }

    pub(super) fn next_page(&mut self, call: QueryStateNext) -> Result<Vec<u8>, CallError> {
        let query = self.queries.remove(&call.id);
        let query = query.ok_or_else(|| CallError::Refused("query iterator not found".to_owned()))?;
        self.respond(call.id, query)
    }

    fn begin(&mut self, query: Query) -> Result<Vec<u8>, CallError> {
        self.queries_begun += 1;
        self.respond(self.queries_begun.to_string(), query)
    }

    /// Answers with the next hundred results. The one that shows that there are more is read as well.
    fn respond(&mut self, id: String, mut query: Query) -> Result<Vec<u8>, CallError> {
        while query.count < query.count_max {
            let Some(result) = query.read(self.simulator, &self.namespace)? else { break };
            query.count += 1;
            if query.pending.len() == RESULTS_PER_RESPONSE {
                let results = std::mem::replace(&mut query.pending, vec![result]);
                let response = QueryResponse { results, has_more: true, id: id.clone(), metadata: Vec::new() };
                self.queries.insert(id, query);
                return Ok(response.encode_to_vec());
            }
            query.pending.push(result);
        }
        Ok(QueryResponse { results: query.pending, has_more: false, id, metadata: Vec::new() }.encode_to_vec())
    }

    /// Answers with the whole page. Unless the page was full, the end of the range is noted as read.
    fn page(&mut self, mut query: Query) -> Result<Vec<u8>, CallError> {
        while query.count < query.count_max {
            let Some(result) = query.read(self.simulator, &self.namespace)? else { break };
            query.count += 1;
            query.pending.push(result);
        }
        // The next key, which begins the next page, is looked at but not noted as read.
        let bookmark = match query.source {
            Source::Range { mut results, .. } => results.next().transpose()?.map(|(key, _)| key),
            Source::History(_) => None,
        };
        self.queries_begun += 1;
        let metadata = QueryResponseMetadata {
            fetched_records_count: i32::try_from(query.count).unwrap_or(i32::MAX),
            bookmark: bookmark.unwrap_or_default(),
        };
        Ok(QueryResponse {
            results: query.pending,
            has_more: false,
            id: self.queries_begun.to_string(),
            metadata: metadata.encode_to_vec(),
        }
        .encode_to_vec())
    }
}

impl Query {
    fn read(&mut self, simulator: &mut Simulator, namespace: &str) -> Result<Option<QueryResultBytes>, LedgerError> {
        let result_bytes = match &mut self.source {
            Source::Range { id, results } => {
                let result = results.next().transpose()?;
                let read = result.as_ref().map(|(key, value)| (key.as_str(), value.version));
                simulator.builder.read_range(*id, read);
                result
                    .map(|(key, value)| Kv { namespace: namespace.to_owned(), key, value: value.value }.encode_to_vec())
            }
            Source::History(results) => results.next().transpose()?.map(|result| result.encode_to_vec()),
        };
        Ok(result_bytes.map(|result_bytes| QueryResultBytes { result_bytes }))
    }
}

impl Simulator {
    fn begin_page(&mut self) -> Result<(), CallError> {
        if self.wrote {
            let transaction = &self.invocation.transaction_id;
            return Err(CallError::Refused(format!(
                "txid [{transaction}]: unsuppored transaction. Paginated queries are supported only in a read-only transaction"
            )));
        }
        self.paged = true;
        Ok(())
    }
}
