//! FortiGate's logs as OCSF classes.

use crate::columns::Rest;
use crate::event::{Event, Marks};
use crate::fortigate::{KEYS, Key, RULE_NAMES};
use crate::ocsf::{Class, common, endpoints};
use crate::ocsf_writer::Writer;

const NETWORK: u32 = 4001;
const HTTP: u32 = 4002;
const DNS: u32 = 4003;
const SMB: u32 = 4006;
const SSH: u32 = 4007;
const EMAIL: u32 = 4009;
const FILE: u32 = 4010;
const TUNNEL: u32 = 4014;
const AUTHENTICATION: u32 = 3002;

/// Writes the event, and returns which fields have become attributes.
pub(crate) fn write(event: &Event<'_>, writer: &mut Writer) -> Marks {
    let mut rest = Rest::new(event, &KEYS);
    let class = class(&rest);
    common(event, class, writer);
    decision(event, writer);
    let (source_name, destination_name) = (event.host.as_deref(), rest.take(Key::HostName));
    if class.uid == Class::FINDING {
        writer.list_of_one("evidences", |evidence| {
            endpoints(event, source_name, destination_name, evidence);
        });
        finding(event, &mut rest, writer);
    } else {
        endpoints(event, source_name, destination_name, writer);
    }
    person(event, class, writer);
    particulars(&mut rest, class, writer);
    connection(&mut rest, writer);
    rest.marks
}

/// What only this class has.
fn particulars(rest: &mut Rest<'_, '_, Key>, class: Class, writer: &mut Writer) {
    match class.uid {
        AUTHENTICATION => status(rest, writer),
        HTTP => http(rest, writer),
        DNS => {
            writer.object("query", |query| {
                query.text("hostname", rest.take(Key::Query));
                query.text("type", rest.take(Key::QueryType));
                query.text("class", rest.take(Key::QueryClass));
            });
        }
        EMAIL => {
            writer.object("email", |email| {
                email.text("from", rest.take(Key::From));
                email.text("subject", rest.take(Key::Subject));
            });
        }
        TUNNEL => {
            writer.object("tunnel_interface", |tunnel| tunnel.text("name", rest.take(Key::Tunnel)));
            writer.text("tunnel_type", rest.take(Key::TunnelType));
        }
        FILE | SMB => {
            writer.object("file", |file| file.text("name", rest.take(Key::FileName)));
        }
        _ => {}
    }
}

/// `type` and `subtype` of a log say its class.
fn class(rest: &Rest<'_, '_, Key>) -> Class {
    let text = |key: Key| rest.peek(key).unwrap_or_default();
    let (kind, subtype, action) = (text(Key::Type), text(Key::Subtype), text(Key::Action));
    // Old records have a subtype only.
    let subtype = if subtype.is_empty() { kind } else { subtype };
    match (kind, subtype) {
        ("traffic", _) => Class { uid: NETWORK, activity: traffic(action) },
        ("event", "vpn") => Class { uid: TUNNEL, activity: tunnel(action) },
        ("event", "user") => Class { uid: AUTHENTICATION, activity: sign_in(action) },
        // Of the system's events only those of a person who comes or goes are authentication.
        ("event", "system") => match sign_in(action) {
            activity @ (1 | 2) => Class { uid: AUTHENTICATION, activity },
            _ => Class::BASE,
        },
        ("event", "wad") => Class { uid: NETWORK, activity: traffic(action) },
        ("event", "wireless") if text(Key::LogText).contains("AP") => {
            Class { uid: Class::FINDING, activity: 1 }
        }
        ("event", _) => Class::BASE,
        (_, "dns") => {
            let is_answer = text(Key::EventType).contains("response");
            Class { uid: DNS, activity: if is_answer { 2 } else { 1 } }
        }
        (_, "webfilter" | "waf") => Class { uid: HTTP, activity: method(text(Key::Method)) },
        (_, "ips" | "anomaly" | "virus" | "dlp") => Class { uid: Class::FINDING, activity: 1 },
        (_, "ssh") => Class { uid: SSH, activity: traffic(action) },
        (_, "emailfilter" | "spam") => Class { uid: EMAIL, activity: 3 },
        (_, "cifs") => Class { uid: SMB, activity: 0 },
        (_, "file-filter") => Class { uid: FILE, activity: 0 },
        (_, "app-ctrl" | "ssl" | "voip" | "icap" | "forward" | "local" | "sniffer") => {
            Class { uid: NETWORK, activity: traffic(action) }
        }
        _ => Class::BASE,
    }
}

/// 1 open, 2 close, 3 reset, 4 fail, 5 refuse, 6 traffic.
fn traffic(action: &str) -> u32 {
    match action {
        "start" => 1,
        "close" => 2,
        "client-rst" | "server-rst" | "reset" | "reset_client" | "reset_server" => 3,
        "timeout" | "ip-conn" => 4,
        _ if is_refusal(action) => 5,
        _ => 6,
    }
}

fn is_refusal(action: &str) -> bool {
    matches!(
        action,
        "deny" | "denied" | "block" | "blocked" | "drop" | "dropped" | "clear_session" | "quarantine"
    )
}

/// 1 open, 2 close.
fn tunnel(action: &str) -> u32 {
    match action {
        "tunnel-up" | "phase2-up" | "tunnel-stats-up" => 1,
        "tunnel-down" | "phase2-down" => 2,
        "" => 0,
        _ => 99,
    }
}

/// 1 logon, 2 logoff.
fn sign_in(action: &str) -> u32 {
    match action {
        "login" | "logon" | "auth-logon" | "authentication" | "FSSO-logon" | "success" | "failure" => 1,
        "logout" | "logoff" | "auth-logout" | "FSSO-logoff" | "timeout" => 2,
        "" => 0,
        _ => 99,
    }
}

/// OCSF's numbers of HTTP's methods.
fn method(name: &str) -> u32 {
    let methods = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", "TRACE"];
    let at = methods.iter().position(|known| known.eq_ignore_ascii_case(name));
    at.and_then(|at| u32::try_from(at + 1).ok()).unwrap_or(0)
}

/// `action_id` and `disposition_id` of the profile `security_control`.
fn decision(event: &Event<'_>, writer: &mut Writer) {
    let Some(action) = event.action.as_deref() else { return };
    let (decided, disposition) = match action {
        "dropped" | "drop" => (2, 6),
        "quarantine" => (2, 3),
        "reset" | "reset_client" | "reset_server" => (2, 17),
        "detected" | "monitored" | "monitor" => (3, 15),
        _ if is_refusal(action) => (2, 2),
        "accept" | "pass" | "passthrough" | "permit" | "close" | "allow" | "allowed" | "exempt" => (1, 1),
        _ => (99, 99),
    };
    writer.number("action_id", decided);
    writer.text("action", Some(action));
    writer.number("disposition_id", disposition);
}

fn finding(event: &Event<'_>, rest: &mut Rest<'_, '_, Key>, writer: &mut Writer) {
    let ids = [Key::AttackId, Key::VirusId].map(|key| rest.take(key));
    let rule = ids.into_iter().flatten().next().or(event.event_code.as_deref());
    let session = rest.peek(Key::Session).filter(|session| *session != "0");
    let uid = rest.take(Key::Incident).or(session).or(rule);
    let name = RULE_NAMES.into_iter().find(|key| rest.peek(*key).is_some());
    name.and_then(|name| rest.take(name));
    let reference = rest.take(Key::Reference);
    writer.object("finding_info", |finding| {
        finding.text("title", event.rule_name.as_deref());
        finding.text("uid", uid);
        finding.text("src_url", reference);
        finding.object("analytic", |analytic| {
            analytic.text("name", event.rule_name.as_deref());
            analytic.text("uid", rule);
            analytic.number("type_id", 1);
        });
    });
    let (name, hash) = (rest.take(Key::FileName), rest.take(Key::FileHash));
    if name.is_some() || hash.is_some() {
        writer.list_of_one("resources", |resource| {
            resource.text("name", name);
            resource.text("uid", hash);
        });
    }
}

fn person(event: &Event<'_>, class: Class, writer: &mut Writer) {
    let name = event.user.as_deref();
    if class.uid == AUTHENTICATION {
        writer.object("user", |user| user.text("name", name));
    } else {
        writer.object("actor", |actor| actor.object("user", |user| user.text("name", name)));
    }
}

fn status(rest: &mut Rest<'_, '_, Key>, writer: &mut Writer) {
    let status = rest.take(Key::Status);
    let id = match status {
        Some("success" | "succeeded") => 1,
        Some(text) if text.starts_with("fail") || text == "denied" => 2,
        Some(_) => 99,
        None => return,
    };
    writer.number("status_id", id);
    writer.text("status_detail", rest.take(Key::Reason));
}

fn http(rest: &mut Rest<'_, '_, Key>, writer: &mut Writer) {
    writer.object("http_request", |request| {
        request.text("http_method", rest.take(Key::Method));
        request.text("user_agent", rest.take(Key::Agent));
        request.text("referrer", rest.take(Key::Referrer));
        let address = rest.take(Key::Url);
        request.object("url", |url| url.text("url_string", address));
    });
}

/// What the network classes say of the connection and of the rule that let it pass or not.
fn connection(rest: &mut Rest<'_, '_, Key>, writer: &mut Writer) {
    writer.object("connection_info", |connection| {
        connection.digits("protocol_num", rest.take(Key::Protocol));
        connection.text("uid", rest.take(Key::Session));
    });
    writer.object("traffic", |traffic| {
        traffic.digits("bytes_out", rest.take(Key::Sent));
        traffic.digits("bytes_in", rest.take(Key::Received));
        traffic.digits("packets_out", rest.take(Key::SentPackets));
        traffic.digits("packets_in", rest.take(Key::ReceivedPackets));
    });
    writer.object("firewall_rule", |rule| {
        let uid = rest.take(Key::PolicyUid).or_else(|| rest.peek(Key::PolicyId));
        rule.text("uid", uid);
        rule.text("name", rest.take(Key::PolicyName));
        rule.text("type", rest.take(Key::PolicyType));
    });
}
