//! A server that wants certificates and remembers what it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// One request.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Counted from one.
    pub number: usize,
    pub path: String,
    pub authorization: String,
    pub body: String,
    pub certificate: Option<Vec<u8>>,
}

pub struct Origin {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Origin {
    /// With the certificate of `localhost` in the directory, for whoever has one of the same authority.
    pub fn start(directory: &Path, reply: impl Fn(&Asked) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (config, asked, reply) =
            (config(directory), Arc::<Mutex<Vec<Asked>>>::default(), Arc::new(reply));
        let into = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let session = ServerConnection::new(config.clone()).unwrap();
                let (into, reply) = (into.clone(), reply.clone());
                // Ends with its connection.
                std::thread::spawn(move || serve(StreamOwned::new(session, stream), &into, &*reply));
            }
        });
        Self { port, asked }
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

pub fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

pub fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

pub fn token(text: &str, expires_in: u64) -> String {
    answer(200, &format!(r#"{{"access_token":"{text}","token_type":"Bearer","expires_in":{expires_in}}}"#))
}

fn config(directory: &Path) -> Arc<ServerConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(directory.join("ca.pem")).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let chain = vec![CertificateDer::from_pem_file(directory.join("localhost.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(directory.join("localhost.key")).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_client_cert_verifier(verifier.build().unwrap());
    Arc::new(config.with_single_cert(chain, key).unwrap())
}

fn serve(
    mut stream: StreamOwned<ServerConnection, TcpStream>,
    into: &Mutex<Vec<Asked>>,
    reply: &dyn Fn(&Asked) -> String,
) {
    while let Some((head, body)) = read(&mut stream) {
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
        };
        let certificate = stream.conn.peer_certificates().and_then(|chain| Some(chain.first()?.to_vec()));
        let mut all = into.lock().unwrap();
        let asked = Asked {
            number: all.len() + 1,
            path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
            authorization: header("authorization").unwrap_or_default(),
            body,
            certificate,
        };
        all.push(asked.clone());
        drop(all);
        if stream.write_all(reply(&asked).as_bytes()).is_err() {
            return;
        }
    }
}

/// Head and body of the next request; none at the end of the connection.
fn read(stream: &mut impl Read) -> Option<(String, String)> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).ok()?))
}
