//! Which segments are merged: only neighbours, so that documents stay in the order of their arrival.

use super::{IndexError, PLACE};
use std::{
    future::Future,
    pin::pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, Waker},
};
use tantivy::{FutureResult, IndexWriter, Searcher, index::SegmentId, index::SegmentMeta};

/// So many neighbours of a size become one segment.
const SEGMENTS_PER_MERGE: u32 = 8;
/// Segments up to this many documents count as one size: each commit of a live market makes a tiny one.
const SMALLEST_SIZE: u32 = 1_000;

/// The merge that is under way, if any. Searches and commits go on meanwhile.
#[derive(Default)]
pub(super) struct Merges {
    /// Behind a lock only so that an index can be shared between threads.
    running: Mutex<Option<FutureResult<Option<SegmentMeta>>>>,
}

impl Merges {
    /// Begins a merge if there is one to be made and none is running.
    pub(super) fn run(&mut self, writer: &mut IndexWriter, searcher: &Searcher) -> Result<(), IndexError> {
        let slot = self.running.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = slot {
            match pin!(running).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => return Ok(()),
                Poll::Ready(done) => done?,
            };
            *slot = None;
        }
        if let Some(segments) = candidate(&in_order(searcher)?) {
            *slot = Some(writer.merge(&segments));
        }
        Ok(())
    }

    /// Waits for the running merge; then merges everything if asked to.
    pub(super) fn finish(
        &mut self,
        writer: &mut IndexWriter,
        searcher: &Searcher,
        whole: bool,
    ) -> Result<(), IndexError> {
        let slot = self.running.get_mut().unwrap_or_else(PoisonError::into_inner);
        let was_running = slot.take().map(FutureResult::wait).transpose()?.is_some();
        if whole {
            // After a merge the searcher's segments are not the index's any more.
            let segments = if was_running {
                let reader = searcher.index().reader()?;
                in_order(&reader.searcher())?
            } else {
                in_order(searcher)?
            };
            if segments.len() > 1 {
                let ids: Vec<SegmentId> = segments.into_iter().map(|(id, _)| id).collect();
                writer.merge(&ids).wait()?;
            }
        }
        Ok(())
    }
}

/// The segments with their numbers of documents, in the order of their records' arrival.
fn in_order(searcher: &Searcher) -> Result<Vec<(SegmentId, u32)>, IndexError> {
    let mut segments = Vec::new();
    for segment in searcher.segment_readers() {
        let places = segment.fast_fields().u64(PLACE)?;
        segments.push((places.min_value(), segment.segment_id(), segment.max_doc()));
    }
    segments.sort_unstable_by_key(|(place, ..)| *place);
    Ok(segments.into_iter().map(|(_, id, documents)| (id, documents)).collect())
}

/// The newest neighbours of a size, if there are enough of them.
fn candidate(segments: &[(SegmentId, u32)]) -> Option<Vec<SegmentId>> {
    let sizes: Vec<u32> = segments.iter().map(|(_, documents)| size(*documents)).collect();
    let window = sizes.windows(SEGMENTS_PER_MERGE as usize).rposition(|window| {
        // The newest may be smaller than those before: they would only wait to be merged with them.
        let largest = window.first().copied().unwrap_or_default();
        window.iter().all(|size| *size <= largest)
    })?;
    Some(segments[window..window + SEGMENTS_PER_MERGE as usize].iter().map(|(id, _)| *id).collect())
}

/// Sizes grow by the number of segments that are merged.
fn size(documents: u32) -> u32 {
    (documents.max(SMALLEST_SIZE) / SMALLEST_SIZE).ilog(SEGMENTS_PER_MERGE)
}
