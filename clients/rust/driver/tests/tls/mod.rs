//! TLS by real handshakes over loopback. The certificates are made by the openssl command.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs, process};

use sluice_client::{v1, Client, Options, Tls};
use tonic::transport::{Certificate, Identity, ServerTlsConfig};
use tonic::Code;

use crate::scripted::{options, Scripted};

/// Two authorities; what ours has signed: the server at 127.0.0.1, one elsewhere and a client; and
/// a client of theirs.
const MAKE: &str = r#"
set -e
new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
authority() {
  openssl req -x509 $new -days 1 -subj "/CN=$1" -keyout $1.key -out $1.pem
}
signed() {  # By whom, for whom, under which name.
  openssl req -new $new -subj "/CN=$2" -keyout $2.key -out $2.csr
  printf 'basicConstraints=CA:FALSE\nsubjectAltName=%s\n' "$3" >$2.ext
  openssl x509 -req -days 1 -in $2.csr -CA $1.pem -CAkey $1.key -CAcreateserial -extfile $2.ext \
    -out $2.pem
}
authority ours
authority theirs
signed ours server IP:127.0.0.1
signed ours elsewhere DNS:elsewhere.example
signed ours client DNS:client.example
signed theirs stranger DNS:client.example
for file in *.key *.pem; do echo "== $file" && cat $file; done
rm -r "$PWD"
"#;

/// The text of a file that the commands have made.
fn pem(file: &str) -> String {
    static MADE: OnceLock<String> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder: PathBuf = env::temp_dir().join(format!("sluice-tls-{}", process::id()));
        fs::create_dir(&folder).expect("it is new");
        let output =
            Command::new("sh").arg("-c").arg(MAKE).current_dir(&folder).output().expect("sh runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("PEM is text")
    });
    let (_, rest) = made.split_once(&format!("== {file}\n")).expect(file);
    rest.split("== ").next().expect("there is a first part").to_owned()
}

fn serving(name: &str) -> ServerTlsConfig {
    let identity = Identity::from_pem(pem(&format!("{name}.pem")), pem(&format!("{name}.key")));
    ServerTlsConfig::new().identity(identity)
}

/// What a call ends with, and with which key it has reached the server.
async fn ask(
    serving: ServerTlsConfig,
    authority: Option<&str>,
    identity: Option<&str>,
) -> (Code, Vec<String>) {
    let server = Scripted::default();
    let address = server.clone().serve_over(Some(serving)).await;
    let tls = Tls {
        root_certificates: authority.map(|name| pem(&format!("{name}.pem"))),
        client_identity: identity
            .map(|name| (pem(&format!("{name}.pem")), pem(&format!("{name}.key")))),
    };
    let api_key = Some("secret".into());
    let client = Client::new(Options { tls: Some(tls), api_key, ..options(address) }).unwrap();
    let created = client.create_order(v1::CreateOrderRequest::default()).await;
    let keys = server.0.lock().unwrap().keys.clone();
    (created.map_or_else(|error| error.code, |_| Code::Ok), keys)
}

#[tokio::test]
async fn the_server_must_be_signed_by_an_authority_that_is_trusted() {
    let (code, keys) = ask(serving("server"), Some("theirs"), None).await;
    assert_eq!((code, keys.len()), (Code::Unavailable, 0));
    // The system's own do not know of ours.
    let (code, keys) = ask(serving("server"), None, None).await;
    assert_eq!((code, keys.len()), (Code::Unavailable, 0));
    let (code, keys) = ask(serving("server"), Some("ours"), None).await;
    assert_eq!(code, Code::Ok);
    assert_eq!(keys, ["Bearer secret"]);
}

#[tokio::test]
async fn the_server_must_be_the_one_that_is_asked() {
    let (code, keys) = ask(serving("elsewhere"), Some("ours"), None).await;
    assert_eq!((code, keys.len()), (Code::Unavailable, 0));
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_gets_it() {
    let mutual = || serving("server").client_ca_root(Certificate::from_pem(pem("ours.pem")));
    for identity in [None, Some("stranger")] {
        let (code, keys) = ask(mutual(), Some("ours"), identity).await;
        assert_eq!((code, keys.len()), (Code::Unavailable, 0), "{identity:?}");
    }
    let (code, keys) = ask(mutual(), Some("ours"), Some("client")).await;
    assert_eq!((code, keys.len()), (Code::Ok, 1));
}

#[tokio::test]
async fn texts_that_are_no_certificates_are_refused() {
    let refused = |tls: Tls| {
        let options = Options { tls: Some(tls), ..Options::new("pay.example:443") };
        Client::new(options).err().expect("it is refused").message
    };
    let identity = (pem("client.pem"), "no key".to_owned());
    let message = refused(Tls { client_identity: Some(identity), ..Tls::default() });
    assert!(message.contains("tls"), "{message}");
}
