//! The chaincode of the recordings, on this project's contract API: the same functions, messages, results and errors.
//!
//! `tests/recordings/fabric-3.1.5/recorder.go` is the original. Its errors have no codes and its writes go out one by
//! one, so this works on the bare [`Stub`], as a chaincode of its own.

use std::fmt::Write as _;

use fabric_contract_api::stub::{QueryResult, Write};
use fabric_contract_api::{Chaincode, EndorsementPolicy, Failure, Results, Stub, composite_key, export};

/// What `random` writes. A test that replaces these bytes in an organization's module makes its endorsements differ.
pub static SALT: [u8; 21] = *b"SALT-0000000000000000";

/// The chaincode.
pub struct Recorder;

/// A failure with the bare text of an error.
struct Text(String);

impl<E: std::fmt::Display> From<E> for Text {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl Chaincode for Recorder {
    fn invoke(&self, stub: &Stub) -> Result<Vec<u8>, Failure> {
        let arguments: Vec<_> = stub.arguments().iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
        let arguments: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
        let function = String::from_utf8_lossy(stub.function());
        invoke(stub, &function, &arguments).map_err(|Text(text)| Failure(text))
    }
}

fn invoke(stub: &Stub, function: &str, arguments: &[&str]) -> Result<Vec<u8>, Text> {
    match (function, arguments) {
        ("put", [key, value, ..]) => done(stub.put_state(key, value.as_bytes())),
        ("get", [key, ..]) => Ok(stub.get_state(key)?.unwrap_or_default()),
        ("create", [key, value, ..]) => {
            if stub.get_state(key)?.is_some() {
                return Err(Text(format!("{key} exists")));
            }
            done(stub.put_state(key, value.as_bytes()))
        }
        ("del", [key, ..]) => done(stub.del_state(key)),
        ("putMany", [prefix, count, ..]) => {
            for (key, value) in numbered(prefix, count) {
                stub.put_state(&key, &value)?;
            }
            Ok(Vec::new())
        }
        ("putManyBatched", [prefix, count, ..]) => {
            done(stub.write_batch(numbered(prefix, count).map(|(key, value)| Write::Put(key, value))))
        }
        ("getMany", keys) => {
            let keys: Vec<_> = keys.iter().map(|&key| key.to_owned()).collect();
            Ok(as_go_prints(&stub.get_state_multiple(&keys)?).into_bytes())
        }
        ("range", [start, end, ..]) => count(stub.get_state_by_range(start, end)?),
        ("rangeThenPut", [start, end, key, ..]) => {
            let count = count(stub.get_state_by_range(start, end)?)?;
            stub.put_state(key, &count)?;
            Ok(count)
        }
        ("rangeStopEarly", [start, end, ..]) => {
            let mut results = stub.get_state_by_range(start, end)?;
            let first = results.next();
            results.close()?;
            Ok(first.ok_or("no such key")??.key.into_bytes())
        }
        ("page", [start, end, size, bookmark, ..]) => {
            let results = stub.get_state_by_range_page((start, end), number(size), bookmark)?;
            let metadata = results.page_metadata()?;
            count(results)?;
            Ok(as_go_prints_message([
                field("fetched_records_count", &metadata.fetched_records_count),
                (!metadata.bookmark.is_empty()).then(|| format!("bookmark:\"{}\"", metadata.bookmark)),
            ]))
        }
        ("history", [key, ..]) => count(stub.get_history_for_key(key)?),
        ("composite", parts) => {
            let key = composite_key::join("color~id", parts.iter().copied())?;
            stub.put_state(&key, b"x")?;
            Ok(key.into_bytes())
        }
        ("partial", parts) => {
            let prefix = composite_key::join("color~id", parts.iter().copied())?;
            count(stub.get_state_by_partial_composite_key(prefix)?)
        }
        ("event", [key, value, ..]) => {
            stub.put_state(key, value.as_bytes())?;
            done(stub.set_event("made", key.as_bytes().to_vec()))
        }
        ("endorsers", [key, msp_ids @ ..]) => done(
            stub.set_state_validation_parameter(key, &EndorsementPolicy::all_of(msp_ids.iter().copied()).to_bytes()),
        ),
        ("getEndorsers", [key, ..]) => Ok(stub.get_state_validation_parameter(key)?.unwrap_or_default()),
        ("putGuarded", [key, value, msp_ids @ ..]) => {
            stub.put_state(key, value.as_bytes())?;
            done(
                stub.set_state_validation_parameter(
                    key,
                    &EndorsementPolicy::all_of(msp_ids.iter().copied()).to_bytes(),
                ),
            )
        }
        ("call", [chaincode, channel, call @ ..]) => {
            let call = call.iter().map(|argument| argument.as_bytes().to_vec()).collect();
            let response = stub.invoke_chaincode(chaincode, call, channel)?;
            if response.status == 200 {
                Ok(response.payload)
            } else {
                Err(Text(format!("callee: {}", response.message)))
            }
        }
        ("private", [collection, key, value, ..]) => done(stub.put_private_data(collection, key, value.as_bytes())),
        ("getPrivate", [collection, key, ..]) => Ok(stub.get_private_data(collection, key)?.unwrap_or_default()),
        ("query", [query, ..]) => {
            stub.get_query_result(query)?;
            Ok(Vec::new())
        }
        ("transient", _) => Ok(stub.transient()?.remove("k").unwrap_or_default()),
        ("stamp", _) => {
            let timestamp_ns = stub.transaction().timestamp_ns;
            let (seconds, nanos) = (timestamp_ns / 1_000_000_000, timestamp_ns % 1_000_000_000);
            Ok(as_go_prints_message([field("seconds", &seconds), field("nanos", &nanos)]))
        }
        ("random", [key, ..]) => done(stub.put_state(key, std::hint::black_box(&SALT))),
        ("panic", _) => ask_for_panic(),
        _ => Err(Text(format!("unknown function {function}"))),
    }
}

#[expect(clippy::panic, reason = "the function's purpose")]
fn ask_for_panic() -> ! {
    panic!("asked to")
}

fn done(result: Result<(), fabric_contract_api::Error>) -> Result<Vec<u8>, Text> {
    Ok(result.map(|()| Vec::new())?)
}

/// As many keys and values as the text says.
fn numbered(prefix: &str, count: &str) -> impl Iterator<Item = (String, Vec<u8>)> {
    let values = (0..=u8::MAX).cycle();
    (0..number(count)).zip(values).map(move |(number, value)| (format!("{prefix}{number:05}"), vec![value]))
}

/// Text as a number, 0 if it is none.
fn number(text: &str) -> u32 {
    text.parse().unwrap_or_default()
}

/// Reads all results, closes the query as the original does, and says how many there were.
fn count<T: QueryResult>(mut results: Results<T>) -> Result<Vec<u8>, Text> {
    let mut count = 0;
    for result in results.by_ref() {
        result?;
        count += 1;
    }
    results.close()?;
    Ok(format!("{count}").into_bytes())
}

/// A number in a protobuf message as Go prints it; `None` where it is the default.
fn field<T: Default + PartialEq + std::fmt::Display>(name: &str, value: &T) -> Option<String> {
    (*value != T::default()).then(|| format!("{name}:{value}"))
}

/// The fields of a protobuf message as Go printed them in the recordings.
fn as_go_prints_message<const N: usize>(fields: [Option<String>; N]) -> Vec<u8> {
    fields.into_iter().flatten().collect::<Vec<_>>().join("  ").into_bytes()
}

/// Values as Go prints a `[][]byte`: `[[1] [] [2 3]]`.
fn as_go_prints(values: &[Option<Vec<u8>>]) -> String {
    let mut text = String::from("[");
    for (index, value) in values.iter().enumerate() {
        let bytes: Vec<_> = value.iter().flatten().map(u8::to_string).collect();
        let separator = if index == 0 { "" } else { " " };
        // Writing to a string never fails.
        let _ = write!(text, "{separator}[{}]", bytes.join(" "));
    }
    text + "]"
}

export!(Recorder);
