//! The text form of signature policies, as in `OR('Org1MSP.peer', OutOf(2, 'Org2MSP.admin', 'Org3MSP.member'))`.

use fabric_protos::common::msp_principal::Classification;
use fabric_protos::common::msp_role::MspRoleType;
use fabric_protos::common::signature_policy::{NOutOf, Type};
use fabric_protos::common::{MspPrincipal, MspRole, SignaturePolicy, SignaturePolicyEnvelope};
use prost::Message;

/// How deep gates may nest; the protobuf decoder has a limit as well.
const DEPTH_MAX: usize = 32;

/// Roles in text, longest common use first.
const ROLES: [(&str, MspRoleType); 5] = [
    ("member", MspRoleType::Member),
    ("peer", MspRoleType::Peer),
    ("client", MspRoleType::Client),
    ("admin", MspRoleType::Admin),
    ("orderer", MspRoleType::Orderer),
];

/// Why a text is not a signature policy, or a policy has no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// The text ends too early or goes wrong at a byte.
    #[error("expected {expected} at byte {offset} of the policy")]
    Syntax {
        /// What should stand there.
        expected: &'static str,
        /// Where.
        offset: usize,
    },
    /// Neither AND, OR nor `OutOf`.
    #[error("unrecognized token '{0}' in policy string")]
    Gate(String),
    /// Not an MSP id, a dot and a role.
    #[error("error parsing principal {0}")]
    Principal(String),
    /// More is asked for than there could be.
    #[error("invalid t-out-of-n predicate, t {needed}, n {rules}")]
    Threshold {
        /// How many are asked for.
        needed: i32,
        /// How many there are.
        rules: usize,
    },
    /// Gates nest too deep.
    #[error("gates nest deeper than {DEPTH_MAX}")]
    Depth,
    /// The policy has a principal that is no role, or a rule that is malformed.
    #[error("the policy cannot be written as an expression")]
    Inexpressible,
}

impl ExpressionError {
    /// Stable code, for logs and programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "EXPRESSION_SYNTAX",
            Self::Gate(_) => "EXPRESSION_GATE",
            Self::Principal(_) => "EXPRESSION_PRINCIPAL",
            Self::Threshold { .. } => "EXPRESSION_THRESHOLD",
            Self::Depth => "EXPRESSION_DEPTH",
            Self::Inexpressible => "EXPRESSION_INEXPRESSIBLE",
        }
    }
}

/// Reads a policy. Like Fabric, it lists a principal as often as it is mentioned.
///
/// # Errors
/// [`ExpressionError`].
pub fn parse(text: &str) -> Result<SignaturePolicyEnvelope, ExpressionError> {
    let mut parser = Parser { text, offset: 0, principals: Vec::new() };
    let rule = parser.gate(DEPTH_MAX)?;
    parser.skip_spaces();
    if parser.offset != text.len() {
        return Err(parser.syntax("the end"));
    }
    Ok(SignaturePolicyEnvelope { version: 0, rule: Some(rule), identities: parser.principals })
}

/// Writes a policy so that [`parse`] reads the same rule.
///
/// # Errors
/// [`ExpressionError::Inexpressible`].
pub fn to_expression(policy: &SignaturePolicyEnvelope) -> Result<String, ExpressionError> {
    let rule = policy.rule.as_ref().ok_or(ExpressionError::Inexpressible)?;
    write_rule(rule, &policy.identities)
}

fn write_rule(rule: &SignaturePolicy, principals: &[MspPrincipal]) -> Result<String, ExpressionError> {
    match rule.r#type.as_ref().ok_or(ExpressionError::Inexpressible)? {
        Type::SignedBy(index) => {
            let principal = usize::try_from(*index).ok().and_then(|place| principals.get(place));
            write_principal(principal.ok_or(ExpressionError::Inexpressible)?)
        }
        Type::NOutOf(gate) => {
            let rules = gate.rules.iter().map(|rule| write_rule(rule, principals)).collect::<Result<Vec<_>, _>>()?;
            let list = rules.join(", ");
            Ok(match gate.n {
                _ if rules.is_empty() => return Err(ExpressionError::Inexpressible),
                1 => format!("OR({list})"),
                n if usize::try_from(n) == Ok(rules.len()) => format!("AND({list})"),
                n => format!("OutOf({n}, {list})"),
            })
        }
    }
}

fn write_principal(principal: &MspPrincipal) -> Result<String, ExpressionError> {
    if principal.principal_classification() != Classification::Role {
        return Err(ExpressionError::Inexpressible);
    }
    let role = MspRole::decode(principal.principal.as_slice()).map_err(|_| ExpressionError::Inexpressible)?;
    let name = ROLES.iter().find(|(_, value)| i32::from(*value) == role.role);
    let (name, _) = name.ok_or(ExpressionError::Inexpressible)?;
    Ok(format!("'{}.{name}'", role.msp_identifier))
}

struct Parser<'a> {
    text: &'a str,
    offset: usize,
    principals: Vec<MspPrincipal>,
}

impl Parser<'_> {
    fn gate(&mut self, depth: usize) -> Result<SignaturePolicy, ExpressionError> {
        let depth = depth.checked_sub(1).ok_or(ExpressionError::Depth)?;
        self.skip_spaces();
        let name = self.take_while(|character| character.is_ascii_alphabetic()).to_owned();
        if name.is_empty() {
            return Err(self.syntax("a gate"));
        }
        let fixed = match name.as_str() {
            "AND" | "And" | "and" => Some(Needed::All),
            "OR" | "Or" | "or" => Some(Needed::One),
            "OutOf" | "outof" | "OUTOF" => None,
            _ => return Err(ExpressionError::Gate(name)),
        };
        self.expect('(', "an opening parenthesis")?;
        let needed = match fixed {
            Some(needed) => needed,
            None => {
                let needed = self.number()?;
                self.expect(',', "a comma")?;
                Needed::Number(needed)
            }
        };
        let mut rules = vec![self.rule(depth)?];
        while self.accept(',') {
            rules.push(self.rule(depth)?);
        }
        self.expect(')', "a comma or a closing parenthesis")?;
        Ok(SignaturePolicy { r#type: Some(Type::NOutOf(NOutOf { n: needed.of(rules.len())?, rules })) })
    }

    fn rule(&mut self, depth: usize) -> Result<SignaturePolicy, ExpressionError> {
        self.skip_spaces();
        match self.text[self.offset..].chars().next() {
            Some(quote @ ('\'' | '"')) => self.principal(quote),
            _ => self.gate(depth),
        }
    }

    fn principal(&mut self, quote: char) -> Result<SignaturePolicy, ExpressionError> {
        self.expect(quote, "a quote")?;
        let text = self.take_while(|character| character != quote).to_owned();
        self.expect(quote, "a closing quote")?;
        let principal = principal(&text).ok_or(ExpressionError::Principal(text))?;
        let index = i32::try_from(self.principals.len()).map_err(|_| ExpressionError::Depth)?;
        self.principals.push(principal);
        Ok(SignaturePolicy { r#type: Some(Type::SignedBy(index)) })
    }

    fn number(&mut self) -> Result<i32, ExpressionError> {
        self.skip_spaces();
        let start = self.offset;
        let digits = self.take_while(|character| character.is_ascii_digit());
        digits.parse().map_err(|_| ExpressionError::Syntax { expected: "a number", offset: start })
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &str {
        let rest = &self.text[self.offset..];
        let taken = &rest[..rest.find(|character| !belongs(character)).unwrap_or(rest.len())];
        self.offset += taken.len();
        taken
    }

    fn skip_spaces(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn accept(&mut self, character: char) -> bool {
        self.skip_spaces();
        let found = self.text[self.offset..].starts_with(character);
        if found {
            self.offset += character.len_utf8();
        }
        found
    }

    fn expect(&mut self, character: char, expected: &'static str) -> Result<(), ExpressionError> {
        if self.accept(character) { Ok(()) } else { Err(self.syntax(expected)) }
    }

    fn syntax(&self, expected: &'static str) -> ExpressionError {
        ExpressionError::Syntax { expected, offset: self.offset }
    }
}

enum Needed {
    All,
    One,
    Number(i32),
}

impl Needed {
    fn of(self, rules: usize) -> Result<i32, ExpressionError> {
        let all = i32::try_from(rules).map_err(|_| ExpressionError::Depth)?;
        match self {
            Self::All => Ok(all),
            Self::One => Ok(1),
            // One more than there are is allowed, as in Fabric: nobody can satisfy it.
            Self::Number(needed) if needed <= all + 1 => Ok(needed),
            Self::Number(needed) => Err(ExpressionError::Threshold { needed, rules }),
        }
    }
}

/// `MSP.role`; the MSP id may have dots itself.
fn principal(text: &str) -> Option<MspPrincipal> {
    let (mspid, role) = text.rsplit_once('.')?;
    let (_, role) = ROLES.iter().find(|(name, _)| *name == role)?;
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-');
    if mspid.is_empty() || !mspid.chars().all(allowed) {
        return None;
    }
    Some(MspPrincipal {
        principal_classification: Classification::Role.into(),
        principal: MspRole { msp_identifier: mspid.to_owned(), role: (*role).into() }.encode_to_vec(),
    })
}
