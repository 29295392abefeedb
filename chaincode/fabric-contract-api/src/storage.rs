//! Typed state: maps and items over composite keys, as constants.
//!
//! ```
//! use fabric_contract_api::{Context, Error, Item, Map, ReadContext, message};
//!
//! #[message]
//! pub struct Asset {
//!     pub owner: String,
//!     pub value: u32,
//! }
//!
//! const ASSETS: Map<String, Asset> = Map::new("asset");
//! const BIDS: Map<(String, u64), Asset> = Map::new("bid"); // by asset and sequence number
//! const COUNT: Item<u64> = Item::new("count");
//!
//! fn example(context: &mut Context) -> Result<(), Error> {
//!     let asset = ASSETS.load(context, "car")?; // NOT_FOUND if it is not there
//!     BIDS.put(context, ("car", 7), &asset)?;
//!     for bid in BIDS.prefix(context, ("car",))? {
//!         let ((_asset, sequence), bid) = bid?;
//!         println!("{sequence}: {bid:?}");
//!     }
//!     COUNT.put(context, &1)
//! }
//! ```
//!
//! A map's keys sort part by part: strings by their bytes, integers by their value, `false` before `true`.

mod key;
mod storable;

use std::marker::PhantomData;
use std::ops::Range;

pub use self::key::{AsKey, AsPart, AsPrefix, Key, KeyPart};
pub use self::storable::Storable;
use crate::composite_key;
use crate::context::{Context, Page, QueryContext, ReadContext};
use crate::endorsement::EndorsementPolicy;
use crate::error::Error;
use crate::stub::{KeyValue, Results};

/// A map in the state from `K` to `V`, under composite keys of one object type.
pub struct Map<K, V> {
    object_type: &'static str,
    entry: PhantomData<fn() -> (K, V)>,
}

impl<K: Key, V: Storable> Map<K, V> {
    /// The map under `object_type`, which no other map or item of the chaincode may use.
    #[must_use]
    pub const fn new(object_type: &'static str) -> Self {
        Self { object_type, entry: PhantomData }
    }

    /// The composite key of an entry.
    ///
    /// # Errors
    /// [`Error::Key`]: a part that composite keys do not allow.
    pub fn key(&self, key: impl AsKey<K>) -> Result<String, Error> {
        let mut composite = composite_key::join(self.object_type, [])?;
        key.push(&mut composite)?;
        Ok(composite)
    }

    /// The value of an entry; `None` if it is not there.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Ledger`]; [`Error::State`]: the value is not a `V`.
    pub fn get(&self, context: &ReadContext, key: impl AsKey<K>) -> Result<Option<V>, Error> {
        let key = self.key(key)?;
        context.get(&key)?.map(|value| read(&key, &value)).transpose()
    }

    /// The value of an entry that must be there.
    ///
    /// # Errors
    /// As for [`Map::get`], and [`Error::NotFound`].
    pub fn load(&self, context: &ReadContext, key: impl AsKey<K>) -> Result<V, Error> {
        let key = self.key(key)?;
        let value = context.get(&key)?.ok_or_else(|| Error::NotFound(readable(&key)))?;
        read(&key, &value)
    }

    /// Whether an entry is there.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Ledger`].
    pub fn contains(&self, context: &ReadContext, key: impl AsKey<K>) -> Result<bool, Error> {
        Ok(context.get(&self.key(key)?)?.is_some())
    }

    /// The values of many entries, in the order of the keys, in as few calls as possible.
    ///
    /// # Errors
    /// As for [`Map::get`].
    pub fn get_many<T: AsKey<K>>(
        &self,
        context: &ReadContext,
        keys: impl IntoIterator<Item = T>,
    ) -> Result<Vec<Option<V>>, Error> {
        let keys = keys.into_iter().map(|key| self.key(key)).collect::<Result<Vec<_>, _>>()?;
        let values = context.get_many(&keys)?;
        let entries = keys.iter().zip(values);
        entries.map(|(key, value)| value.map(|value| read(key, &value)).transpose()).collect()
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// [`Error::Key`]; [`Error::State`]: the value cannot be written.
    pub fn put(&self, context: &mut Context, key: impl AsKey<K>, value: &V) -> Result<(), Error> {
        let key = self.key(key)?;
        context.put(&key, write(&key, value)?)
    }

    /// Deletes an entry.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn delete(&self, context: &mut Context, key: impl AsKey<K>) -> Result<(), Error> {
        context.delete(&self.key(key)?)
    }

    /// Sets the endorsement policy of an entry: see [`Context::set_endorsement_policy`].
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn protect(&self, context: &mut Context, key: impl AsKey<K>, policy: &EndorsementPolicy) -> Result<(), Error> {
        context.set_endorsement_policy(&self.key(key)?, policy)
    }

    /// All entries, in the order of their keys.
    ///
    /// # Errors
    /// [`Error::Ledger`].
    pub fn all(&self, context: &ReadContext) -> Result<Entries<K, V>, Error> {
        let prefix = composite_key::join(self.object_type, [])?;
        self.entries(context.stub().get_state_by_partial_composite_key(prefix)?)
    }

    /// The entries whose keys start with these parts, a tuple such as `("car",)`.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Ledger`].
    pub fn prefix(&self, context: &ReadContext, prefix: impl AsPrefix<K>) -> Result<Entries<K, V>, Error> {
        let prefix = self.prefix_key(prefix)?;
        self.entries(context.stub().get_state_by_partial_composite_key(prefix)?)
    }

    /// The entries whose keys start with the parts of `prefix` (`()` for none) and whose next part lies in `range`.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Ledger`].
    pub fn range<P: AsPrefix<K>, T: AsPart<P::Next>>(
        &self,
        context: &ReadContext,
        prefix: P,
        range: Range<T>,
    ) -> Result<Entries<K, V>, Error> {
        let mut start = self.prefix_key(prefix)?;
        let mut end = start.clone();
        range.start.push_part(&mut start)?;
        range.end.push_part(&mut end)?;
        self.entries(context.stub().get_state_by_composite_key_range(start, end)?)
    }

    /// At most `size` of the entries whose keys start with `prefix` (`()`: all), from `bookmark` (empty: the first) on.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Ledger`], [`Error::State`].
    pub fn page(
        &self,
        context: &QueryContext,
        prefix: impl AsPrefix<K>,
        size: u32,
        bookmark: &str,
    ) -> Result<Page<(K, V)>, Error> {
        let range = composite_key::range_of(self.prefix_key(prefix)?);
        let results = context.stub().get_state_by_composite_key_range_page(range, size, bookmark)?;
        let bookmark = results.page_metadata()?.bookmark;
        Ok(Page { results: self.entries(results)?.collect::<Result<_, _>>()?, bookmark })
    }

    fn prefix_key(&self, prefix: impl AsPrefix<K>) -> Result<String, Error> {
        let mut key = composite_key::join(self.object_type, [])?;
        prefix.push_prefix(&mut key)?;
        Ok(key)
    }

    fn entries(&self, results: Results<KeyValue>) -> Result<Entries<K, V>, Error> {
        Ok(Entries { results, entry: PhantomData })
    }
}

/// An iterator over the entries of a map.
pub struct Entries<K, V> {
    results: Results<KeyValue>,
    entry: PhantomData<fn() -> (K, V)>,
}

impl<K: Key, V: Storable> Iterator for Entries<K, V> {
    type Item = Result<(K, V), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.results.next()?;
        Some(entry.and_then(|KeyValue { key, value }| {
            let parts = composite_key::split(&key).and_then(|(_, parts)| K::from_parts(&parts));
            let parts = parts.ok_or_else(|| Error::State(format!("{} is not a key of the map", readable(&key))))?;
            Ok((parts, read(&key, &value)?))
        }))
    }
}

/// One value in the state.
pub struct Item<V> {
    object_type: &'static str,
    value: PhantomData<fn() -> V>,
}

impl<V: Storable> Item<V> {
    /// The item under `object_type`, which no other map or item of the chaincode may use.
    #[must_use]
    pub const fn new(object_type: &'static str) -> Self {
        Self { object_type, value: PhantomData }
    }

    /// The item's composite key.
    ///
    /// # Errors
    /// [`Error::Key`]: an object type that composite keys do not allow.
    pub fn key(&self) -> Result<String, Error> {
        composite_key::join(self.object_type, [])
    }

    /// The value; `None` if it is not there.
    ///
    /// # Errors
    /// [`Error::Ledger`]; [`Error::State`]: the value is not a `V`.
    pub fn get(&self, context: &ReadContext) -> Result<Option<V>, Error> {
        let key = self.key()?;
        context.get(&key)?.map(|value| read(&key, &value)).transpose()
    }

    /// The value, which must be there.
    ///
    /// # Errors
    /// As for [`Item::get`], and [`Error::NotFound`].
    pub fn load(&self, context: &ReadContext) -> Result<V, Error> {
        self.get(context)?.ok_or_else(|| Error::NotFound(self.object_type.to_owned()))
    }

    /// Writes the value.
    ///
    /// # Errors
    /// [`Error::State`]: the value cannot be written.
    pub fn put(&self, context: &mut Context, value: &V) -> Result<(), Error> {
        let key = self.key()?;
        context.put(&key, write(&key, value)?)
    }

    /// Deletes it.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn delete(&self, context: &mut Context) -> Result<(), Error> {
        context.delete(&self.key()?)
    }

    /// Sets its endorsement policy: see [`Context::set_endorsement_policy`].
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn protect(&self, context: &mut Context, policy: &EndorsementPolicy) -> Result<(), Error> {
        context.set_endorsement_policy(&self.key()?, policy)
    }
}

fn read<V: Storable>(key: &str, value: &[u8]) -> Result<V, Error> {
    V::from_bytes(value).map_err(|error| Error::State(format!("{}: {error}", readable(key))))
}

fn write<V: Storable>(key: &str, value: &V) -> Result<Vec<u8>, Error> {
    value.to_bytes().map_err(|error| Error::State(format!("{}: {error}", readable(key))))
}

/// A composite key for people: `asset/car`.
fn readable(key: &str) -> String {
    key.trim_matches('\0').replace('\0', "/")
}
