//! The rules that come with the program: each with an event that it is about and one that it is not about.

use rules::Engine;

use crate::lines::{IPS, Stream};

fn fortigate(fields: &str) -> String {
    format!(r#"date=2026-11-21 time=02:00:00 devname="fw-01" devid="FGT60F0000000001" vd="root" {fields}"#)
}

fn windows(channel: &str, code: u32, data: &str) -> String {
    format!(
        r#"{{"EventTime":"2026-11-21 02:00:00","Hostname":"dc01.corp.example","EventType":"AUDIT_SUCCESS","SeverityValue":2,"Severity":"INFO","EventID":{code},"SourceName":"Microsoft-Windows-Security-Auditing","Channel":"{channel}","Message":"m"{data}}}"#
    )
}

/// `meets` fires exactly the rules named (by their titles' beginnings), once each; `misses` fires none.
fn check(titles: &[&str], meets: &[String], misses: &[String]) {
    let told = |lines: &[String]| {
        let lines = lines.iter().map(String::as_str).collect::<Vec<_>>();
        let firings = Stream::new().send(&Engine::default(), &lines);
        let mut titles = firings.into_iter().map(|firing| firing.notification.rule_name).collect::<Vec<_>>();
        titles.sort();
        titles
    };
    let mut expected = titles.to_vec();
    expected.sort_unstable();
    assert_eq!(told(meets), expected);
    assert_eq!(told(misses), [""; 0], "{titles:?}");
}

fn times(count: usize, line: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(line).collect()
}

#[test]
fn what_a_fortigate_recognises_fires() {
    let low = IPS.replace("critical", "low");
    check(&["FortiGate IPS detected an attack"], &[IPS.to_owned()], &[low]);
    let anomaly = r#"type="utm" subtype="anomaly" severity="critical" srcip=203.0.113.9 dstip=192.0.2.20 action="clear_session" attack="tcp_syn_flood""#;
    let other = anomaly.replace("\"anomaly\"", "\"app-ctrl\"");
    check(
        &["FortiGate denial-of-service policy met an anomaly"],
        &[fortigate(anomaly)],
        &[fortigate(&other)],
    );
    let virus = r#"type="utm" subtype="virus" eventtype="infected" srcip=192.0.2.30 dstip=203.0.113.80 action="blocked" virus="EICAR_TEST_FILE""#;
    let oversize = virus.replace("infected", "oversize");
    check(&["FortiGate found malware"], &[fortigate(virus)], &[fortigate(&oversize)]);
    let added = r#"type="event" subtype="system" logid="0100044547" user="admin" ui="https(203.0.113.9)" action="Add" cfgpath="system.admin" cfgobj="backdoor""#;
    let edited = added.replace("\"Add\"", "\"Edit\"");
    check(&["FortiGate administrator account was created"], &[fortigate(added)], &[fortigate(&edited)]);
}

#[test]
fn sign_ins_to_a_fortigate_that_fail_in_a_row_fire_once() {
    let failed = |_: usize| {
        fortigate(
            r#"type="event" subtype="system" logid="0100032002" user="admin" ui="https(203.0.113.9)" action="login" status="failed" reason="passwd_invalid""#,
        )
    };
    check(&["FortiGate administrator sign-ins fail in a row"], &times(9, failed), &times(4, failed));
    let of = |user: usize| {
        fortigate(&format!(
            r#"type="event" subtype="vpn" logid="0101039426" remip=203.0.113.9 user="user{user}" action="ssl-login-fail" reason="sslvpn_login_permission_denied""#
        ))
    };
    check(&["Brute force against the FortiGate VPN"], &times(12, |_| of(1)), &times(9, |_| of(1)));
    check(&["Password spraying against the FortiGate VPN"], &times(6, of), &times(5, of));
}

#[test]
fn windows_logons_that_fail_in_a_burst_fire_once_and_a_success_after_them_is_worse() {
    let failed = |user: usize, from: &str| {
        windows(
            "Security",
            4625,
            &format!(r#","TargetUserName":"user{user}","IpAddress":"{from}","LogonType":3"#),
        )
    };
    let one = |_: usize| failed(1, "203.0.113.9");
    check(&["Windows logons fail in a burst"], &times(11, one), &times(9, one));
    check(&[], &[], &times(30, |_| failed(1, "-")));
    let spray = |user| failed(user, "203.0.113.9");
    check(&["Password spraying against Windows accounts"], &times(8, spray), &times(7, spray));
    let signed_in = |from: &str| {
        windows("Security", 4624, &format!(r#","TargetUserName":"user1","IpAddress":"{from}","LogonType":3"#))
    };
    let mut guessed = times(10, one);
    guessed.push(signed_in("203.0.113.9"));
    let both = ["Windows logons fail in a burst", "Windows logon succeeds after a burst of failures"];
    check(&both, &guessed, &[signed_in("203.0.113.9")]);
    guessed.pop();
    guessed.push(signed_in("198.51.100.7"));
    check(&["Windows logons fail in a burst"], &guessed, &[]);
}

#[test]
fn what_intruders_do_on_windows_fires() {
    let security = |code, data: &str| windows("Security", code, data);
    let locked = security(4740, r#","TargetUserName":"ana","TargetDomainName":"PC-7""#);
    let unlocked = security(4767, r#","TargetUserName":"ana""#);
    check(&["Windows account was locked out"], &[locked], &[unlocked]);
    let added = |sid: &str| {
        security(4728, &format!(r#","TargetUserName":"x","TargetSid":"{sid}","SubjectUserName":"bob""#))
    };
    check(
        &["Member added to a privileged Windows group"],
        &[added("S-1-5-21-1-2-3-512")],
        &[added("S-1-5-21-1-2-3-1105")],
    );
    check(
        &["Windows security log was cleared"],
        &[security(1102, r#","SubjectUserName":"bob""#)],
        &[windows("Application", 1102, "")],
    );
    let service =
        |path: &str| windows("System", 7045, &format!(r#","ServiceName":"svc","ImagePath":"{path}""#));
    check(
        &["New Windows service"],
        &[service("C:\\\\Program Files\\\\a.exe")],
        &[windows("System", 7036, "")],
    );
    check(
        &["New Windows service", "New Windows service runs a command interpreter"],
        &[service("%COMSPEC% /c start")],
        &[],
    );
    let task = |name: &str| security(4698, &format!(r#","TaskName":"{name}","SubjectUserName":"bob""#));
    check(
        &["New Windows scheduled task"],
        &[task("\\\\Updater")],
        &[task("\\\\Microsoft\\\\Windows\\\\Defrag")],
    );
}
