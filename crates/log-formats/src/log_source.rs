//! What kind of log an event is of, in the words of Sigma's rules (its taxonomy of log sources): they say which events a
//! rule is for.

use crate::event::{Event, Format};

/// Empty is a dimension that nothing is known of. An event may be of more than one product or category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogSource<'a> {
    pub products: &'static [&'static str],
    pub service: &'a str,
    pub categories: &'static [&'static str],
}

/// Sigma's services of Windows by the channel's name.
const SERVICES: &[(&str, &str)] = &[
    ("Security", "security"),
    ("System", "system"),
    ("Application", "application"),
    ("Microsoft-Windows-Sysmon/Operational", "sysmon"),
    ("Microsoft-Windows-PowerShell/Operational", "powershell"),
    ("PowerShellCore/Operational", "powershell"),
    ("Windows PowerShell", "powershell-classic"),
    ("Microsoft-Windows-TaskScheduler/Operational", "taskscheduler"),
    ("Microsoft-Windows-WMI-Activity/Operational", "wmi"),
    ("Microsoft-Windows-Windows Defender/Operational", "windefend"),
    ("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall", "firewall-as"),
    (
        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        "terminalservices-localsessionmanager",
    ),
    ("Microsoft-Windows-Bits-Client/Operational", "bits-client"),
    ("Microsoft-Windows-CodeIntegrity/Operational", "codeintegrity-operational"),
    ("Microsoft-Windows-AppLocker/EXE and DLL", "applocker"),
    ("Microsoft-Windows-AppLocker/MSI and Script", "applocker"),
    ("Microsoft-Windows-AppXDeploymentServer/Operational", "appxdeployment-server"),
    ("Microsoft-Windows-NTLM/Operational", "ntlm"),
    ("Microsoft-Windows-DriverFrameworks-UserMode/Operational", "driver-framework"),
    ("Microsoft-Windows-LDAP-Client/Debug", "ldap_debug"),
    ("Microsoft-Windows-SMBClient/Security", "smbclient-security"),
    ("Microsoft-Windows-SmbClient/Connectivity", "smbclient-connectivity"),
    ("Microsoft-Windows-PrintService/Operational", "printservice-operational"),
    ("Microsoft-Windows-PrintService/Admin", "printservice-admin"),
    ("Microsoft-Windows-Security-Mitigations/KernelMode", "security-mitigations"),
    ("Microsoft-Windows-DNS-Client/Operational", "dns-client"),
    ("DNS Server", "dns-server"),
    ("Microsoft-ServiceBus-Client", "microsoft-servicebus-client"),
    ("MSExchange Management", "msexchange-management"),
];

/// What kind of log an event is of.
pub fn log_source<'a>(event: &'a Event<'_>) -> LogSource<'a> {
    if event.format.is_fortigate() {
        return fortigate(event);
    }
    if event.format.is_windows() {
        return windows(event);
    }
    if event.format == Format::CibercaseAudit {
        return LogSource { products: &["cibercase"], service: "audit", ..LogSource::default() };
    }
    let product: &[&str] = match event.product.as_deref().unwrap_or_default() {
        "Suricata" | "suricata" => &["suricata"],
        _ => &[],
    };
    let is_known = matches!(event.format, Format::Cef | Format::Leef | Format::KeyValue | Format::Json);
    LogSource { products: if is_known { product } else { &[] }, ..LogSource::default() }
}

fn fortigate<'a>(event: &'a Event<'_>) -> LogSource<'a> {
    let kind = event.get("type").unwrap_or_default();
    let categories: &[&str] = match kind {
        "traffic" => &["firewall"],
        "utm" => match event.get("subtype").unwrap_or_default() {
            "virus" => &["antivirus"],
            "webfilter" => &["proxy"],
            "dns" => &["dns"],
            _ => &[],
        },
        _ => &[],
    };
    LogSource { products: &["fortigate", "fortios", "fortinet"], service: kind, categories }
}

fn windows<'a>(event: &'a Event<'_>) -> LogSource<'a> {
    let channel = event.get("Channel").unwrap_or_default();
    let code = event.event_code.as_deref().unwrap_or_default();
    let named =
        SERVICES.iter().find(|(name, _)| name.eq_ignore_ascii_case(channel)).map(|(_, service)| *service);
    let service = named.or_else(|| by_provider(event)).unwrap_or(channel);
    let categories: &[&str] = match (service, code) {
        ("sysmon", _) => sysmon(code),
        ("security", "4688") => &["process_creation"],
        ("powershell", "4103") | ("powershell-classic", "800") => &["ps_module"],
        ("powershell", "4104") => &["ps_script"],
        ("powershell-classic", "400") => &["ps_classic_start"],
        ("powershell-classic", "600") => &["ps_classic_provider_start"],
        _ => &[],
    };
    LogSource { products: &["windows"], service, categories }
}

/// Some senders leave the channel out.
fn by_provider(event: &Event<'_>) -> Option<&'static str> {
    let provider = event.product.as_deref()?;
    match provider {
        "Microsoft-Windows-Security-Auditing" => Some("security"),
        "Microsoft-Windows-Sysmon" => Some("sysmon"),
        "Service Control Manager" => Some("system"),
        _ => None,
    }
}

/// Sysmon's event ids (Sysinternals, Sysmon 15).
fn sysmon(code: &str) -> &'static [&'static str] {
    match code {
        "1" => &["process_creation"],
        "2" => &["file_change"],
        "3" => &["network_connection"],
        "4" | "16" => &["sysmon_status"],
        "5" => &["process_termination"],
        "6" => &["driver_load"],
        "7" => &["image_load"],
        "8" => &["create_remote_thread"],
        "9" => &["raw_access_thread"],
        "10" => &["process_access"],
        "11" => &["file_event"],
        "12" => &["registry_add", "registry_delete", "registry_event"],
        "13" => &["registry_set", "registry_event"],
        "14" => &["registry_rename", "registry_event"],
        "15" => &["create_stream_hash"],
        "17" | "18" => &["pipe_created"],
        "19" | "20" | "21" => &["wmi_event"],
        "22" => &["dns_query"],
        "23" | "26" => &["file_delete"],
        "24" => &["clipboard_capture"],
        "25" => &["process_tampering"],
        "27" => &["file_block_executable"],
        "28" => &["file_block_shredding"],
        "29" => &["file_executable_detected"],
        "255" => &["sysmon_error"],
        _ => &[],
    }
}
