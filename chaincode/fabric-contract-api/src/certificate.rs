//! As much of X.509 as client identities need: names and extensions, read from DER.

/// Tags of ASN.1.
mod tag {
    pub(super) const BOOLEAN: u8 = 0x01;
    pub(super) const OCTET_STRING: u8 = 0x04;
    pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(super) const UTF8_STRING: u8 = 0x0c;
    pub(super) const NUMERIC_STRING: u8 = 0x12;
    pub(super) const PRINTABLE_STRING: u8 = 0x13;
    pub(super) const IA5_STRING: u8 = 0x16;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    /// `[0]`, constructed: the version.
    pub(super) const VERSION: u8 = 0xa0;
    /// `[3]`, constructed: the extensions.
    pub(super) const EXTENSIONS: u8 = 0xa3;
}

/// The parts of a certificate that identities are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    pub(crate) subject: Name,
    pub(crate) issuer: Name,
    /// Encoded object identifier and value of each extension.
    extensions: Vec<(Vec<u8>, Vec<u8>)>,
}

/// A distinguished name: its attributes 2.5.4.N with string values, as (N, value), in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(Vec<(u8, String)>);

/// What RFC 2253 calls the attributes 2.5.4.N, in the order in which Go lists a name, from back to front.
const ATTRIBUTE_TYPES: [(u8, &str); 9] = [
    (5, "SERIALNUMBER"),
    (COMMON_NAME, "CN"),
    (11, "OU"),
    (10, "O"),
    (17, "POSTALCODE"),
    (9, "STREET"),
    (7, "L"),
    (8, "ST"),
    (6, "C"),
];
const COMMON_NAME: u8 = 3;
/// Of these a name has one, the last; of the others it may have several.
const SINGLE: [u8; 2] = [5, COMMON_NAME];

impl Name {
    /// The last common name.
    pub(crate) fn common_name(&self) -> Option<&str> {
        self.values(COMMON_NAME).last()
    }

    fn values(&self, attribute: u8) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(number, _)| *number == attribute).map(|(_, value)| value.as_str())
    }
}

/// As the `cid` package of Fabric's Go chaincode library writes it: in Go's order of attributes, whatever the order in
/// the certificate, values of one attribute joined by `+`.
impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut separator = "";
        for (number, label) in ATTRIBUTE_TYPES {
            let skipped = if SINGLE.contains(&number) { self.values(number).count().saturating_sub(1) } else { 0 };
            for value in self.values(number).skip(skipped) {
                write!(formatter, "{separator}{label}={}", escaped(value))?;
                separator = "+";
            }
            if separator == "+" {
                separator = ",";
            }
        }
        Ok(())
    }
}

/// Escapes a value as RFC 2253 asks.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for (index, letter) in value.char_indices() {
        let first = index == 0 && matches!(letter, ' ' | '#');
        let last = index + 1 == value.len() && letter == ' ';
        if first || last || matches!(letter, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

impl Certificate {
    /// Reads a DER certificate; `None` if it is not one.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let mut fields = Reader(der).enter(tag::SEQUENCE)?.enter(tag::SEQUENCE)?;
        if fields.next_is(tag::VERSION) {
            fields.any()?;
        }
        let (_serial, _algorithm) = (fields.any()?, fields.any()?);
        let issuer = name(fields.enter(tag::SEQUENCE)?)?;
        let _validity = fields.any()?;
        let subject = name(fields.enter(tag::SEQUENCE)?)?;
        let _public_key = fields.any()?;
        while !fields.is_empty() && !fields.next_is(tag::EXTENSIONS) {
            fields.any()?;
        }
        let mut extensions = Vec::new();
        if !fields.is_empty() {
            let mut entries = fields.enter(tag::EXTENSIONS)?.enter(tag::SEQUENCE)?;
            while !entries.is_empty() {
                extensions.push(extension(entries.enter(tag::SEQUENCE)?)?);
            }
        }
        Some(Self { subject, issuer, extensions })
    }

    /// The value of the extension with this encoded object identifier.
    pub(crate) fn extension(&self, identifier: &[u8]) -> Option<&[u8]> {
        let (_, value) = self.extensions.iter().find(|(found, _)| found == identifier)?;
        Some(value)
    }
}

fn name(mut sets: Reader<'_>) -> Option<Name> {
    let mut attributes = Vec::new();
    while !sets.is_empty() {
        let mut set = sets.enter(tag::SET)?;
        while !set.is_empty() {
            let mut attribute = set.enter(tag::SEQUENCE)?;
            let identifier = attribute.expect(tag::OBJECT_IDENTIFIER)?;
            let (kind, value) = attribute.any()?;
            // 2.5.4 is 55 04.
            if let (&[0x55, 0x04, number], Some(value)) = (identifier, string(kind, value)) {
                attributes.push((number, value));
            }
        }
    }
    Some(Name(attributes))
}

fn string(kind: u8, value: &[u8]) -> Option<String> {
    let known = [tag::UTF8_STRING, tag::NUMERIC_STRING, tag::PRINTABLE_STRING, tag::IA5_STRING];
    known.contains(&kind).then(|| String::from_utf8(value.to_vec()).ok())?
}

fn extension(mut fields: Reader<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let identifier = fields.expect(tag::OBJECT_IDENTIFIER)?;
    if fields.next_is(tag::BOOLEAN) {
        fields.any()?;
    }
    Some((identifier.to_vec(), fields.expect(tag::OCTET_STRING)?.to_vec()))
}

/// Reads DER elements one after the other.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    fn next_is(self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// Tag and content of the next element.
    fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, short], mut rest) = self.0.split_first_chunk()?;
        let mut length = usize::from(short);
        if short & 0x80 != 0 {
            let count = usize::from(short & 0x7f);
            let (digits, after) = rest.split_at_checked(count).filter(|_| (1..=3).contains(&count))?;
            length = digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit));
            rest = after;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next element, which must have this tag.
    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.any().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }

    /// The elements inside the next one, which must have this tag.
    fn enter(&mut self, tag: u8) -> Option<Self> {
        self.expect(tag).map(Reader)
    }
}
