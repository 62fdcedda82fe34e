"""Everything at once, through several workers: counted load, a crowd of misbehaving clients, instances that are killed, signals, and an end in the middle of
it all. Above all for the sanitizers: what only happens when things happen together is seen here or nowhere."""

import json
import signal
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from support.crowd import STORIES, Crowd, Visitor, tunnels, upgrade
from support.rota import SANITIZED, eventually, load, request
from support.wire import SECONDS

ROUNDS = 4 if SANITIZED else 2
# A round's seconds of load: while rota is to serve all of it, and around its end.
STEADY, LAST = (9, 5) if SANITIZED else (4, 2)
DRAIN = "2s" if SANITIZED else "1s"
RATE = 150 if SANITIZED else 300
LOADS = {
    "kept": {"rate": RATE, "post": 30, "body": 2000},
    "closing": {"rate": RATE // 3, "post": 20, "close": True},
    "chunked": {"rate": RATE // 3, "post": 50, "body": 20_000, "answer": 20_000, "chunked": True},
}
# All failures are listed, nothing waits for a connection, and nobody's patience ends before rota's.
COUNTED = {"allow_failures": True, "quiet_failures": 1_000_000, "connections": 500, "timeout": "60s"}
CROWD = 16
KILLS = 3  # of instances, in a round
# What may become of a request whose rota ends.
SENT_AWAY = {"refused", "reset", "closed without answer"}
CUT_OFF = SENT_AWAY | {"closed in answer", "status 503 destination_unavailable"}
# Room for a slow build on a busy machine. Where all is well, nothing waits that long.
LONG = 60
MOST_RESIDENT = 64 << 20  # five times what it is

CONFIG = """
workers: 4
access_log: {{ path: {log} }}
limits: {{ drain: {drain} }}
defaults: {{ timeouts: {{ keep: 1s, connect: 10s }} }}
services:
  app: {{ instances: [{app}] }}
  tunnels: {{ instances: [{tunnels}] }}
routes:
  - {{ service: app }}
  - {{ path: /tunnel/, service: tunnels }}
"""


class AccessLog:
    def __init__(self, path):
        self.path = path
        self.renamed = path.with_suffix(".1")

    def text(self):
        return "".join(path.read_text() for path in (self.renamed, self.path) if path.exists())

    def rename(self):
        self.path.rename(self.renamed)

    def entries(self):
        text = self.text()
        assert text.endswith("\n"), f"half a line: {text[-500:]!r}"
        return [json.loads(line) for line in text.splitlines()]

    def remove(self):
        self.path.unlink()
        self.renamed.unlink()


class Stage:
    """Plays one round after another: each with a fresh rota, on the same port and the same instances."""

    def __init__(self, balancer, instances, log):
        self.balancer = balancer
        self.instances = instances
        self.log = log
        self.played = set()

    def play(self, number):
        open_at_first = self.balancer.descriptors()
        at_once = number % 2 == 1
        steady = self._steady(number)
        assert_explained_by_kills([failure for result in steady for failure in result["failures"]])
        assert request(self.balancer.port, seconds=SECONDS).status == 200
        eventually(lambda: self.balancer.descriptors() <= open_at_first, LONG, f"being back at {open_at_first} descriptors")
        assert SANITIZED or self.balancer.peak_resident_bytes() < MOST_RESIDENT
        last = self._last(number, at_once)
        for result in last:
            assert set(result["kinds"]) <= (CUT_OFF if at_once else SENT_AWAY), result["kinds"]
            # The signal came when half was answered: these had long been sent.
            assert all(number_of(failure["id"]) > result["due"] / 4 for failure in result["failures"]), result["failures"][:5]
        self.balancer.stop()
        judge(self.log.entries(), steady + last, self.instances)
        self.log.remove()

    def _steady(self, number):
        with Crowd(self.balancer.port, size=CROWD, seed=number) as crowd, ThreadPoolExecutor() as pool:
            runs, at = self._load(pool, f"steady{number}", STEADY)
            first, second, third = self.instances
            at(0.1)
            first.kill()
            at(0.2)
            first.start()
            at(0.3)
            second.kill()
            at(0.4)
            self.log.rename()
            self.balancer.signal(signal.SIGUSR1)
            eventually(self.log.path.exists, LONG, "the log being opened anew")
            at(0.5)
            second.start()
            at(0.6)
            third.kill()
            at(0.7)
            third.start()
            self.balancer.signal(signal.SIGHUP)
            eventually(lambda: self.balancer.log().count("the config was read again") == number + 1, LONG, "saying so")
            results = [run.result() for run in runs]
        self.played |= set(crowd.played)
        return results

    # Asked once, rota finishes what it can; asked twice, it ends with everything in its hands.
    def _last(self, number, at_once):
        port, slow = self.balancer.port, f"/slow?ms={1_000_000 + number}"
        with Crowd(port, size=CROWD, seed=100 + number, drains=True), ThreadPoolExecutor() as pool, Visitor(port) as waiting, Visitor(port) as upgraded:
            runs, at = self._load(pool, f"last{number}", LAST)
            waiting.get(slow.encode())
            upgrade(upgraded, b"echo")
            eventually(lambda: any(words[1] == slow for instance in self.instances for words in instance.requests()), LONG, "being asked that")
            at(0.5)
            self.balancer.signal(signal.SIGTERM)
            if at_once:
                eventually(lambda: self.balancer.log().count("rota: draining: ") == number + 1, LONG, "the first being understood")
                self.balancer.signal(signal.SIGTERM)
            assert self.balancer.wait_exit(LONG) == 0
            # These two could not be finished.
            assert b" 200 " not in waiting.read_all()
            assert upgraded.wait_closed(SECONDS)
            return [run.result() for run in runs]

    def _load(self, pool, name, seconds):
        """The runs, and a function that waits until rota has answered that share of each."""
        runs = {f"{kind}_{name}": options for kind, options in LOADS.items()}

        def at(share):
            def is_answered():
                text = self.log.text()
                return all(text.count(f'"path":"/load/{run}-') >= share * seconds * options["rate"] for run, options in runs.items())

            eventually(is_answered, LONG, f"{share} of the load", every=0.1)

        return [pool.submit(self._run, run=run, seconds=seconds, **options) for run, options in runs.items()], at

    # Whether the load came at its rate does not matter here (exit code 2), but what the logs say of it does.
    def _run(self, **options):
        result = load(self.balancer, check=self.instances, codes=(0, 2), **options, **COUNTED)
        assert result["check"]["ok"], result["check"]
        return result


def assert_explained_by_kills(failures):
    """What has begun cannot be asked for elsewhere. An instance writes one answer after another, so that each kill leaves at most one that is half written:
    that of a chunked load, whose line is a write of its own. Apart from it only a POST may fail, and says so."""
    halves = [failure for failure in failures if failure["detail"].startswith("after ")]
    assert len(halves) <= KILLS, halves
    assert all(failure["kind"] in ("closed in answer", "reset") and failure["id"].startswith("chunked_") for failure in halves), halves
    others = [failure for failure in failures if failure not in halves]
    assert all(failure["method"] == "POST" and failure["kind"].startswith("status 502 ") for failure in others), others


def judge(entries, results, instances):
    """Each request that was answered is one line, under the id that its instance was told."""
    lines, told = defaultdict(list), defaultdict(set)
    for entry in entries:
        if entry["path"] and entry["path"].startswith("/load/"):
            lines[id_of(entry["path"])].append(entry)
    for method, target, request_id, *_ in (words for instance in instances for words in instance.requests()):
        assert method != "BAD", "what is no request has reached an instance"
        told[id_of(target)].add(request_id)
    assert len({entry["request_id"] for entry in entries}) == len(entries)
    for result in results:
        failed = {failure["id"] for failure in result["failures"]}
        assert len(failed) == result["due"] - result["answered"]
        for name in (f"{result['run']}-{number}" for number in range(result["due"])):
            own = lines.pop(name, [])
            if name in failed:
                assert len(own) <= 1, own
                continue
            assert [line["status"] for line in own] == [200], (name, own)
            assert told[name] == {own[0]["request_id"]}, (name, told[name], own)
    assert not lines, "nobody has asked for these"


def id_of(target):
    return target.removeprefix("/load/").partition("?")[0]


def number_of(name):
    return int(name.rpartition("-")[2])


def test_all_at_once_round_after_round(rota, test_instance, raw_upstream, tmp_path):
    instances, log = [test_instance(f"instance-{number}") for number in (1, 2, 3)], AccessLog(tmp_path / "access")
    addresses = ", ".join(instance.address for instance in instances)
    balancer = rota(CONFIG.format(log=log.path, drain=DRAIN, app=addresses, tunnels=raw_upstream(tunnels).address))
    stage = Stage(balancer, instances, log)
    for number in range(ROUNDS):
        stage.play(number)
        balancer.start()
    assert stage.played == {story.__name__ for story in STORIES}
