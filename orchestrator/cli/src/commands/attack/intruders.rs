//! Attacks by who should not be there: a client of an unknown authority, a contract that is not the one agreed on.

use super::{
    attacker::Forgery,
    stage::Stage,
    verdict::{Attempt, Found, refused, refused_by_market},
};
use anyhow::{Context, Result};
use exchange::messages::{CHAINCODE as EXCHANGE, ENDORSEMENT_POLICY};
use fabric_client::Gateway;
use fabric_msp::LocalSigner;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256,
};
use std::{sync::Arc, time::Duration};

pub(super) async fn outsider(stage: &Stage) -> Result<Vec<Attempt>> {
    let session = stage.session().await?;
    let signer = stranger(&stage.attacker.msp_id)?;
    let gateway = Gateway::connect(&stage.door, Arc::new(signer)).await?;
    let contract = gateway.network(stage.market.channel()).contract(EXCHANGE);
    let read = match contract.evaluate("session", [&session.name]).await {
        Ok(_) => Found::Effect("the peer answers".to_owned()),
        Err(error) => Found::Stopped(refused(&error)),
    };
    let seal = contract.proposal("seal").argument(&session.name).timestamp(Duration::from_nanos(session.over_ns()));
    let sealed = match seal.organizations([&stage.attacker.msp_id]).submit().await {
        Ok(_) => Found::Effect("the round is sealed".to_owned()),
        Err(error) => Found::Stopped(refused(&error)),
    };
    let forgery = Forgery::default().put("outsider", *b"was here");
    let ordered = stage.attacker.forge_as(&gateway, declaration::messages::CHAINCODE, forgery).await?;
    Ok(vec![
        Attempt::new("a query", "access denied", read),
        Attempt::new("a call", "access denied", sealed),
        Attempt::new("a transaction handed to the orderer, endorsed by the attacker's peer", "FORBIDDEN", ordered),
    ])
}

/// A client of an authority of its own, which claims to be of an organization.
fn stranger(msp_id: &str) -> Result<LocalSigner> {
    let named = |name: &str, unit: &str| {
        let mut parameters = CertificateParams::new(Vec::new())?;
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.distinguished_name.push(DnType::OrganizationalUnitName, unit);
        anyhow::Ok(parameters)
    };
    let mut authority = named("ca.outside.example.com", "ca")?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let issuer = Issuer::new(authority, KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?);
    let mut client = named("User1@outside.example.com", "client")?;
    client.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let certificate = client.signed_by(&key, &issuer)?;
    Ok(LocalSigner::from_pem(msp_id, certificate.pem().as_bytes(), key.serialize_pem().as_bytes())?)
}

/// A name in the data of the contract's module, and what the attacker makes of it: a result that is disclosed under
/// another name.
const TAMPERED: (&[u8], &[u8]) = (b"trades_digest", b"traded_digest");

pub(super) async fn tampered_contract(stage: &Stage) -> Result<Vec<Attempt>> {
    let session = stage.session().await?;
    session.seal().await?;
    let installer = stage.installer.as_ref().context("the attacker's peer is not this program's to change")?;
    let module = tamper(installer.contracts.module(EXCHANGE)?).context("the contract has no such data")?;
    installer.install(EXCHANGE, ENDORSEMENT_POLICY, Some(module)).await?;
    let cleared = match session.clear().await {
        Ok(_) => Found::Effect("the clearing is VALID".to_owned()),
        Err(error) => Found::Stopped(refused_by_market(&error)),
    };
    installer.install(EXCHANGE, ENDORSEMENT_POLICY, None).await?;
    Ok(vec![Attempt::new("one peer clears by an altered contract", "do not match", cleared)])
}

fn tamper(mut module: Vec<u8>) -> Option<Vec<u8>> {
    let (name, other) = TAMPERED;
    let place = module.windows(name.len()).position(|window| window == name)?;
    module[place..place + name.len()].copy_from_slice(other);
    Some(module)
}
