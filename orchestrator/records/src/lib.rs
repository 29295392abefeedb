//! Off-chain records: bulk data in a store, linked to hashes on chain, found through an index and proved.
