//! Generates the Rust side of the contracts with `protox` (no protoc needed), and one file descriptor
//! set for gRPC reflection.

use std::error::Error;
use std::path::PathBuf;

use prost::Message;

const FILES: [&str; 8] = [
    "common/v1/date.proto",
    "common/v1/money.proto",
    "commerce/v1/customers.proto",
    "commerce/v1/inventory.proto",
    "commerce/v1/orders.proto",
    "commerce/v1/reservations.proto",
    "demo/v1/faults.proto",
    "engine/v1/speech.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    for file in FILES {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(FILES, ["."])?;
    let out_dir = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out_dir.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
