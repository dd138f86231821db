//! Log lines at a steady rate or as fast as they are taken, and what became of them.
//!
//! Kept means read, judged by the rules and committed: it is counted in the table itself.

use std::io::Write;
use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::client::Client;
use crate::firewall;
use crate::report::{mib, ms, say};
use crate::server::Server;

/// Between two bursts of a steady stream.
const TICK: Duration = Duration::from_millis(5);
const SAMPLE: Duration = Duration::from_secs(1);
/// Lines of an unpaced stream between two looks at the clock.
const BURST: u64 = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Transport {
    Udp,
    Tcp,
}

#[derive(Debug, Clone, Copy)]
pub struct Stream {
    pub transport: Transport,
    /// Lines a second; none: as fast as they are taken.
    pub rate: Option<u64>,
    pub seconds: u64,
}

/// Sends the stream to the server and says what became of it.
pub async fn measure(server: &Server, stream: Stream) -> Result<()> {
    let (before, had) = (server.usage()?, server.number(KEPT).await?);
    let began = Instant::now();
    let address = server.syslog.clone();
    let sending = tokio::task::spawn_blocking(move || send(&address, stream));
    let mut sampled = Sampled::default();
    while !sending.is_finished() {
        tokio::time::sleep(SAMPLE).await;
        sampled.look(server)?;
    }
    let sent = sending.await??;
    let took = began.elapsed();
    let kept_meanwhile = server.number(KEPT).await?.saturating_sub(had);
    let (kept, drained) = drain(server, had, sent, &mut sampled).await?;
    let after = server.usage()?;
    let each = |cpu: Duration| ms(cpu) * 1000.0 / kept.max(1) as f64;
    say(&format!(
        "{}: {sent} sent in {:.1} s ({:.0}/s), {kept} kept, {} lost; kept while sending {:.0}/s, the rest {:.1} s later",
        name(stream),
        took.as_secs_f64(),
        sent as f64 / took.as_secs_f64(),
        sent.saturating_sub(kept),
        kept_meanwhile as f64 / took.as_secs_f64(),
        drained.as_secs_f64(),
    ));
    say(&format!(
        "    CPU each: server {:.1} us, database {:.1} us; resident {} to {}",
        each(after.server_cpu - before.server_cpu),
        each(after.database_cpu - before.database_cpu),
        mib(sampled.least),
        mib(sampled.most),
    ));
    sampled.tell_course();
    dropped(server).await
}

const KEPT: &str = "select count(*) from events";

fn name(stream: Stream) -> String {
    let transport = match stream.transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
    };
    match stream.rate {
        Some(rate) => format!("log lines over {transport} at {rate}/s"),
        None => format!("log lines over {transport}, as fast as taken"),
    }
}

/// Resident memory of the server over time.
#[derive(Default)]
struct Sampled {
    least: u64,
    most: u64,
    course: Vec<u64>,
}

impl Sampled {
    fn look(&mut self, server: &Server) -> Result<()> {
        let now = server.usage()?.server_resident_bytes;
        self.least = if self.least == 0 { now } else { self.least.min(now) };
        self.most = self.most.max(now);
        self.course.push(now);
        Ok(())
    }

    /// Of a long stream, memory minute by minute.
    fn tell_course(&self) {
        if self.course.len() >= 180 {
            let minutes = self.course.chunks(60).filter_map(<[_]>::last).map(|bytes| mib(*bytes));
            say(&format!("    resident, minute by minute: {}", minutes.collect::<Vec<_>>().join(", ")));
        }
    }
}

/// Waits until all is kept, or nothing more comes; returns how many were kept and when the last.
async fn drain(server: &Server, had: u64, sent: u64, sampled: &mut Sampled) -> Result<(u64, Duration)> {
    let began = Instant::now();
    let (mut kept, mut last) = (0, Duration::ZERO);
    while kept < sent && began.elapsed() - last < Duration::from_secs(5) {
        let now = server.number(KEPT).await?.saturating_sub(had);
        if now > kept {
            (kept, last) = (now, began.elapsed());
        }
        sampled.look(server)?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok((kept, last))
}

/// What the listeners say of it.
async fn dropped(server: &Server) -> Result<()> {
    let session = server.sign_in().await?;
    let mut client = Client::connect(&server.address).await?;
    let answer = client.send("GET", "/api/v1/listeners", Some(&session), "application/json", b"").await?;
    let told = answer.expect(200)?.json()?;
    let node = told["nodes"].as_array().and_then(|nodes| nodes.first()).context("no listeners")?;
    let sum = |name: &str| {
        let listeners = node["listeners"].as_array().into_iter().flatten();
        listeners.filter_map(|listener| listener[name].as_i64()).sum::<i64>()
    };
    say(&format!(
        "    since the start: {} received, {} dropped by the kernel, {} shed, {} unparsed, {} lost",
        sum("received"),
        sum("kernel_drops"),
        sum("shed"),
        node["unparsed"].as_i64().unwrap_or_default(),
        node["lost"].as_i64().unwrap_or_default(),
    ));
    let problem = &node["spool"]["problem"];
    if *problem != Value::Null {
        say(&format!("    the spool: {problem}"));
    }
    Ok(())
}

/// Blocking; returns how many lines went out.
fn send(address: &str, stream: Stream) -> Result<u64> {
    let mut wire = Wire::connect(address, stream.transport)?;
    let began = Instant::now();
    let end = Duration::from_secs(stream.seconds);
    let mut sent = 0;
    while began.elapsed() < end {
        let due = match stream.rate {
            Some(rate) => (began.elapsed().as_secs_f64() * rate as f64) as u64,
            None => sent + BURST,
        };
        wire.send(sent..due)?;
        sent = due;
        if stream.rate.is_some() {
            std::thread::sleep(TICK);
        }
    }
    Ok(sent)
}

enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

impl Wire {
    fn connect(address: &str, transport: Transport) -> Result<Self> {
        Ok(match transport {
            Transport::Udp => {
                let socket = UdpSocket::bind("127.0.0.1:0")?;
                socket.connect(address)?;
                Wire::Udp(socket)
            }
            Transport::Tcp => Wire::Tcp(TcpStream::connect(address)?),
        })
    }

    fn send(&mut self, numbers: std::ops::Range<u64>) -> Result<()> {
        let mut buffer = Vec::with_capacity(64 * 1024);
        for number in numbers {
            if matches!(self, Wire::Udp(_)) {
                buffer.clear();
            }
            firewall::line(number, &mut buffer);
            match self {
                Wire::Udp(socket) => {
                    socket.send(&buffer)?;
                }
                Wire::Tcp(_) => buffer.push(b'\n'),
            }
        }
        if let Wire::Tcp(stream) = self {
            stream.write_all(&buffer)?;
        }
        Ok(())
    }
}

/// Writes `count` lines to the address over TCP and closes.
pub fn pour(address: &str, count: u64) -> Result<()> {
    let mut wire = Wire::connect(address, Transport::Tcp)?;
    for first in (0..count).step_by(BURST as usize) {
        wire.send(first..(first + BURST).min(count))?;
    }
    Ok(())
}
