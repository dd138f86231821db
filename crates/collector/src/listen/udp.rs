//! UDP: many datagrams with one system call, on threads of their own. A datagram is a message.

use std::io::IoSliceMut;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use intake::{Intake, Observed, Registry};
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, MultiHeaders, SockFlag, SockProtocol, SockType,
    SockaddrStorage, bind, recvmmsg, setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};
use platform::App;
use tokio::task::JoinSet;
use vocab::SourceId;

use super::{Counts, Listener, ListenerProblem, ListenerProblemCode, Sender, source_of};
use crate::Collector;
use crate::spool::{Batch, Origin, Transport};

/// Datagrams taken with one call.
const DATAGRAMS: usize = 64;
/// UDP has no longer ones.
const DATAGRAM_BYTES: usize = 64 * 1024;
/// How often a thread looks whether it should end.
const LOOK_MILLIS: i64 = 250;

/// Binds the sockets and starts their threads.
pub fn start(app: &App, collector: &Arc<Collector>, running: &mut JoinSet<()>) -> Arc<Listener> {
    let config = &app.config.ingest;
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let count = if config.udp_sockets == 0 { (cores / 2).clamp(1, 4) } else { config.udp_sockets.min(64) };
    let bound = super::bind(&config.udp, |address| sockets(address, count, config.receive_buffer_bytes));
    let (sockets, bound) = match bound {
        Ok((sockets, note)) => {
            let address = sockets.first().and_then(|socket| socket.local_addr().ok());
            let problem = ListenerProblem::new(ListenerProblemCode::Other, "the socket has no address");
            (sockets, address.map(|address| (address, note)).ok_or(problem))
        }
        Err(error) => (Vec::new(), Err(error)),
    };
    let listener = Arc::new(Listener::bound(Transport::Udp, &config.udp, bound));
    for socket in sockets {
        let mut reader = Reader {
            app: app.clone(),
            collector: collector.clone(),
            listener: listener.clone(),
            socket,
            drops: 0,
        };
        running.spawn_blocking(move || {
            // Nobody else would take what comes to this socket.
            while catch_unwind(AssertUnwindSafe(|| reader.run())).is_err() {
                tracing::error!("taking datagrams panicked");
            }
        });
    }
    listener
}

/// Sockets that share an address: the kernel deals senders out among them.
fn sockets(address: SocketAddr, count: usize, buffer_bytes: usize) -> std::io::Result<Vec<UdpSocket>> {
    // Another process that shares its address too would silently take half of the senders.
    let alone = UdpSocket::bind(address)?;
    let address = alone.local_addr()?;
    drop(alone);
    (0..count).map(|_| Ok(shared(address, buffer_bytes)?)).collect()
}

fn shared(address: SocketAddr, buffer_bytes: usize) -> Result<UdpSocket, Errno> {
    let family = if address.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let socket: OwnedFd = socket(family, SockType::Datagram, SockFlag::SOCK_CLOEXEC, SockProtocol::Udp)?;
    setsockopt(&socket, sockopt::ReusePort, &true)?;
    setsockopt(&socket, sockopt::RxqOvfl, &1)?;
    setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::milliseconds(LOOK_MILLIS))?;
    // Beyond the system's limit where we may, else up to it.
    if setsockopt(&socket, sockopt::RcvBufForce, &buffer_bytes).is_err() {
        setsockopt(&socket, sockopt::RcvBuf, &buffer_bytes)?;
    }
    bind(socket.as_raw_fd(), &SockaddrStorage::from(address))?;
    Ok(UdpSocket::from(socket))
}

struct Reader {
    app: App,
    collector: Arc<Collector>,
    listener: Arc<Listener>,
    socket: UdpSocket,
    /// What the kernel had dropped when it last said so.
    drops: u32,
}

/// What came with one call.
#[derive(Default)]
struct Taken {
    batch: Batch,
    sources: Vec<(SourceId, i64)>,
}

impl Reader {
    fn run(&mut self) {
        let mut buffers = vec![0; DATAGRAMS * DATAGRAM_BYTES];
        while !self.collector.stop.is_cancelled() {
            match self.receive(&mut buffers) {
                Ok(taken) => self.spool(taken),
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(error) => {
                    tracing::warn!(%error, "datagrams could not be read");
                    std::thread::sleep(std::time::Duration::from_millis(100));
                }
            }
        }
    }

    fn receive(&mut self, buffers: &mut [u8]) -> Result<Taken, Errno> {
        // Made anew each time: the kernel writes into them how much room it used.
        let space = nix::cmsg_space!(u32);
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(DATAGRAMS, Some(space));
        let mut slices =
            buffers.chunks_mut(DATAGRAM_BYTES).map(|chunk| [IoSliceMut::new(chunk)]).collect::<Vec<_>>();
        let descriptor = self.socket.as_raw_fd();
        let received = recvmmsg(descriptor, &mut headers, slices.iter_mut(), MsgFlags::MSG_WAITFORONE, None)?;
        let (table, now) = (self.app.service::<Registry>().table(), self.app.clock.now());
        let mut taken = Taken::default();
        let (counts, most) = (&self.listener.counts, self.app.config.ingest.message_bytes);
        for datagram in received {
            if let Some(drops) = datagram.cmsgs().ok().and_then(|mut all| all.find_map(overflow)) {
                Counts::add(&counts.kernel_drops, drops.wrapping_sub(self.drops) as usize);
                self.drops = drops;
            }
            let Some(sender) = datagram.address.as_ref().and_then(address) else { continue };
            let Some(bytes) = datagram.iovs().next() else { continue };
            let source = match source_of(&table, sender.ip()) {
                Sender::Known(source) => source,
                Sender::Anybody(source) => {
                    self.collector.unknown.note(sender.ip(), Transport::Udp, bytes, now);
                    source
                }
                Sender::SwitchedOff => continue,
                Sender::Unknown => {
                    Counts::add(&counts.refused, 1);
                    self.collector.unknown.note(sender.ip(), Transport::Udp, bytes, now);
                    continue;
                }
            };
            let kept = bytes.get(..most).unwrap_or(bytes);
            let origin =
                Origin { received_at: now, sender, transport: Transport::Udp, source: source.id, peer: None };
            taken.batch.push(&origin, kept, kept.len() < bytes.len());
            Counts::add(&counts.cut, usize::from(kept.len() < bytes.len()));
            match taken.sources.iter_mut().find(|(id, _)| *id == source.id) {
                Some((_, count)) => *count += 1,
                None => taken.sources.push((source.id, 1)),
            }
        }
        Ok(taken)
    }

    /// What the spool does not take is dropped and counted: nobody would send it again, and nothing could hold it.
    fn spool(&self, taken: Taken) {
        if taken.batch.count == 0 {
            return;
        }
        let counts = &self.listener.counts;
        Counts::add(&counts.received, taken.batch.count);
        Counts::add(&counts.bytes, taken.batch.bytes.len());
        if self.collector.append(&taken.batch).is_ok() {
            return;
        }
        Counts::add(&counts.shed, taken.batch.count);
        let (intake, now) = (self.app.service::<Intake>(), self.app.clock.now());
        for (source, shed) in taken.sources {
            intake.observe(source, now, Observed { shed, ..Observed::default() });
        }
    }
}

fn overflow(message: ControlMessageOwned) -> Option<u32> {
    match message {
        ControlMessageOwned::RxqOvfl(drops) => Some(drops),
        _ => None,
    }
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|v4| SocketAddr::new(v4.ip().into(), v4.port()));
    let address =
        v4.or_else(|| storage.as_sockaddr_in6().map(|v6| SocketAddr::new(v6.ip().into(), v6.port())))?;
    Some(SocketAddr::new(address.ip().to_canonical(), address.port()))
}
