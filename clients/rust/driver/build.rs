//! The descriptors by which the driver reads and writes proto3 JSON.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

fn main() {
    let protos = descriptors();
    // The tests play the server; its messages are the client's own.
    tonic_prost_build::configure()
        .build_client(false)
        .generate_default_stubs(true)
        .extern_path(".sluice.v1", "::sluice_client::v1")
        .compile_protos(
            &[protos.join("sluice/v1/order.proto"), protos.join("sluice/v1/event.proto")],
            &[protos.clone(), google()],
        )
        .expect("protoc made descriptors of them before");
}

fn here() -> PathBuf {
    PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
}

fn google() -> PathBuf {
    env::var_os("SLUICE_GOOGLEAPIS_DIR")
        .map_or_else(|| here().join("../../../build/deps/googleapis"), PathBuf::from)
}

fn descriptors() -> PathBuf {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("sluice.binpb");
    let protos = here().join("../../../proto");
    println!("cargo:rerun-if-env-changed=SLUICE_GOOGLEAPIS_DIR");
    println!("cargo:rerun-if-changed={}", protos.display());
    let status = Command::new("protoc")
        .arg(format!("-I{}", protos.display()))
        .arg(format!("-I{}", google().display()))
        .arg("--include_imports")
        .arg(format!("--descriptor_set_out={}", out.display()))
        .args(
            fs::read_dir(protos.join("sluice/v1"))
                .expect("the protos are there")
                .map(|entry| entry.expect("is readable").path()),
        )
        .status()
        .expect("protoc is installed");
    assert!(status.success(), "protoc failed");
    protos
}
