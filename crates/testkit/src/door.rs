//! A door in front of the database: while it is shut, the database is away.

use std::path::PathBuf;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Forwards connections while it is open; shutting it breaks off those that are there, freezing holds them without a word.
pub struct Door {
    /// The database behind the door.
    pub url: String,
    state: watch::Sender<State>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Shut,
    Frozen,
}

#[derive(Clone)]
enum Behind {
    Socket(PathBuf),
    Address(String),
}

impl Door {
    pub fn before(url: &str) -> Self {
        let (behind, before, after) = parts(url);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        listener.set_nonblocking(true).expect("a listener need not block");
        let address = listener.local_addr().expect("a listener has an address");
        let listener = TcpListener::from_std(listener).expect("a listener can be waited for");
        let (changing, state) = watch::channel(State::Open);
        #[expect(clippy::disallowed_methods, reason = "the door owns the task and ends it")]
        let task = tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                let is_shut = *state.borrow() == State::Shut;
                if !is_shut {
                    #[expect(
                        clippy::disallowed_methods,
                        reason = "it ends when the door is shut or dropped"
                    )]
                    tokio::spawn(forward(visitor, behind.clone(), state.clone()));
                }
            }
        });
        Self { url: format!("{before}{address}{after}"), state: changing, task }
    }

    pub fn shut(&self) {
        self.state.send_replace(State::Shut);
    }

    pub fn freeze(&self) {
        self.state.send_replace(State::Frozen);
    }

    pub fn open_again(&self) {
        self.state.send_replace(State::Open);
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
        self.state.send_replace(State::Shut);
    }
}

async fn forward(mut visitor: TcpStream, behind: Behind, mut state: watch::Receiver<State>) {
    let ended = async move {
        // An error means that the door is gone.
        let _ = state.wait_for(|state| *state != State::Open).await;
        state
    };
    let through = async {
        match behind {
            Behind::Socket(path) => {
                let mut server = UnixStream::connect(path).await?;
                copy_bidirectional(&mut visitor, &mut server).await
            }
            Behind::Address(address) => {
                let mut server = TcpStream::connect(address).await?;
                copy_bidirectional(&mut visitor, &mut server).await
            }
        }
    };
    let mut state = tokio::select! {
        state = ended => state,
        _ = through => return,
    };
    // Held without a word while it is frozen; what was being said is lost.
    let _ = state.wait_for(|state| *state != State::Frozen).await;
}

/// Where the server is, and the URL around its address: `postgres://user:password@` and `/database`.
fn parts(url: &str) -> (Behind, String, String) {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let (user, place) = address.rsplit_once('@').expect("the URL names a user");
    let (host, database) = place.split_once('/').expect("the URL names a database");
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let behind = match value("host") {
        Some(directory) => {
            let port = value("port").unwrap_or("5432");
            Behind::Socket(PathBuf::from(decode(directory)).join(format!(".s.PGSQL.{port}")))
        }
        None => Behind::Address(host.to_owned()),
    };
    (behind, format!("{user}@"), format!("/{database}"))
}

fn decode(text: &str) -> String {
    let mut decoded = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let digits = [bytes.next(), bytes.next()].map(|digit| char::from(digit.expect("two digits")));
        decoded.push(u8::from_str_radix(&String::from_iter(digits), 16).expect("digits of a byte"));
    }
    String::from_utf8(decoded).expect("a path of text")
}
