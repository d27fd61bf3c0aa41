"""The administrator's questions after one scan, asked of every face: the answers agree."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, SCANNER, address4
from scanwarden.lab.commands import run_command
from tests.e2e.service_host import ServiceHost, serving

pytestmark = pytest.mark.kernel

NMAP = "nmap -n -Pn -sS -p1-200 --max-retries 0 --min-rate 400 {target}"
PORT = 8765
PAGE_PORT = 8460
SCRIPT = str(Path(__file__).parent / "webhook_host.py")


def asked(host: ServiceHost, *words: str, ok: tuple[int, ...] = (0,)) -> list[Any]:
    """Ask on the command line and read the answer as JSON, one value a line."""
    command = [sys.executable, "-m", "scanwarden", *words, "--format", "json"]
    answered = host.lab.guarded.run(command, check=False, limit_s=60.0)
    assert answered.returncode in ok, answered.stderr
    decoder = json.JSONDecoder()
    text, values = answered.text.strip(), []
    while text:
        value, end = decoder.raw_decode(text)
        values.append(value)
        text = text[end:].strip()
    return values


def test_after_one_scan_every_face_tells_the_same(lab: Lab) -> None:
    with tempfile.TemporaryDirectory() as folder:
        posts, file = Path(folder) / "posts", Path(folder) / "log/scans.jsonl"
        Path(folder).chmod(0o755)
        token = Path(folder) / "token"
        token.write_text("a token that nobody uses")
        token.chmod(0o600)
        more = (
            f'page_socket = "{folder}/page.sock"\n[web]\nenabled = true\ntoken_file = "{token}"\n'
            f'[sinks.webhook]\nenabled = true\nurl = "http://127.0.0.1:{PORT}/"\n'
            f'[sinks.jsonl]\nenabled = true\nfile = "{file}"\n'
            '[abuse]\norganisation = "Example Hosting"\ncontact = "abuse@example.net"\n'
        )
        with lab.guarded.start([sys.executable, SCRIPT, str(PORT), str(posts)]) as receiver:
            receiver.wait_for_line(lambda line: line == b"ready", 60.0)
            with serving(lab, more=more) as host:
                run_command(lab.scanner, NMAP)
                host.wait(lambda: address4(SCANNER) in host.banned())
                host.wait(posts.exists)
                check(host, json.loads(posts.read_bytes().splitlines()[0]), file)
            told = posts.read_bytes().splitlines()
        assert len(told) == 1


def page_text(host: ServiceHost, place: str) -> str:
    """Read a page that the service itself serves, on the guarded host."""
    got = host.lab.guarded.run(["curl", "-s", "-m", "60", f"http://127.0.0.1:{PAGE_PORT}{place}"], limit_s=90.0)
    return got.text


def abuse_report(host: ServiceHost, *words: str) -> str:
    """Have a report written about a scan."""
    command = [sys.executable, "-m", "scanwarden", "abuse", "--config", str(host.file), *words]
    return host.lab.guarded.run(command, limit_s=60.0).text


def check(host: ServiceHost, post: dict[str, Any], file: Path) -> None:
    """Compare what each face says of the one scan."""
    where = ("--store", str(host.folder / "db/scanwarden.db"))
    read = ("--socket", str(host.folder / "run/read.sock"))
    ((row,), (shown,), (explained,)) = (
        asked(host, "scans", *where),
        asked(host, "show", *where, post["scans"][0]["scan"]["id"]),
        asked(host, "explain", *where, post["scans"][0]["scan"]["id"]),
    )
    sent = post["scans"][0]
    # Is anyone scanning, and who?
    ids = {
        row["id"],
        shown["row"]["id"],
        sent["scan"]["id"],
        explained["id"],
        asked(host, "top", *read)[0]["scans"][0]["id"],
    }
    assert len(ids) == 1
    assert {row["source"], shown["row"]["source"], sent["scan"]["source"]["address"]} == {address4(SCANNER)}
    # How?
    assert row["techniques"] == shown["row"]["techniques"] == sent["scan"]["techniques"] == ["tcp_syn"]
    # What did they touch?
    (target,) = shown["statement"]["targets"]
    assert target["address"] == sent["scan"]["targets"][0]["address"] == address4(GUARDED)
    assert target["tcp"] == sent["scan"]["targets"][0]["tcp"]
    assert target["tcp"].startswith(row["ports"].removeprefix("tcp ").removesuffix(",…"))  # a list cuts what is long
    # What did you do about it?
    (ban,) = asked(host, "bans", *read)[0]
    assert ban["scan"] == row["id"] == sent["ban"]["id"]
    assert ban["source"] == sent["ban"]["source"] == shown["bans"][0]["source"]
    assert ban["expires_at"] == sent["ban"]["expires_at"] == shown["bans"][0]["expires_at"]
    # The page, asked like a person asks, tells the same.
    shown_id = next(iter(ids))
    first, scan = page_text(host, "/"), page_text(host, f"/scans/{shown_id}")
    assert f'data-id="{shown_id}"' in first
    assert f'href="/sources/{address4(SCANNER)}"' in first
    assert '<p class="answer alarm" id="answer">Yes: 1 scan is going on.' in first
    assert '<dd id="technique">TCP SYN</dd>' in scan
    assert f'<dd id="ports">{row["ports"]}</dd>' in scan
    assert f'data-ban="{address4(SCANNER)}"' in scan
    assert "banned now" in scan
    # What would the network of the source be told?
    report = json.loads(abuse_report(host, *where, shown_id))
    assert report["source_identifier"] == address4(SCANNER)
    assert report["source_port"] in {part["source_port"] for part in explained["evidence"]["parts"]}
    assert (report["destination_ip"], report["protocol"]) == (address4(GUARDED), "tcp")
    # And the file has it all, readable to the group at most.
    host.wait(lambda: file.exists() and b'"ban"' in file.read_bytes())
    events = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert {event["id"] for event in events if event["event"] == "opened"} == ids
    assert file.stat().st_mode & 0o007 == 0


def test_the_courier_keeps_no_privilege(lab: Lab) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with serving(lab, more=f'[sinks.jsonl]\nenabled = true\nfile = "{folder}/log/x.jsonl"\n') as host:
            host.wait(lambda: (Path(folder) / "log/x.jsonl").exists() or (host.folder / "db/outbox.db").exists())
            box = host.folder / "db/outbox.db"
            assert box.stat().st_uid != 0
            assert box.stat().st_mode & 0o077 == 0
