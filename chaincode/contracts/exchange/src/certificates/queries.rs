//! Reading certificates.

use fabric_contract_api::storage::Storable;
use fabric_contract_api::{DecimalString, Error as ApiError, Modification, QueryContext};
use rules::units::SECOND_NS;

use crate::error::Error;
use crate::messages::{
    CarriedEnergy, CertificatePage, CertificateRevision, ClaimPage, Granule, GranulePage, GranuleRevision,
    IssuedCertificate,
};
use crate::state_layout::{CARRIES, CERTIFICATES, CLAIMS, GRANULES, HOLDINGS, INSTRUCTIONS, ISSUANCES};

pub(crate) fn granule(context: &QueryContext, device: String, start_ns: u64) -> Result<Granule, Error> {
    let granule = GRANULES.get(context, (device.as_str(), start_ns))?;
    granule.ok_or(Error::UnknownGranule { device, start_ns })
}

pub(crate) fn granules_of(context: &QueryContext, device: &str, from: &str, limit: u32) -> Result<GranulePage, Error> {
    let page = GRANULES.page(context, (device,), limit, from)?;
    Ok(GranulePage { granules: page.results.into_iter().map(|(_, granule)| granule).collect(), next: page.bookmark })
}

pub(crate) fn carry(context: &QueryContext, device: &str) -> Result<CarriedEnergy, Error> {
    Ok(CARRIES.get(context, device)?.unwrap_or_default())
}

pub(crate) fn certificate(context: &QueryContext, certificate: &str) -> Result<IssuedCertificate, Error> {
    let unknown = || Error::UnknownCertificate(certificate.to_owned());
    let certificate = CERTIFICATES.get(context, certificate)?.ok_or_else(unknown)?;
    let issuance = ISSUANCES.load(context, &certificate.issuance)?;
    Ok(IssuedCertificate { certificate, issuance })
}

pub(crate) fn certificates_of(
    context: &QueryContext,
    owner: &str,
    from: &str,
    limit: u32,
) -> Result<CertificatePage, Error> {
    let page = HOLDINGS.page(context, (owner,), limit, from)?;
    let names: Vec<String> = page.results.into_iter().map(|((_, certificate), _)| certificate).collect();
    let certificates = CERTIFICATES.get_many(context, &names)?.into_iter().flatten().collect();
    Ok(CertificatePage { certificates, next: page.bookmark })
}

pub(crate) fn claims_of(context: &QueryContext, beneficiary: &str, from: &str, limit: u32) -> Result<ClaimPage, Error> {
    let page = CLAIMS.page(context, (beneficiary,), limit, from)?;
    Ok(ClaimPage { claims: page.results.into_iter().map(|(_, claim)| claim).collect(), next: page.bookmark })
}

pub(crate) fn last_sequence(context: &QueryContext, member: &str) -> Result<DecimalString<u64>, Error> {
    Ok(INSTRUCTIONS.get(context, member)?.unwrap_or_default())
}

/// A certificate after each transaction that changed it, the newest first.
pub(crate) fn certificate_history(context: &QueryContext, name: &str) -> Result<Vec<CertificateRevision>, Error> {
    let mut revisions = Vec::new();
    for Modification { transaction_id, timestamp, value } in modifications(context, &CERTIFICATES.key(name)?)? {
        // Certificates are never deleted.
        if let Some(certificate) = value.as_deref().map(read).transpose()? {
            revisions.push(CertificateRevision {
                transaction: transaction_id,
                at_ns: nanoseconds(timestamp),
                certificate,
            });
        }
    }
    if revisions.is_empty() { Err(Error::UnknownCertificate(name.to_owned())) } else { Ok(revisions) }
}

/// A granule after each transaction that changed it, the newest first.
pub(crate) fn granule_history(
    context: &QueryContext,
    device: &str,
    start_ns: u64,
) -> Result<Vec<GranuleRevision>, Error> {
    let modifications = modifications(context, &GRANULES.key((device, start_ns))?)?;
    let revision = |Modification { transaction_id, timestamp, value }| -> Result<GranuleRevision, Error> {
        let granule = value.as_deref().map(read).transpose()?;
        Ok(GranuleRevision { transaction: transaction_id, at_ns: nanoseconds(timestamp), granule })
    };
    modifications.into_iter().map(revision).collect()
}

fn modifications(context: &QueryContext, key: &str) -> Result<Vec<Modification>, Error> {
    Ok(context.history(key)?.collect::<Result<_, _>>()?)
}

fn read<T: Storable>(value: &[u8]) -> Result<T, Error> {
    Ok(T::from_bytes(value).map_err(|error| ApiError::State(error.to_string()))?)
}

fn nanoseconds((seconds, nanoseconds): (i64, i32)) -> u64 {
    // No transaction is from before the epoch.
    seconds.unsigned_abs() * SECOND_NS + u64::from(nanoseconds.unsigned_abs())
}
