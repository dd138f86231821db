//! Log lines and a program that is killed: what it had taken is there, once.
//!
//! Syslog has no acknowledgement. What is promised is what the program itself can keep: each line that it had counted as
//! received stands on disk, so that after kill -9 it is there exactly once, and whole; of one connection those are the
//! lines from its first to some later one, without a gap. What a sender had written and nobody had read yet is the
//! sender's to send again.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::{Port, Rsyslog};

use crate::process::{PASSWORD, Server, ask, data, directory, program};

/// A program that takes syslog over TCP on a port of its own.
struct Taker<'d> {
    data: &'d Path,
    port: Port,
    server: Server,
    session: String,
}

impl<'d> Taker<'d> {
    fn start(data: &'d Path) -> Self {
        let taker = Self::start_at(data, Port::take());
        ask(data, &["source", "add", "--kind", "syslog", "--name", "firewall", "--network", "127.0.0.1"]);
        // Until it has heard of the source, it turns senders away.
        until(|| {
            let _stream = taker.connect();
            until(|| Some(taker.tcp()).filter(|one| one["connections"] == 1 || one["refused"] != 0));
            Some(()).filter(|()| taker.tcp()["connections"] == 1)
        });
        taker
    }

    fn start_at(data: &'d Path, port: Port) -> Self {
        let mut command = program(data);
        command.env("CIBERCASE_ADMIN_PASSWORD", PASSWORD).env("CIBERCASE_INGEST__TLS", "");
        for name in ["CIBERCASE_INGEST__UDP", "CIBERCASE_INGEST__TCP"] {
            command.env(name, format!("127.0.0.1:{}", port.number));
        }
        let server = Server::start_with(&mut command);
        let session = server.sign_in();
        Self { data, port, server, session }
    }

    /// kill -9, and a new one in its place.
    fn killed_and_started(self) -> Self {
        let (data, port) = (self.data, self.port);
        self.server.kill_nine();
        Self::start_at(data, port)
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port.number)).unwrap()
    }

    fn node(&self) -> Value {
        self.server.get(&self.session, "/api/v1/listeners")["nodes"][0].take()
    }

    fn listener(&self, transport: &str) -> Value {
        let listeners = self.node()["listeners"].take();
        let found = listeners.as_array().unwrap().iter().find(|one| one["transport"] == transport);
        found.unwrap().clone()
    }

    fn tcp(&self) -> Value {
        self.listener("tcp")
    }

    fn received(&self) -> usize {
        usize::try_from(self.tcp()["received"].as_u64().unwrap()).unwrap()
    }

    /// Waits until it has received so many lines.
    fn until_received(&self, least: usize) -> usize {
        until(|| Some(self.received()).filter(|received| *received >= least))
    }

    /// The raw text of every kept line, in the order of arrival.
    fn lines(&self) -> Vec<String> {
        let (mut lines, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.server.get(&self.session, &format!("/api/v1/events?limit=200{cursor}"));
            for event in page["items"].as_array().unwrap() {
                let path = format!("/api/v1/events/{}", event["id"].as_str().unwrap());
                lines.push(self.server.get(&self.session, &path)["raw"].as_str().unwrap().to_owned());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        lines.reverse();
        lines
    }

    /// Waits until a line is kept.
    fn until_kept(&self, line: &str) {
        let path = format!("/api/v1/events?limit=1&text={line}");
        until(|| {
            let page = self.server.get(&self.session, &path);
            page["items"].as_array().filter(|items| !items.is_empty()).map(|_| ())
        });
    }
}

fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "it does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn line(number: usize) -> String {
    format!("<13>line number{number:06} of a stream that somebody kills")
}

/// The numbers of lines, which are whole.
fn numbers(lines: &[String]) -> Vec<usize> {
    let numbers = lines.iter().map(|text| {
        let number = text.split("number").nth(1).and_then(|rest| rest.get(..6));
        let number = number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(*text, line(number));
        number
    });
    numbers.collect()
}

#[test]
fn of_a_stream_during_which_the_program_is_killed_every_received_line_is_kept_once_and_the_sender_goes_on() {
    let directory = directory();
    let data = data(&directory);
    let mut taker = Taker::start(&data);
    let mut next = 0;
    // The first and last number of each connection, and how many the program said it had of them.
    let mut connections = Vec::new();
    for _ in 0..2 {
        let (mut stream, first) = (taker.connect(), next);
        let writer = std::thread::spawn(move || {
            let mut number = first;
            while writeln!(stream, "{}", line(number)).is_ok() {
                number += 1;
                std::thread::sleep(Duration::from_micros(200));
            }
            number
        });
        let received = taker.until_received(150);
        taker = taker.killed_and_started();
        next = writer.join().unwrap();
        connections.push((first..next, received));
    }
    let mut stream = taker.connect();
    for number in next..next + 100 {
        writeln!(stream, "{}", line(number)).unwrap();
    }
    connections.push((next..next + 100, 100));
    taker.until_kept(&format!("number{:06}", next + 99));
    let mut kept = numbers(&taker.lines()).into_iter().peekable();
    for (written, received) in connections {
        let begin = written.start;
        let mut count = 0;
        // In order, without a gap, none twice; where all arrived, the next connection's follow.
        while begin + count < written.end && kept.next_if_eq(&(begin + count)).is_some() {
            count += 1;
        }
        assert!(count >= received, "{count} of {received} received ones are kept");
    }
    assert_eq!(kept.next(), None, "a line is twice there, or out of its order");
}

/// An rsyslogd with a queue on disk, which passes lines on as they came.
fn relay(target: u16) -> Rsyslog {
    let rest = format!(
        "template(name=\"as_it_came\" type=\"string\" string=\"%rawmsg%\\n\")\n\
         action(type=\"omfwd\" target=\"127.0.0.1\" port=\"{target}\" protocol=\"tcp\" template=\"as_it_came\" \
         queue.type=\"LinkedList\" queue.filename=\"held\" queue.saveOnShutdown=\"on\" \
         action.resumeRetryCount=\"-1\" action.resumeInterval=\"1\")"
    );
    Rsyslog::start("", &rest)
}

#[test]
fn rsyslog_with_its_queue_goes_on_where_the_program_was_killed_and_its_last_line_arrives() {
    let directory = directory();
    let data = data(&directory);
    let taker = Taker::start(&data);
    let relay = relay(taker.port.number);
    let mut stream = TcpStream::connect(("127.0.0.1", relay.port.number)).unwrap();
    for number in 0..300 {
        writeln!(stream, "{}", line(number)).unwrap();
    }
    let received = taker.until_received(100);
    // It is away for a while in which the relay is given more.
    let port = taker.port;
    taker.server.kill_nine();
    for number in 300..600 {
        writeln!(stream, "{}", line(number)).unwrap();
    }
    let taker = Taker::start_at(&data, port);
    for number in 600..700 {
        writeln!(stream, "{}", line(number)).unwrap();
    }
    taker.until_kept("number000699");
    let mut kept = numbers(&taker.lines());
    let until_kill = kept.iter().zip(0..).take_while(|(kept, number)| *kept == number).count();
    assert!(until_kill >= received, "{until_kill} of {received} received ones are kept");
    // What rsyslog could not send it repeats, and may repeat some that had arrived: never is a line lost by its queue.
    kept.sort_unstable();
    kept.dedup();
    let later = kept.iter().filter(|number| **number >= 300).count();
    assert_eq!(later, 400, "lines that the relay had queued are missing");
}

#[test]
fn a_correlation_half_met_before_a_kill_and_completed_after_it_fires_once() {
    let directory = directory();
    let data = data(&directory);
    let mut taker = Taker::start(&data);
    let failed = |number: u32| {
        format!(
            "<133>date=2026-11-20 time=10:15:01 devname=\"FGT-EDGE\" devid=\"FGT60F0000000001\" \
             eventtime=17951697010000000{number:02} tz=\"+0000\" logid=\"0100032002\" type=\"event\" subtype=\"system\" \
             level=\"alert\" vd=\"root\" logdesc=\"Admin login failed\" user=\"failed{number}\" \
             ui=\"https(203.0.113.66)\" method=\"https\" srcip=203.0.113.66 dstip=10.0.0.1 action=\"login\" \
             status=\"failed\" reason=\"name_invalid\"\n"
        )
    };
    // Killed between each two lines: what rules remember comes from their last saving and from the spool behind it.
    for number in 0..5 {
        let mut stream = taker.connect();
        stream.write_all(failed(number).as_bytes()).unwrap();
        taker.until_kept(&format!("failed{number}"));
        assert_eq!(alerts(&taker).len(), usize::from(number == 4), "after line {number}");
        if number != 1 {
            taker = taker.killed_and_started();
        }
    }
    let found = alerts(&taker);
    assert_eq!(found.len(), 1, "{found:?}");
    let path = format!("/api/v1/alerts/{}/why", found[0]["id"].as_str().unwrap());
    let why = taker.server.get(&taker.session, &path);
    assert_eq!(
        (why["firings"].as_i64(), why["correlation"]["value"].as_f64()),
        (Some(1), Some(5.0)),
        "{why}"
    );
    assert_eq!(why["correlation"]["events"].as_array().unwrap().len(), 5, "{why}");
}

fn alerts(taker: &Taker<'_>) -> Vec<Value> {
    taker.server.get(&taker.session, "/api/v1/alerts")["items"].as_array().unwrap().clone()
}

/// The largest file that the program may write from now on, as a disk without space refuses it.
fn limit_files(server: &Server, most: &str) {
    let (pid, limit) = (format!("--pid={}", server.pid()), format!("--fsize={most}:"));
    assert!(Command::new("prlimit").args([pid, limit]).status().unwrap().success());
}

#[test]
fn a_disk_that_takes_no_more_makes_connections_wait_drops_datagrams_and_is_told_until_it_takes_again() {
    let directory = directory();
    let data = data(&directory);
    let taker = Taker::start(&data);
    limit_files(&taker.server, "65536");
    let mut stream = taker.connect();
    let writer = std::thread::spawn(move || {
        for number in 0..2000 {
            writeln!(stream, "{}", line(number)).unwrap();
        }
        stream
    });
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let node = until(|| {
        socket.send_to(b"<13>a datagram that nobody sends again", ("127.0.0.1", taker.port.number)).unwrap();
        let is_shed = taker.listener("udp")["shed"].as_u64().unwrap() > 0;
        Some(taker.node()).filter(|_| is_shed && taker.tcp()["is_held"] == true)
    });
    assert_eq!((&node["state"], &node["problems"][0]), (&"failing".into(), &"disk_refuses".into()), "{node}");
    assert_eq!(node["spool"]["problem"]["code"], "disk_full", "{node}");
    limit_files(&taker.server, "unlimited");
    taker.until_kept("number001999");
    let kept = taker.lines().into_iter().filter(|line| line.contains("number")).collect::<Vec<_>>();
    assert_eq!(numbers(&kept), (0..2000).collect::<Vec<_>>());
    let calm = serde_json::json!(["lost_lately"]);
    let node = until(|| Some(taker.node()).filter(|node| node["problems"] == calm));
    assert_eq!(node["state"], "degraded", "{node}");
    drop(writer.join().unwrap());
    // What the program has written to its log is here a little later.
    let log = until(|| {
        let log = taker.server.log.lock().unwrap().clone();
        Some(log).filter(|log| log.contains("the disk takes the spool of log lines again"))
    });
    let told = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    assert_eq!(told("the disk does not take the spool"), 1, "{log}");
    assert_eq!(told("the disk takes the spool of log lines again"), 1, "{log}");
    assert_eq!(told("panicked"), 0, "{log}");
}
