//! From a client's call to a contract's function and back: names, arguments, results, errors, metadata.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use fabric_contract_api::testing::{Client, Ledger, Policy, SubmitError};
use fabric_contract_api::{
    Bytes, Context, ContractError, DecimalString, Error as ApiError, QueryContext, args, contract, contracts, message,
};
use serde_json::json;

/// Which way.
#[message]
#[serde(rename_all = "snake_case")]
enum Side {
    Buy,
    SellShort,
    /// With content.
    Stop {
        price_fen: u32,
    },
}

/// One order.
#[message]
struct Order {
    side: Side,
    #[decimal]
    volume_wh: u64,
    note: Option<String>,
    #[serde(rename = "children", default)]
    parts: Vec<Order>,
}

#[derive(Debug, thiserror::Error, ContractError)]
enum Error {
    #[error("window {0} is closed")]
    WindowClosed(u32),
    #[error_code("TOO_LATE")]
    #[error("too late")]
    Late,
    #[error(transparent)]
    #[error_code(transparent)]
    Api(#[from] ApiError),
}

type Echo = (Order, Bytes, DecimalString<i128>, BTreeMap<String, bool>);

struct Market;

/// The market.
#[contract(default)]
impl Market {
    /// Gives everything back.
    #[evaluate]
    fn echo(
        _context: &QueryContext,
        order: Order,
        bytes: Bytes,
        balance: DecimalString<i128>,
        flags: BTreeMap<String, bool>,
    ) -> Result<Echo, ApiError> {
        Ok((order, bytes, balance, flags))
    }

    #[evaluate(name = "sayHello")]
    fn say_hello(_context: &QueryContext, name: String) -> Result<String, Error> {
        Ok(format!("hello {name}"))
    }

    #[evaluate]
    fn side(_context: &QueryContext, side: Side) -> Result<Side, Error> {
        Ok(side)
    }

    #[submit]
    fn fail(context: &mut Context, how: u32) -> Result<(), Error> {
        context.put("written", "before the failure")?;
        match how {
            0 => Err(Error::WindowClosed(7)),
            1 => Err(Error::Late),
            _ => Ok(context.put("", "x")?),
        }
    }

    #[submit]
    fn emit_twice(context: &mut Context) -> Result<(), Error> {
        context.emit("First", &1_u32)?;
        Ok(context.emit("Second", &2_u32)?)
    }

    #[submit]
    fn emit_order(context: &mut Context, order: Order) -> Result<(), Error> {
        Ok(context.emit("Ordered", &order)?)
    }

    /// Not a transaction.
    fn helper() {}
}

struct Registry;

#[contract(name = "org.example.Registry")]
impl Registry {
    #[evaluate]
    fn echo(_context: &QueryContext, text: String) -> Result<String, Error> {
        Market::helper();
        Ok(text)
    }
}

contracts!(Market, Registry);

fn ledger() -> (Ledger, Client) {
    let mut ledger = Ledger::new("market");
    ledger.deploy("market", CHAINCODE, Policy::all_of(["Org1MSP"]));
    (ledger, Client::new("Org1MSP", "alice"))
}

fn evaluate(function: &str, arguments: &[&str]) -> Result<String, SubmitError> {
    let (ledger, alice) = ledger();
    let arguments = arguments.iter().map(|text| text.as_bytes().to_vec()).collect();
    let payload = ledger.evaluate(alice.propose("market", function, arguments))?;
    Ok(String::from_utf8(payload).unwrap())
}

fn failure(function: &str, arguments: &[&str]) -> String {
    evaluate(function, arguments).unwrap_err().to_string()
}

const ORDER: &str = r#"{"side":"sell_short","volume_wh":"18446744073709551615","note":null,"children":[]}"#;

#[test]
fn every_kind_of_value_comes_back_as_it_went() {
    let nested = format!(r#"{{"side":{{"stop":{{"price_fen":5}}}},"volume_wh":"0","note":"ü","children":[{ORDER}]}}"#);
    let balance = "\"-170141183460469231731687303715884105728\"";
    let flags = r#"{"a":true,"b":false}"#;
    let result = evaluate("echo", &[&nested, "\"AP8=\"", balance, flags]).unwrap();
    assert_eq!(result, format!("[{nested},\"AP8=\",{balance},{flags}]"));
}

#[test]
fn text_needs_no_quotes() {
    assert_eq!(evaluate("sayHello", &["world"]).unwrap(), "hello world");
    assert_eq!(evaluate("sayHello", &["\"world\""]).unwrap(), "hello world");
    assert_eq!(evaluate("sayHello", &["a \"quoted\" \\ text"]).unwrap(), "hello a \"quoted\" \\ text");
    assert_eq!(evaluate("side", &["buy"]).unwrap_err().code(), "ARGUMENTS", "an enum with content is no text");
    assert_eq!(evaluate("side", &["\"buy\""]).unwrap(), "\"buy\"");
    let result = evaluate("echo", &[ORDER, "AP8=", "-5", "{}"]).unwrap();
    assert_eq!(result, format!("[{ORDER},\"AP8=\",\"-5\",{{}}]"));
}

#[test]
fn functions_are_found_by_contract_and_name() {
    assert_eq!(evaluate("Market:sayHello", &["you"]).unwrap(), "hello you");
    assert_eq!(evaluate("org.example.Registry:echo", &["x"]).unwrap(), "x");
    for unknown in ["", "say_hello", "helper", "Market:", ":sayHello", "Market:sayHello:x", "Other:echo"] {
        assert_eq!(failure(unknown, &["x"]), format!("UNKNOWN_FUNCTION: no function {unknown}"));
    }
}

#[test]
fn arguments_are_checked_strictly() {
    assert_eq!(failure("sayHello", &[]), "ARGUMENTS: number of arguments: expected 1, got 0");
    assert_eq!(failure("sayHello", &["a", "b"]), "ARGUMENTS: number of arguments: expected 1, got 2");
    let broken = [
        r#"{"side":"sell_short","volume_wh":"1","note":null,"more":1}"#,
        r#"{"side":"sell_short","note":null}"#,
        r#"{"side":"sell_short","volume_wh":1}"#,
        r#"{"side":"sell_short","volume_wh":"01"}"#,
        r#"{"side":"sell_short","volume_wh":"18446744073709551616"}"#,
        r#"{"side":"sell_short","volume_wh":"1.5"}"#,
        r#"{"side":"sell","volume_wh":"1"}"#,
        r#"{"side":"sell_short","volume_wh":"1","volume_wh":"2"}"#,
        r#"{"side":"sell_short","volume_wh":"1"} {}"#,
        "",
    ];
    for order in broken {
        let failure = failure("echo", &[order, "", "0", "{}"]);
        assert!(failure.starts_with("ARGUMENTS: order: "), "{order}: {failure}");
    }
    assert!(failure("echo", &[ORDER, "AP8", "0", "{}"]).starts_with("ARGUMENTS: bytes: "));
    assert!(failure("echo", &[ORDER, "", "+1", "{}"]).starts_with("ARGUMENTS: balance: "));
    assert!(failure("fail", &["-1"]).starts_with("ARGUMENTS: how: "));
    assert!(failure("fail", &["1.0"]).starts_with("ARGUMENTS: how: "));
    assert!(failure("fail", &["4294967296"]).starts_with("ARGUMENTS: how: "));
}

#[test]
fn errors_carry_their_codes_and_nothing_is_written() {
    let (mut ledger, alice) = ledger();
    let messages =
        [(0_u32, "WINDOW_CLOSED: window 7 is closed"), (1, "TOO_LATE: too late"), (2, "KEY: a key is empty")];
    for (how, message) in messages {
        let error = ledger.submit(alice.propose("market", "fail", args![how])).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.code(), message.split(':').next().unwrap());
    }
    assert_eq!(ledger.state().count(), 0);
}

#[test]
fn a_transaction_has_one_event() {
    let (mut ledger, alice) = ledger();
    let error = ledger.submit(alice.propose("market", "emit_twice", args![])).unwrap_err();
    assert_eq!(error.to_string(), "EVENT: event Second after event First: a transaction has one");
    let order = Order { side: Side::Buy, volume_wh: 3, note: None, parts: Vec::new() };
    let committed = ledger.submit(alice.propose("market", "emit_order", args![&order])).unwrap();
    let event = committed.event.unwrap();
    assert_eq!(event.name, "Ordered");
    assert_eq!(event.payload, br#"{"side":"buy","volume_wh":"3","note":null,"children":[]}"#);
    assert_eq!(ledger.events(), [event]);
}

#[test]
fn metadata_describes_contracts_and_messages() {
    let metadata = evaluate("org.hyperledger.fabric:GetMetadata", &[]).unwrap();
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    assert_eq!(metadata["info"]["title"], "fabric-contract-api");
    let market = &metadata["contracts"]["Market"];
    assert_eq!(market["default"], true);
    assert_eq!(market["info"]["description"], "The market.");
    let names: Vec<_> = market["transactions"].as_array().unwrap().iter().map(|entry| &entry["name"]).collect();
    assert_eq!(names, ["echo", "sayHello", "side", "fail", "emit_twice", "emit_order"]);
    assert_eq!(
        market["transactions"][1],
        json!({
            "name": "sayHello",
            "tag": ["evaluate", "EVALUATE"],
            "parameters": [{"name": "name", "schema": {"type": "string"}}],
            "returns": {"type": "string"},
        })
    );
    assert_eq!(
        market["transactions"][3],
        json!({
            "name": "fail",
            "tag": ["submit", "SUBMIT"],
            "parameters": [{
                "name": "how",
                "schema": {"type": "integer", "format": "uint32", "minimum": 0, "maximum": 4_294_967_295_u32},
            }],
        })
    );
    assert_eq!(metadata["contracts"]["org.example.Registry"]["default"], false);
    assert_eq!(
        metadata["components"]["schemas"],
        json!({
            "Order": {
                "type": "object",
                "description": "One order.",
                "properties": {
                    "side": {"$ref": "#/components/schemas/Side"},
                    "volume_wh": {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"},
                    "note": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
                },
                "required": ["side", "volume_wh"],
                "additionalProperties": false,
            },
            "Side": {
                "description": "Which way.",
                "oneOf": [
                    {
                        "type": "object",
                        "properties": {
                            "stop": {
                                "type": "object",
                                "properties": {
                                    "price_fen": {
                                        "type": "integer",
                                        "format": "uint32",
                                        "minimum": 0,
                                        "maximum": 4_294_967_295_u32,
                                    },
                                },
                                "required": ["price_fen"],
                                "additionalProperties": false,
                            },
                        },
                        "required": ["stop"],
                        "additionalProperties": false,
                    },
                    {"type": "string", "enum": ["buy", "sell_short"]},
                ],
            },
        })
    );
}
