//! The folder of one organization: made once, read ever after.

use std::fs;
use std::path::{Path, PathBuf};

use super::authority::Authority;
use super::folder::{at, read, write, write_authority, write_msp, write_private};
use super::{Identity, IdentityError, Role};

/// The name of the user that applications use.
const USER: &str = "User1";
/// The name of the administrator.
const ADMINISTRATOR: &str = "Admin";

/// The crypto folder of one organization.
#[derive(Clone, Debug)]
pub(crate) struct OrganizationFolder {
    /// The folder.
    pub(crate) path: PathBuf,
    /// The organization's domain.
    pub(crate) domain: String,
    /// Id of its membership service provider.
    pub(crate) msp_id: String,
    /// Role of its node.
    node_role: Role,
}

impl OrganizationFolder {
    /// Opens the folder of an organization with a peer under `crypto`, and makes it if it is not there.
    pub(crate) fn open_peer(crypto: &Path, domain: &str, msp_id: &str) -> Result<Self, IdentityError> {
        Self::open(crypto.join("peerOrganizations").join(domain), domain, msp_id, Role::Peer)
    }

    /// Opens the folder of the ordering organization under `crypto`, and makes it if it is not there.
    pub(crate) fn open_orderer(crypto: &Path, domain: &str, msp_id: &str) -> Result<Self, IdentityError> {
        Self::open(crypto.join("ordererOrganizations").join(domain), domain, msp_id, Role::Orderer)
    }

    fn open(path: PathBuf, domain: &str, msp_id: &str, node_role: Role) -> Result<Self, IdentityError> {
        let organization = Self { path, domain: domain.to_owned(), msp_id: msp_id.to_owned(), node_role };
        if !organization.path.exists() {
            organization.create()?;
        }
        Ok(organization)
    }

    /// Makes the folder aside and moves it to its place, so that an interrupted start leaves nothing half made.
    fn create(&self) -> Result<(), IdentityError> {
        let making = Self { path: self.path.with_file_name(format!("{}.making", self.domain)), ..self.clone() };
        if making.path.exists() {
            at(&making.path, fs::remove_dir_all(&making.path))?;
        }
        making.write_all()?;
        at(&self.path, fs::rename(&making.path, &self.path))
    }

    fn write_all(&self) -> Result<(), IdentityError> {
        let authority = Authority::create("ca", &self.domain)?;
        let tls_authority = Authority::create("tlsca", &self.domain)?;
        write_authority(&self.path.join("ca"), &format!("ca.{}", self.domain), &authority.own)?;
        write_authority(&self.path.join("tlsca"), &format!("tlsca.{}", self.domain), &tls_authority.own)?;
        write_msp(&self.path.join("msp"), &self.domain, &authority.own.certificate, &tls_authority.own.certificate)?;
        self.write_identity(
            &self.node_folder(),
            &self.node_name(),
            self.node_role,
            "server",
            &authority,
            &tls_authority,
        )?;
        for (name, role) in self.users() {
            let name = format!("{name}@{}", self.domain);
            self.write_identity(
                &self.path.join("users").join(&name),
                &name,
                role,
                "client",
                &authority,
                &tls_authority,
            )?;
        }
        Ok(())
    }

    fn users(&self) -> impl Iterator<Item = (&'static str, Role)> {
        let user = (self.node_role == Role::Peer).then_some((USER, Role::Client));
        std::iter::once((ADMINISTRATOR, Role::Admin)).chain(user)
    }

    fn write_identity(
        &self,
        folder: &Path,
        name: &str,
        role: Role,
        tls_file: &str,
        authority: &Authority,
        tls_authority: &Authority,
    ) -> Result<(), IdentityError> {
        let (msp, tls) = (folder.join("msp"), folder.join("tls"));
        let identity = authority.issue_identity(name, role)?;
        write_msp(&msp, &self.domain, &authority.own.certificate, &tls_authority.own.certificate)?;
        write(&msp.join(format!("signcerts/{name}-cert.pem")), &identity.certificate)?;
        write_private(&msp.join("keystore/priv_sk"), &identity.private_key)?;
        let tls_identity = tls_authority.issue_tls(name)?;
        write(&tls.join("ca.crt"), &tls_authority.own.certificate)?;
        write(&tls.join(format!("{tls_file}.crt")), &tls_identity.certificate)?;
        write_private(&tls.join(format!("{tls_file}.key")), &tls_identity.private_key)
    }

    /// The name of the organization's peer or ordering node.
    pub(crate) fn node_name(&self) -> String {
        match self.node_role {
            Role::Orderer => format!("orderer.{}", self.domain),
            _ => format!("peer0.{}", self.domain),
        }
    }

    fn node_folder(&self) -> PathBuf {
        let nodes = if self.node_role == Role::Orderer { "orderers" } else { "peers" };
        self.path.join(nodes).join(self.node_name())
    }

    /// The identity of the peer or ordering node.
    pub(crate) fn node(&self) -> Result<Identity, IdentityError> {
        self.identity(self.node_folder(), &self.node_name())
    }

    /// The identity of a user, `Admin` or `User1` (or one that somebody added in the same layout).
    pub(crate) fn user(&self, user: &str) -> Result<Identity, IdentityError> {
        let name = format!("{user}@{}", self.domain);
        self.identity(self.path.join("users").join(&name), &name)
    }

    fn identity(&self, folder: PathBuf, name: &str) -> Result<Identity, IdentityError> {
        let msp = folder.join("msp");
        Ok(Identity {
            msp_id: self.msp_id.clone(),
            certificate_pem: read(&msp.join(format!("signcerts/{name}-cert.pem")))?,
            private_key_pem: read(&msp.join("keystore/priv_sk"))?,
            folder,
        })
    }

    /// The node's TLS certificate and private key, in PEM.
    pub(crate) fn node_tls(&self) -> Result<(String, String), IdentityError> {
        let tls = self.node_folder().join("tls");
        Ok((read(&tls.join("server.crt"))?, read(&tls.join("server.key"))?))
    }

    /// The certificate of the authority that issues identities, in PEM.
    pub(crate) fn authority(&self) -> Result<String, IdentityError> {
        read(&self.path.join(format!("msp/cacerts/ca.{}-cert.pem", self.domain)))
    }

    /// The certificate of the authority that issues TLS certificates, in PEM.
    pub(crate) fn tls_authority(&self) -> Result<String, IdentityError> {
        read(&self.path.join(format!("msp/tlscacerts/tlsca.{}-cert.pem", self.domain)))
    }
}
