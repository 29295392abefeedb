//! Messages and services of Hyperledger Fabric's wire protocol that GridBourse uses.
