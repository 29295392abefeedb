//! The text form of signature policies.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use fabric_msp::SignaturePolicy;
use fabric_msp::policy::{ExpressionError, parse, to_expression};
use fabric_protos::common::signature_policy::Type;
use proptest::prelude::*;

#[test]
fn fabrics_spellings_are_read() {
    let policy = parse(r#" outof( 2 , "Org.1-a.member",and ('B.peer','C.admin') ,Or('D.client') ) "#).unwrap();
    assert_eq!(to_expression(&policy).unwrap(), "OutOf(2, 'Org.1-a.member', AND('B.peer', 'C.admin'), OR('D.client'))");
    assert_eq!(policy.identities.len(), 4);
    let twice = parse("OR('A.peer', 'A.peer')").unwrap();
    assert_eq!(twice.identities.len(), 2, "one principal per mention, as Fabric writes it");
    let Some(Type::NOutOf(gate)) = parse("OutOf(2, 'A.orderer')").unwrap().rule.unwrap().r#type else { panic!() };
    assert_eq!(gate.n, 2, "one more than there are: allowed, and never satisfied");
}

#[test]
fn what_fabric_refuses_is_refused() {
    for (text, code) in [
        ("", "EXPRESSION_SYNTAX"),
        ("'A.member'", "EXPRESSION_SYNTAX"),
        ("OR()", "EXPRESSION_SYNTAX"),
        ("OR('A.member'", "EXPRESSION_SYNTAX"),
        ("OR('A.member') OR", "EXPRESSION_SYNTAX"),
        ("OR('A.member',)", "EXPRESSION_SYNTAX"),
        ("OutOf('A.member')", "EXPRESSION_SYNTAX"),
        ("OutOf(-1, 'A.member')", "EXPRESSION_SYNTAX"),
        ("OutOf(99999999999, 'A.member')", "EXPRESSION_SYNTAX"),
        ("OR('A.member\")", "EXPRESSION_SYNTAX"),
        ("NOT('A.member')", "EXPRESSION_GATE"),
        ("OR('A.boss')", "EXPRESSION_PRINCIPAL"),
        ("OR('A')", "EXPRESSION_PRINCIPAL"),
        ("OR('.member')", "EXPRESSION_PRINCIPAL"),
        ("OR('A B.member')", "EXPRESSION_PRINCIPAL"),
        ("OutOf(3, 'A.member')", "EXPRESSION_THRESHOLD"),
    ] {
        assert_eq!(parse(text).map_err(|error| error.code()), Err(code), "{text}");
    }
    let deep = format!("{}'A.member'{}", "OR(".repeat(1000), ")".repeat(1000));
    assert_eq!(parse(&deep), Err(ExpressionError::Depth));
}

/// A random policy in text, as [`to_expression`] writes it.
fn expression() -> impl Strategy<Value = String> {
    let role = prop_oneof![Just("member"), Just("admin"), Just("client"), Just("peer"), Just("orderer")];
    let leaf = ("[A-D]([A-Za-z0-9.-]{0,6}[A-Za-z0-9])?", role).prop_map(|(mspid, role)| format!("'{mspid}.{role}'"));
    let gate = |rule: BoxedStrategy<String>| {
        (prop::collection::vec(rule, 1..4), 0..5usize).prop_map(|(rules, needed)| {
            let list = rules.join(", ");
            match needed.min(rules.len() + 1) {
                1 => format!("OR({list})"),
                needed if needed == rules.len() => format!("AND({list})"),
                needed => format!("OutOf({needed}, {list})"),
            }
        })
    };
    gate(leaf.prop_recursive(4, 24, 3, move |inner| gate(inner.boxed())).boxed())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_written_is_read_again(text in expression()) {
        let policy = parse(&text).unwrap();
        prop_assert_eq!(to_expression(&policy).unwrap(), text);
    }

    #[test]
    fn spaces_and_case_do_not_matter(text in expression()) {
        let loose = text.replace(", ", " ,\t").replace("OR(", "or (").replace("AND(", "And(").replace("OutOf(", "OUTOF( ");
        prop_assert_eq!(parse(&loose).unwrap(), parse(&text).unwrap());
    }

    #[test]
    fn any_text_is_answered_without_panic(text in "[ANDORutf0-9'\".,() a-c]{0,40}") {
        if let Ok(policy) = parse(&text) {
            prop_assert!(SignaturePolicy::new(&policy).is_ok());
        }
    }

    #[test]
    fn nobody_satisfies_no_positive_gate(text in expression()) {
        let policy = SignaturePolicy::new(&parse(&text).unwrap()).unwrap();
        let everyone: Vec<String> = policy.mspids().into_iter().map(str::to_owned).collect();
        // Each organization often enough for every mention of it.
        let crowd: Vec<&str> = everyone.iter().flat_map(|mspid| std::iter::repeat_n(mspid.as_str(), 100)).collect();
        let nobody: &[Arc<fabric_msp::Identity>] = &[];
        prop_assert!(!policy.is_satisfied_by(nobody) || policy.could_be_satisfied_by(&crowd));
        prop_assert_eq!(policy.is_satisfied_by(nobody), policy.could_be_satisfied_by(&[]));
    }
}
