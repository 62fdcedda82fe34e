"""`rota demo`: what a newcomer sees first."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from support.rota import ROTA_BIN, eventually, request

SECONDS = 60


def test_the_story_goes_well_without_a_person():
    played = subprocess.run([ROTA_BIN, "demo", "--check"], capture_output=True, text=True, timeout=SECONDS)
    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.count("app-1 3, app-2 3, app-3 3") == 2
    assert "800 requests, 0 failed" in played.stdout
    assert "ok    app-2 is out\n" in played.stdout
    assert played.stdout.endswith("the demo went well\n")


@pytest.fixture
def port_8080_is_taken():
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8080))
            taken.listen()
        except OSError:
            pass  # somebody else has it: as good
        yield


def state_and_parent(pid):
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None, None
    return state, int(parent)


def children_of(pid):
    every = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [child for child in every if state_and_parent(child)[1] == pid]


def is_running(pid):
    return state_and_parent(pid)[0] not in (None, "Z")


def test_it_takes_a_free_port_says_what_to_try_and_stops_all_of_it(port_8080_is_taken, tmp_path):
    output = tmp_path / "output"
    with open(output, "wb") as to:
        demo = subprocess.Popen([ROTA_BIN, "demo"], stdout=to, stderr=to)
    try:
        eventually(lambda: "Ctrl-C stops all of it" in output.read_text(), SECONDS, "its greeting")
        port = int(re.search(r"Port 8080 or 8090 is taken, so rota listens on (\d+) and \d+\.", output.read_text()).group(1))
        assert output.read_text().count("curl ") == 4
        assert re.search(r"listening on 127\.0\.0\.1:\d+; service app: 127.*, 127.*, 127.* by round_robin; .*; status: http://127.*/; config: .*rota.yaml", output.read_text())
        assert request(port).status == 200
        children = children_of(demo.pid)
        assert len(children) == 4
        demo.send_signal(signal.SIGINT)
        assert demo.wait(SECONDS) == 0
        eventually(lambda: not any(map(is_running, children)), SECONDS, "its processes being gone")
    finally:
        demo.kill()
        demo.wait()
