"""The load of .ci/integrations/rsyslog, and the comparison of what was recorded with what has arrived."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

directory, base, secret, seconds = Path(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])
# Under load before, and after.
AROUND = min(10.0, max(3.0, seconds / 10))
PATIENCE = 600


class Caller:
    """A service with its token, renewed in time."""

    def __init__(self) -> None:
        self.token, self.until = "", 0.0

    def ask(self, path: str, body: dict | None = None) -> bytes:
        if time.monotonic() > self.until:
            form = {"grant_type": "client_credentials", "client_id": "load", "client_secret": secret}
            request = urllib.request.Request(f"{base}/sts/token", urllib.parse.urlencode(form).encode())
            with urllib.request.urlopen(request) as answer:
                self.token = json.load(answer)["access_token"]
            self.until = time.monotonic() + 120
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body else None
        with urllib.request.urlopen(urllib.request.Request(base + path, data, headers)) as answer:
            return answer.read()


def start_rsyslog() -> subprocess.Popen:
    command = ["/usr/sbin/rsyslogd", "-n", "-f", directory / "rsyslog.conf", "-i", directory / "rsyslog.pid"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def stop_rsyslog(rsyslog: subprocess.Popen) -> None:
    rsyslog.send_signal(signal.SIGTERM)
    rsyslog.wait()


def siem(caller: Caller) -> dict:
    items = json.loads(caller.ask("/api/v1/audit/followers"))["items"]
    return next(item for item in items if item["kind"] == "siem")


def wait(what: str, is_so) -> float:
    """Returns how many seconds it took."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"rsyslog: waited in vain until {what}")
        time.sleep(0.2)
    return time.monotonic() - began


def load(stop: threading.Event, counts: list) -> None:
    caller = Caller()
    organization = json.loads(caller.ask("/api/v1/organizations"))["items"][0]["id"]
    while not stop.is_set():
        ticket = {"organization_id": organization, "title": f"number {len(counts)}", "severity": "low"}
        caller.ask("/api/v1/tickets", ticket)
        counts.append(time.monotonic())
        # Some twenty a second: the loss that is looked for is no matter of speed.
        time.sleep(0.05)


def recorded(caller: Caller, changes: int) -> dict:
    """The records by the index of their leaves, once that of every change is signed. An export is a record too, of the next one."""
    records = {}

    def is_whole() -> bool:
        lines = caller.ask("/api/v1/audit/export").decode().splitlines()[1:]
        records.update({line["index"]: line["record"] for line in map(json.loads, lines)})
        return sum(record["action"] == "ticket.created" for record in records.values()) == changes

    wait("every change is signed", is_whole)
    return {index: record["id"] for index, record in records.items()}


def arrived() -> list:
    """Index and record of each line, as they came."""
    lines = (directory / "kept").read_text().splitlines()
    events = [json.loads(line[line.index("{") :]) for line in lines]
    return [(event["metadata"]["sequence"], event["metadata"]["uid"]) for event in events]


def compare(wanted: dict, came: list) -> int:
    """Says how many came more than once; ends with what is missing, another's or out of order."""
    first = {}
    for index, record in came:
        if first.setdefault(index, record) != record:
            raise SystemExit(f"rsyslog: index {index} came as two records")
    if list(first) != sorted(first):
        raise SystemExit("rsyslog: records came out of order")
    if sorted(wanted) != list(range(len(wanted))):
        raise SystemExit("rsyslog: the export has gaps")
    wrong = [index for index, record in wanted.items() if first.get(index) != record]
    if wrong:
        raise SystemExit(f"rsyslog: {len(wrong)} of {len(wanted)} records are missing, first {wrong[:5]}")
    return len(came) - len(first)


def main() -> None:
    caller, stop, counts = Caller(), threading.Event(), []
    rsyslog = start_rsyslog()
    worker = threading.Thread(target=load, args=(stop, counts), daemon=True)
    worker.start()
    try:
        time.sleep(AROUND)
        wait("the first records arrive", lambda: siem(caller)["size"] > 0)
        stop_rsyslog(rsyslog)
        before, down = siem(caller), time.monotonic()
        while time.monotonic() - down < seconds:
            if not worker.is_alive():
                raise SystemExit("rsyslog: the load ended by itself")
            time.sleep(0.2)
        wait("it is told that the receiver is away", lambda: siem(caller)["problem"])
        behind = siem(caller)["behind"]
        rsyslog = start_rsyslog()
        took = wait("the backlog has arrived", lambda: siem(caller)["size"] >= before["size"] + behind)
        time.sleep(AROUND)
        stop.set()
        worker.join()
        wanted = recorded(caller, len(counts))
        wait("all have arrived", lambda: siem(caller)["size"] >= len(wanted))
    finally:
        stop_rsyslog(rsyslog)
    again = compare(wanted, arrived())
    print(
        f"rsyslog over TLS, stopped for {seconds:.0f} s under load: {len(counts)} changes, {len(wanted)} records, "
        f"{behind} behind at its return and there {took:.1f} s later; none lost, none out of order, {again} sent twice"
    )


main()
