"""slowhttptest, the field's own tool against slow clients, in its four modes. Each has connections that rota must send away when their time is up, or serve;
somebody else is served all the while; and when the tool has gone, all is given back. What it says itself is asked, too."""

import csv
import json
import re
import subprocess
from collections import Counter

import pytest
from support.rota import eventually, request
from support.wire import SECONDS

CONNECTIONS = 200
SOON = "1s"
# It asks by itself, too, whether the service is still there, and waits so long for the answer.
PROBE = 15
PROBES = {("GET", 200, None), ("GET", 200, "client_gone")}
# It ends by itself when it has no connection left. Where rota sent nobody away, it would stay so long, and complain that time was up.
LONGEST = 60
NOBODY_LEFT = "No open connections left"
AT_ONCE = ["-c", CONNECTIONS, "-r", CONNECTIONS, "-p", PROBE]


class Attack:
    """slowhttptest on its way, with what it says in a folder. Leaving the context ends it."""

    def __init__(self, url, *flags, seconds, folder):
        self._said = folder / "said"
        self._table = folder / "seconds"  # and it adds .csv
        command = ["slowhttptest", *map(str, [*AT_ONCE, "-l", seconds, *flags, "-g", "-o", self._table, "-u", url])]
        with open(self._said, "w") as said:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def has_ended(self):
        return self._process.poll() is not None

    def ending(self):
        said = re.sub(r"\x1b\[[0-9;]*[mHJ]", "", self._said.read_text(errors="replace"))
        return re.findall(r"(?m)^Exit status: *(.*)$", said)[-1].strip()

    def seconds(self):
        """What it found in each second: {"Seconds": …, "Closed": …, "Pending": …, "Connected": …, "Service Available": … or 0}."""
        with open(self._table.with_suffix(".csv")) as table:
            return [{name: int(value) for name, value in row.items()} for row in csv.DictReader(table)]


@pytest.fixture
def stage(rota, test_instance, tmp_path):
    """A rota whose patience is short, its instance, and attack(path, …): slowhttptest against that path."""
    instance = test_instance()
    timeouts = {name: SOON for name in ("ROTA_LIMITS_HEADER_TIMEOUT", "ROTA_LIMITS_IDLE", "ROTA_TIMEOUTS_BODY")}
    balancer = rota(to=[instance], env=timeouts | {"ROTA_TIMEOUTS_KEEP": "10ms"})
    return Stage(balancer, instance, tmp_path)


class Stage:
    def __init__(self, balancer, instance, folder):
        self.balancer = balancer
        self.instance = instance
        self._folder = folder
        self._at_first = {process: process.descriptors() for process in (balancer, instance)}

    def play(self, path, *flags, seconds=LONGEST):
        """slowhttptest plays to its end, and somebody else is served meanwhile."""
        with Attack(self.balancer.url + path, *flags, seconds=seconds, folder=self._folder) as attack:
            eventually(lambda: self.serves() and attack.has_ended(), LONGEST, "slowhttptest's end")
        found = attack.seconds()
        assert found and all(second["Service Available"] for second in found), found
        return attack.ending()

    def serves(self):
        assert request(self.balancer.port, seconds=SECONDS).status == 200
        return True

    def assert_ended_so(self, method, status, error):
        """Each of its connections is a line that says so, and nothing of them is left."""
        eventually(lambda: self._lines()[method, status, error] >= CONNECTIONS, SECONDS, "a line for each connection")
        lines = self._lines()
        assert lines.pop((method, status, error)) == CONNECTIONS and set(lines) <= PROBES, lines
        for process, count in self._at_first.items():
            eventually(lambda: process.descriptors() <= count, SECONDS, f"being back at {count} descriptors")

    def _lines(self):
        """What the access log says so far of paths that serves() does not ask for."""
        entries = [json.loads(line) for line in self.balancer.output().splitlines(keepends=True) if line.endswith("\n")]
        return Counter((entry["method"], entry["status"], entry["error"]) for entry in entries if entry["path"] != "/")


def test_slow_headers_are_sent_away_in_time(stage):
    assert stage.play("/slow-headers", "-H", "-i", 1, "-x", 8) == NOBODY_LEFT
    stage.assert_ended_so("GET", 408, "http_request_error")


def test_slow_bodies_are_sent_away_once_they_stand_still(stage):
    assert stage.play("/slow-body", "-B", "-i", LONGEST, "-s", 8192) == NOBODY_LEFT
    stage.assert_ended_so("POST", 408, "http_request_error")
    assert not any(words[0] == "POST" for words in stage.instance.requests())  # none of them was whole


# What makes the attack is how an instance treats a thousand ranges. For rota they are a field line like any other.
def test_a_request_for_a_thousand_ranges_is_passed_on_and_answered(stage):
    assert stage.play("/ranges", "-R", "-a", 5, "-b", 2000) == NOBODY_LEFT
    stage.assert_ended_so("HEAD", 200, None)
    assert sum(words[0] == "HEAD" for words in stage.instance.requests()) == CONNECTIONS


def test_slow_reads_lose_their_answer_and_free_their_instance(stage):
    stage.play("/bytes/1000000", "-X", "-n", 1, "-z", 5, "-w", 8, "-y", 16, seconds=3)
    stage.assert_ended_so("GET", 200, "http_request_error")
