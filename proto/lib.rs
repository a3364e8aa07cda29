//! Hark's gRPC contracts: what a shop implements (`commerce`), what a remote recogniser serves (`engine`),
//! and the demo shop's fault switches.
//! Generated from the `.proto` files beside this one, which are the text to read.

// prost and tonic write this code, not we; it follows their taste, and its comments are the .proto's.
#![allow(
    clippy::all,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    missing_debug_implementations,
    unreachable_pub
)]
#![allow(rustdoc::all)]

pub mod common {
    pub mod v1 {
        tonic::include_proto!("common.v1");
    }
}

pub mod commerce {
    pub mod v1 {
        tonic::include_proto!("commerce.v1");
    }
}

pub mod demo {
    pub mod v1 {
        tonic::include_proto!("demo.v1");
    }
}

pub mod engine {
    pub mod v1 {
        tonic::include_proto!("engine.v1");
    }
}

/// Every contract above as an encoded `google.protobuf.FileDescriptorSet`, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
