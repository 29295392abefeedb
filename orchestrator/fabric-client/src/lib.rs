//! Client of the Fabric Gateway protocol.
