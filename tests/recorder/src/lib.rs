//! Contract: the functions of the recordings' chaincode, for conformance tests.
