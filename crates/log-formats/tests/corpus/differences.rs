//! What other programs' tests expect otherwise, and the reason.

/// A sample, the part of it that is read otherwise, and why.
pub const DIFFERENCES: &[(&str, &str, &str)] = &[
    // FortiOS log reference: `user` is one string; the other product cuts it at a comma.
    ("traffic_with_pass_and_cert.json", "user", "the user is the whole of `user`"),
    // FortiOS log reference, 0101041987: `action="info"`, and `name` is a certificate's.
    ("vpn.STANDARD.json", "action", "the action is `action`, not `name`"),
    // FortiAnalyzer's `timestamp` and `itime` are wall clocks taken for epochs: here they are an hour off.
    ("test_event_login_1.json", "timestamp", "neither eventtime nor date is there"),
    // CEF, "Date formats": a time without a zone is the device's. The other product takes it for UTC.
    ("cisco_esa_cef.json", "time", "the time names no zone"),
    // CEF, "Producer dictionary": the action is `act`. `reason` says why, `cat` is the category.
    ("cyber_reason_malop_process_added.json", "action", "`reason` is no action"),
    ("fortigate_ssl_new_con.CEF.json", "action", "`act` is the action"),
    ("pan_ngfw_traffic_cef.json", "action", "`act` is the action"),
    // Microsoft, event 2946 and 1201: who it is about stands only within the prose, the address only within an XML text
    // within the message, which is in the machine's language.
    ("nxlog-json-sekoia/Event_2946.json", "target_user", "only in the prose"),
    ("nxlog-json-sekoia/ad_fs_auditing_failure.json", "source_ip", "only in an XML text within the message"),
    // Microsoft, event 1116: `Detection User` is r1; the other product takes the account that logged.
    ("nxlog-json-sekoia/defender_1116.json", "user", "the user of the detection"),
    // A host without a port has none; the other product fills in 0.
    ("winlogbeat-json-sekoia/security_event_4625.json", "source_port", "`-` is no port"),
    // A computer's account ends in `$` (Microsoft, "Active Directory accounts"): it is part of its name.
    ("winlogbeat-json-sekoia/security_event_4662.json", "user", "a computer's name ends in $"),
    ("winlogbeat-json-sekoia/security_event_4689.json", "user", "a computer's name ends in $"),
    ("winlogbeat-json-sekoia/security_event_5145.json", "user", "a computer's name ends in $"),
    // RFC 4291, 2.5.5.2: a mapped address is the IPv4 address.
    ("winlogbeat-json-sekoia/security_event_4768.json", "source_ip", "a mapped address is IPv4"),
    // OCSF 1.8: no class has these events; a base event says so.
    ("eid-1001", "class_uid", "an error report is no process"),
    ("eid-1001", "type_uid", "an error report is no process"),
    ("eid-5007", "type_uid", "a setting that changed is no finding"),
    // OCSF 1.8, Authentication: activity 6 is Preauth, which is what event 4771 tells of.
    ("eid-4771", "type_uid", "a pre-authentication is no ticket"),
    ("eid-5007", "class_uid", "a setting that changed is no finding"),
    // OSSEC's text of an event, which Wazuh has not sent since 2018.
    ("2014 Dec 20 09:29:47 WinEvtLog:", "format", "a format nobody sends any more"),
];
