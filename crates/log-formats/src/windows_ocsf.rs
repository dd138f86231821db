//! Windows events as OCSF classes, by their channel and number.

use crate::columns::Rest;
use crate::event::{Event, Marks};
use crate::ocsf::{Class, common, endpoints};
use crate::ocsf_writer::Writer;
use crate::windows_names::{KEYS, Key};

const FILE: u32 = 1001;
const JOB: u32 = 1006;
const PROCESS: u32 = 1007;
const LOG: u32 = 1008;
const SCRIPT: u32 = 1009;
const ACCOUNT: u32 = 3001;
const AUTHENTICATION: u32 = 3002;
const SESSION: u32 = 3003;
const GROUP: u32 = 3006;
const NETWORK: u32 = 4001;
const DNS: u32 = 4003;
/// Of the extension for Windows.
const REGISTRY_KEY: u32 = 201_001;
const REGISTRY_VALUE: u32 = 201_002;
const SERVICE: u32 = 201_004;

/// Writes the event, and returns which fields have become attributes.
pub(crate) fn write(event: &Event<'_>, writer: &mut Writer) -> Marks {
    let mut rest = Rest::new(event, &KEYS);
    let class = class(event, &rest);
    common(event, class, writer);
    match event.action.as_deref() {
        Some("success") => writer.number("status_id", 1),
        Some("failure") => writer.number("status_id", 2),
        _ => {}
    }
    writer.text("status_code", rest.take(Key::StatusCode));
    let workstation = rest.take(Key::Workstation);
    if class.uid == Class::FINDING {
        writer.list_of_one("evidences", |evidence| endpoints(event, workstation, None, evidence));
        writer.object("finding_info", |finding| {
            finding.text("title", event.rule_name.as_deref().or(event.message.as_deref()));
            finding.text("uid", rest.peek(Key::RecordId).or(rest.peek(Key::RecordNumber)));
        });
    } else {
        endpoints(event, workstation, None, writer);
    }
    people(event, &mut rest, class, writer);
    particulars(event, &mut rest, class, writer);
    rest.marks
}

/// What only this class has.
fn particulars(event: &Event<'_>, rest: &mut Rest<'_, '_, Key>, class: Class, writer: &mut Writer) {
    match class.uid {
        AUTHENTICATION => {
            writer.digits("logon_type_id", rest.take(Key::LogonType));
            writer.text("auth_protocol", rest.take(Key::AuthPackage));
        }
        PROCESS => process(rest, writer),
        DNS => writer.object("query", |query| query.text("hostname", rest.take(Key::Query))),
        FILE => writer.object("file", |file| file.text("path", rest.take(Key::TargetFile))),
        REGISTRY_KEY => {
            writer.object("reg_key", |key| key.text("path", rest.take(Key::TargetObject)));
        }
        REGISTRY_VALUE => {
            writer.object("reg_value", |value| {
                value.text("path", rest.take(Key::TargetObject));
                value.text("data", rest.take(Key::Details));
            });
        }
        GROUP => writer.object("group", |group| group.text("name", event.user.as_deref())),
        JOB => writer.object("job", |job| job.text("name", rest.take(Key::TaskName))),
        SERVICE => {
            writer.object("win_service", |service| {
                service.text("name", rest.take(Key::ServiceName));
                let file = rest.take(Key::ImagePath).or_else(|| rest.take(Key::ServiceFile));
                service.text("cmd_line", file);
            });
        }
        _ => {}
    }
}

fn class(event: &Event<'_>, rest: &Rest<'_, '_, Key>) -> Class {
    let channel = rest.peek(Key::Channel).unwrap_or_default();
    let product = event.product.as_deref().unwrap_or_default();
    let code = event.event_code.as_deref().and_then(|code| code.parse().ok()).unwrap_or(0);
    if product.contains("Sysmon") || channel.contains("Sysmon") {
        sysmon(code)
    } else if product.contains("Windows Defender") || channel.contains("Windows Defender") {
        match code {
            1006 | 1015 | 1116 | 1117 | 1118 | 1119 => Class { uid: Class::FINDING, activity: 1 },
            _ => Class::BASE,
        }
    } else if product.ends_with("PowerShell") {
        Class { uid: SCRIPT, activity: 1 }
    } else if product.ends_with("TaskScheduler") {
        Class { uid: JOB, activity: task(code) }
    } else {
        security(code, product)
    }
}

/// Numbers of the task scheduler's own log.
fn task(code: u32) -> u32 {
    match code {
        106 => 1,
        140 => 2,
        141 => 3,
        100 | 101 | 129 | 200 => 6,
        _ => 99,
    }
}

/// Sysmon's numbers (Sysinternals, "Sysmon events").
fn sysmon(code: u32) -> Class {
    let (uid, activity) = match code {
        1 => (PROCESS, 1),
        5 => (PROCESS, 2),
        10 => (PROCESS, 3),
        8 => (PROCESS, 4),
        3 => (NETWORK, 1),
        22 => (DNS, 1),
        11 | 15 => (FILE, 1),
        23 | 26 => (FILE, 4),
        2 => (FILE, 6),
        12 => (REGISTRY_KEY, 0),
        13 => (REGISTRY_VALUE, 2),
        14 => (REGISTRY_VALUE, 4),
        _ => return Class::BASE,
    };
    Class { uid, activity }
}

/// Numbers of the security log (Microsoft, "Advanced security audit policy settings").
fn security(code: u32, product: &str) -> Class {
    let is_audit = product.contains("Security-Auditing") || product == "Security" || product.is_empty();
    let (uid, activity) = match code {
        6005 if product.eq_ignore_ascii_case("EventLog") => (SERVICE, 3),
        6006 if product.eq_ignore_ascii_case("EventLog") => (SERVICE, 4),
        7045 if product.contains("Service Control Manager") => (SERVICE, 1),
        1102 | 104 if product.contains("Eventlog") => (LOG, 1),
        _ if !is_audit => return Class::BASE,
        4624 | 4625 | 4648 | 4776 => (AUTHENTICATION, 1),
        4634 | 4647 => (AUTHENTICATION, 2),
        4768 => (AUTHENTICATION, 3),
        4769 => (AUTHENTICATION, 4),
        4770 => (AUTHENTICATION, 5),
        4771 => (AUTHENTICATION, 6),
        4720 => (ACCOUNT, 1),
        4722 => (ACCOUNT, 2),
        4723 => (ACCOUNT, 3),
        4724 => (ACCOUNT, 4),
        4725 => (ACCOUNT, 5),
        4726 => (ACCOUNT, 6),
        4740 => (ACCOUNT, 9),
        4738 | 4767 | 4781 => (ACCOUNT, 99),
        4672 => (SESSION, 1),
        4727 | 4731 | 4754 => (GROUP, 6),
        4730 | 4734 | 4758 => (GROUP, 5),
        4728 | 4732 | 4756 => (GROUP, 3),
        4729 | 4733 | 4757 => (GROUP, 4),
        4688 => (PROCESS, 1),
        4689 => (PROCESS, 2),
        4698 => (JOB, 1),
        4699 => (JOB, 3),
        4700 => (JOB, 4),
        4701 => (JOB, 5),
        4702 => (JOB, 2),
        4697 => (SERVICE, 1),
        5156 | 5158 => (NETWORK, 1),
        5152 | 5157 => (NETWORK, 5),
        _ => return Class::BASE,
    };
    Class { uid, activity }
}

/// The user is whom the event is about; who did it is the actor, if that is somebody else.
fn people(event: &Event<'_>, rest: &mut Rest<'_, '_, Key>, class: Class, writer: &mut Writer) {
    let (name, subject) = (event.user.as_deref(), rest.peek(Key::SubjectUser));
    let has_user = matches!(class.uid, AUTHENTICATION | ACCOUNT | SESSION);
    if has_user {
        writer.object("user", |user| {
            user.text("name", name);
            user.text("domain", rest.take(Key::TargetDomain));
            user.text("uid", rest.take(Key::TargetSid));
        });
    }
    if !has_user && subject.is_some() && subject != name {
        rest.give_back(Key::TargetUser);
    }
    let (actor, domain) = match subject {
        Some(subject) => (Some(subject), rest.take(Key::SubjectDomain)),
        None => (name.filter(|_| !has_user), None),
    };
    if subject.is_some() {
        rest.take(Key::SubjectUser);
    }
    writer.object("actor", |object| {
        object.object("user", |user| {
            user.text("name", actor);
            user.text("domain", domain);
        });
    });
}

fn process(rest: &mut Rest<'_, '_, Key>, writer: &mut Writer) {
    let path = rest.take(Key::Image).or_else(|| rest.take(Key::ProcessName));
    let parent = rest.take(Key::ParentImage).or_else(|| rest.take(Key::ParentProcessName));
    writer.object("process", |process| {
        process.text("cmd_line", rest.take(Key::CommandLine));
        process.object("file", |file| file.text("path", path));
        process.object("parent_process", |process| {
            process.text("cmd_line", rest.take(Key::ParentCommandLine));
            process.object("file", |file| file.text("path", parent));
        });
    });
}
