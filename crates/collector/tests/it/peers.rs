//! Real senders: `logger`, and rsyslog over UDP, TCP and TLS, and as a relay.

use std::process::Command;

use testkit::{Rsyslog, certificates};
use tokio::io::AsyncWriteExt;

use crate::node::{FORTIGATE, Node};

const KEPT: &str = "select coalesce(sum(received), 0)::bigint from source_counts";

/// An rsyslogd that passes on to a node what it takes.
fn relay(node: &Node, transport: &str, global: &str) -> Rsyslog {
    let (target, protocol) = (node.address(transport), if transport == "udp" { "udp" } else { "tcp" });
    let driver = match global {
        "" => "",
        _ => "StreamDriver=\"gtls\" StreamDriverMode=\"1\" StreamDriverAuthMode=\"anon\"",
    };
    let action = format!(
        "action(type=\"omfwd\" target=\"127.0.0.1\" port=\"{}\" protocol=\"{protocol}\" \
         template=\"RSYSLOG_ForwardFormat\" {driver})",
        target.port()
    );
    Rsyslog::start(global, &action)
}

async fn take(relay: &Rsyslog, lines: &str) {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", relay.port.number)).await.unwrap();
    stream.write_all(lines.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

#[tokio::test]
async fn logger_is_heard_over_udp_and_tcp_with_both_headers_and_framings() {
    let (node, _, _) = Node::acme().await;
    let (udp, tcp) = (node.address("udp").port().to_string(), node.address("tcp").port().to_string());
    for arguments in [
        vec!["--udp", "--port", &udp, "--rfc3164"],
        vec!["--udp", "--port", &udp, "--rfc5424"],
        vec!["--tcp", "--port", &tcp, "--rfc3164"],
        vec!["--tcp", "--port", &tcp, "--rfc5424", "--octet-count"],
    ] {
        let mut command = Command::new("logger");
        command.args(["--server", "127.0.0.1", "--tag", "test"]).args(arguments).arg(&FORTIGATE[5..]);
        assert!(command.status().unwrap().success());
    }
    node.until(KEPT, 4).await;
    node.until("select coalesce(sum(unparsed), 0)::bigint from source_counts", 0).await;
}

#[tokio::test]
async fn rsyslog_passes_lines_on_over_udp_and_tcp_and_its_escapes_are_undone() {
    let (node, _, _) = Node::acme().await;
    let snare = "<13>Nov 20 10:15:01 DC01 MSWinEventLog\t1\tSecurity\t731\tFri Nov 20 10:15:01 2026\t4625\t\
        Microsoft-Windows-Security-Auditing\tACME\\eve\tN/A\tFailure Audit\tDC01.acme.example\tLogon\t\t\
        An account failed to log on.\t730";
    for transport in ["udp", "tcp"] {
        let relay = relay(&node, transport, "");
        take(&relay, &format!("{FORTIGATE}\n{snare}\n")).await;
        node.until_counted(transport, "received", 2).await;
    }
    node.until(KEPT, 4).await;
    node.until("select coalesce(sum(unparsed), 0)::bigint from source_counts", 0).await;
}

#[tokio::test]
async fn rsyslog_speaks_tls_with_a_client_certificate_and_without_one_is_turned_away() {
    let directory = tempfile::tempdir().unwrap();
    certificates(directory.path(), &["localhost", "relay"]);
    let at = |name: &str| directory.path().join(name);
    let (node, _, _) = Node::acme_with(|ingest| {
        ingest.tls_certificate_file = at("localhost.pem");
        ingest.tls_key_file = at("localhost.key");
        ingest.tls_client_ca_file = at("ca.pem");
        ingest.tls_client_certificates = platform::config::ClientCertificates::Required;
    })
    .await;
    let settings = |client: &str| {
        let file = |name: &str| at(name).display().to_string();
        let own = match client {
            "" => String::new(),
            name => format!(
                "DefaultNetstreamDriverCertFile=\"{}\" DefaultNetstreamDriverKeyFile=\"{}\"",
                file(&format!("{name}.pem")),
                file(&format!("{name}.key"))
            ),
        };
        format!("DefaultNetstreamDriverCAFile=\"{}\" {own}", file("ca.pem"))
    };
    let nobody = relay(&node, "tls", &settings(""));
    take(&nobody, &format!("{FORTIGATE}\n")).await;
    node.until_counted("tls", "failed_handshakes", 1).await;
    let relay = relay(&node, "tls", &settings("relay"));
    take(&relay, &format!("{FORTIGATE}\n{FORTIGATE}\n")).await;
    node.until(KEPT, 2).await;
    assert_eq!(node.received("tls"), 2, "whoever shows no certificate is not heard");
}
