"""Reads what sslyze found, and ends with 1 at anything that is worse than information."""

import json
import sys

OLD = ["ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"]
HARMS = {
    "tls_compression": "supports_compression",
    "tls_1_3_early_data": "supports_early_data",
    "openssl_ccs_injection": "is_vulnerable_to_ccs_injection",
    "heartbleed": "is_vulnerable_to_heartbleed",
    "session_renegotiation": "is_vulnerable_to_client_renegotiation_dos",
}
VIRTUES = {
    "tls_fallback_scsv": "supports_fallback_scsv",
    "session_renegotiation": "supports_secure_renegotiation",
    "tls_extended_master_secret": "supports_ems_extension",
}

(server,) = json.load(open(sys.argv[1], encoding="utf-8"))["server_scan_results"]
assert server["scan_status"] == "COMPLETED", server["scan_status"]
scan = server["scan_result"]
findings = [name for name, plugin in scan.items() if plugin and plugin["status"] == "ERROR"]


def result(name):
    return scan[name]["result"]


def suites(version):
    return [one["cipher_suite"] for one in result(f"{version}_cipher_suites")["accepted_cipher_suites"]]


findings += [f"{version} is spoken" for version in OLD if suites(version)]
findings += [f"{name}: {field}" for name, field in HARMS.items() if result(name)[field]]
findings += [f"{name}: not {field}" for name, field in VIRTUES.items() if not result(name)[field]]
modern = suites("tls_1_2") + suites("tls_1_3")
assert modern, "no TLS at all"
for suite in modern:
    is_forward = suite["name"].startswith(("TLS_ECDHE_", "TLS_AES_", "TLS_CHACHA20_"))
    is_authenticated = suite["name"].endswith(("GCM_SHA384", "GCM_SHA256", "POLY1305_SHA256"))
    if suite["is_anonymous"] or not (is_forward and is_authenticated):
        findings.append(suite["name"])
if not result("robot")["robot_result"].startswith("NOT_VULNERABLE"):
    findings.append("robot")
if not (result("http_headers")["strict_transport_security_header"] or {}).get("max_age", 0) >= 31_536_000:
    findings.append("no HSTS for a year")
if findings:
    sys.exit("sslyze: " + "; ".join(findings))
print("sslyze: TLS 1.2 and 1.3 with", ", ".join(suite["name"] for suite in modern))
