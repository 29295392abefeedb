//! A small certificate authority for the tests.

use fabric_msp::Msp;
use fabric_protos::common::msp_principal::Classification;
use fabric_protos::common::msp_role::MspRoleType;
use fabric_protos::common::{MspPrincipal, MspRole};
use fabric_protos::msp::{FabricMspConfig, FabricNodeOUs, FabricOuIdentifier};
use prost::Message;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa,
    Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};

pub(crate) const MSPID: &str = "TestMSP";

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

pub(crate) struct Issued {
    pub(crate) certificate: Certificate,
    pub(crate) key: KeyPair,
}

impl Issued {
    pub(crate) fn pem(&self) -> Vec<u8> {
        self.certificate.pem().into_bytes()
    }
}

fn params(name: &str, units: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    // Two spellings of one type, because the library keeps one value of each.
    let unit_types = [DnType::OrganizationalUnitName, DnType::CustomDnType(vec![2, 5, 4, 11])];
    assert!(units.len() <= unit_types.len());
    for (unit_type, unit) in unit_types.into_iter().zip(units) {
        params.distinguished_name.push(unit_type, *unit);
    }
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2040, 1, 1);
    params.serial_number = Some(SerialNumber::from(name.bytes().chain([1]).take(8).collect::<Vec<_>>()));
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = params(name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

impl Authority {
    pub(crate) fn root(name: &str) -> Self {
        Self(CertifiedIssuer::self_signed(authority_params(name), KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn intermediate(&self, name: &str) -> Self {
        Self(CertifiedIssuer::signed_by(authority_params(name), KeyPair::generate().unwrap(), &self.0).unwrap())
    }

    pub(crate) fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    pub(crate) fn issue(&self, name: &str, units: &[&str]) -> Issued {
        self.issue_with(name, units, |_| {})
    }

    pub(crate) fn issue_with(&self, name: &str, units: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let mut params = params(name, units);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Issued { certificate: params.signed_by(&key, &self.0).unwrap(), key }
    }

    pub(crate) fn revoke(&self, name: &str) -> Vec<u8> {
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(name.bytes().chain([1]).take(8).collect::<Vec<_>>()),
            revocation_time: date_time_ymd(2021, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2021, 1, 1),
            next_update: date_time_ymd(2022, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let issuer: &Issuer<'_, KeyPair> = &self.0;
        list.signed_by(issuer).unwrap().pem().unwrap().into_bytes()
    }

    /// An MSP that trusts this root and tells roles apart.
    pub(crate) fn config(&self) -> FabricMspConfig {
        let unit = |name: &str| {
            Some(FabricOuIdentifier { certificate: Vec::new(), organizational_unit_identifier: name.to_owned() })
        };
        FabricMspConfig {
            name: MSPID.to_owned(),
            root_certs: vec![self.pem()],
            fabric_node_ous: Some(FabricNodeOUs {
                enable: true,
                client_ou_identifier: unit("client"),
                peer_ou_identifier: unit("peer"),
                admin_ou_identifier: unit("admin"),
                orderer_ou_identifier: unit("orderer"),
            }),
            ..Default::default()
        }
    }

    pub(crate) fn msp(&self) -> Msp {
        Msp::new(&self.config()).unwrap()
    }
}

pub(crate) fn role(mspid: &str, role: MspRoleType) -> MspPrincipal {
    MspPrincipal {
        principal_classification: Classification::Role.into(),
        principal: MspRole { msp_identifier: mspid.to_owned(), role: role.into() }.encode_to_vec(),
    }
}
