use declaration::encoding::Hexadecimal;
use declaration::messages::BundleName;
use fabric_contract_api::Error;

use super::binary::{Reader, Writer};

/// Writes the list of bundles that a seal fixes.
///
/// # Errors
/// [`Error::State`]: a member's name is longer than 255 bytes.
pub fn encode_seal(bundles: &[BundleName]) -> Result<Vec<u8>, Error> {
    let mut page = Writer::default();
    page.count(bundles.len())?;
    for bundle in bundles {
        page.name(&bundle.member)?.number(bundle.sequence.to_be_bytes()).number(bundle.bundle_hash.0);
    }
    Ok(page.finish())
}

/// Reads the list of bundles that a seal fixes.
///
/// # Errors
/// [`Error::State`]: the bytes are not such a list.
pub fn decode_seal(page: &[u8]) -> Result<Vec<BundleName>, Error> {
    let mut page = Reader(page);
    let bundles = (0..page.count()?).map(|_| read_bundle(&mut page)).collect::<Result<_, _>>()?;
    page.finish()?;
    Ok(bundles)
}

fn read_bundle(page: &mut Reader<'_>) -> Result<BundleName, Error> {
    Ok(BundleName {
        member: page.name()?.to_owned(),
        sequence: u64::from_be_bytes(page.number()?),
        bundle_hash: Hexadecimal(page.number()?),
    })
}
