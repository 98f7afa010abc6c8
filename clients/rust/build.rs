//! Generates the API's code from the protos: those beside this file (a published crate), or the
//! repository's. protoc has to be installed; the googleapis protos are found beside the API's own,
//! or in SLUICE_GOOGLEAPIS_DIR.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let own = here.join("proto");
    let protos = if own.is_dir() { own } else { here.join("../../proto") };
    println!("cargo:rerun-if-env-changed=SLUICE_GOOGLEAPIS_DIR");
    println!("cargo:rerun-if-changed={}", protos.display());
    let google = env::var_os("SLUICE_GOOGLEAPIS_DIR").map_or_else(
        || here.join("../../build/deps/googleapis"),
        PathBuf::from,
    );
    let mut files: Vec<PathBuf> = fs::read_dir(protos.join("sluice/v1"))?
        .map(|entry| entry.map(|found| found.path()))
        .collect::<io::Result<_>>()?;
    files.retain(|path| path.extension() == Some("proto".as_ref()));
    files.sort();
    let google = if google.is_dir() { google } else { protos.clone() };
    // The protos' comments are no Rust documentation: their examples would be run as such.
    tonic_prost_build::configure()
        .build_server(false)
        .disable_comments(["."])
        .compile_protos(&files, &[protos, google])
}
