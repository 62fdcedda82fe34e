"""The stage of every story here: rota as a process, test instances as processes, the load client in front of them, and whoever does the damage. How it is seen
whether an instance is out or back is in one place: `Story.condition_of`."""

import json
import re
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager

import pytest
from support.rota import LOAD_CLIENT_BIN, SANITIZED, Rota, TestInstance, eventually, request

RATE = 400 if SANITIZED else 2000
SERVICE_MS = 60 if SANITIZED else 20  # of each request: so that 24 and 40 are in flight
IN_FLIGHT = 16 if SANITIZED else 32  # at least
# What takes a second or two where the machine is ours alone. Nothing waits that long where all is well.
LONG = 60
OUT = ("failing", "open", "overloaded", "slow")
PROBE = {"interval": "1s", "timeout": "500ms", "latency": f"{5 * SERVICE_MS}ms", "path": "/health"}
ANNOUNCED = re.compile(r"(?m)^rota: (?:warning: )?\S+: (\S+) is (healthy|starting|failing|open|overloaded|slow)\b(.*)$")

# The fast pass plays most stories with several workers.
each_number_of_workers = pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 4])

CONFIG = """
workers: {workers}
access_log: {log}
{top}
defaults:
  health: {{ {health} }}
  timeouts: {{ response: 3s, connect: 1s, keep: {keep} }}
  slow_start: {slow_start}
  {more}
services:
  app: {{ instances: [{instances}] }}
"""


def set_faults(instance, **faults):
    """What is wrong with it from now on, and nothing else; an answer takes it SERVICE_MS unless `delay` says otherwise."""
    query = "&".join(f"{name}={value}" for name, value in ({"delay": SERVICE_MS} | faults).items())
    assert request(instance.port, "GET", f"/faults?{query}", seconds=LONG).status == 200


def probes_of(instance):
    return int(request(instance.port, "GET", "/probes", seconds=LONG).body)


def counts_of(instances):
    return [instance.count() for instance in instances]


class Victim(TestInstance):
    """An instance that a story may leave dead or stopped."""

    def stop(self, code=None):
        if self.process is None or self.process.poll() == -signal.SIGKILL:
            return self.expect_dead()
        self.signal(signal.SIGCONT)
        super().stop(code)


class Traffic:
    """The load client at its work, from the beginning of the context until result() or the end of it."""

    def __init__(self, to, logs, **options):
        self._command = [str(LOAD_CLIENT_BIN), "--to", to.address, "--allow-failures", "--quiet-failures", "1000000"]
        options = {"rate": RATE, "seconds": 600, "connections": 4000, "timeout": f"{LONG}s"} | options
        for name, value in options.items():
            self._command += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        for log in logs:
            self._command += ["--check", str(log)]
        self._report = None

    def __enter__(self):
        self._out = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=self._out, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._out.close()

    def result(self):
        """Nothing new is sent from here on; what became of each request, when the last is answered. Whatever the story: the instances' logs agree with it."""
        if self._report is None:
            self._process.send_signal(signal.SIGTERM)
        return self.result_of_all()

    def result_of_all(self):
        """The same, when everything is sent that it was asked for."""
        if self._report is None:
            code = self._process.wait(2 * LONG)
            self._out.seek(0)
            self._report = json.load(self._out)
            # Two cores that a sanitizer's build shares with all the others may not give it its rate; every request is counted all the same.
            assert code in ((0, 2) if SANITIZED else (0,)), self._report["verdict"]
            assert self._report["check"] is None or self._report["check"]["ok"], self._report["check"]
        return self._report

    def assert_nothing_failed(self):
        result = self.result()
        assert result["answered"] == result["due"] and not result["kinds"], (result["kinds"], result["failures"][:10])
        return result

    def assert_no_get_failed(self, posts=("status 502 ",), most=None):
        """Of the POSTs only so many, and only in these ways."""
        result = self.result()
        gets = [failure for failure in result["failures"] if failure["method"] == "GET"]
        assert not gets, (len(gets), gets[:10])
        others = [failure for failure in result["failures"] if not failure["kind"].startswith(posts)]
        assert not others, others[:10]
        assert most is None or len(result["failures"]) <= most, (len(result["failures"]), result["failures"][:10])
        return result


class Story:
    """rota in front of `size` test instances, all of them well."""

    def __init__(self, started, size=3, workers=2, slow_start="1s", keep="4s", log="{ format: off }", top="", more="", probe=None, **options):
        self.instances = [started(Victim(f"instance-{number}")) for number in range(1, size + 1)]
        for instance in self.instances:
            set_faults(instance)
        self._settings = {"workers": workers, "slow_start": slow_start, "keep": keep, "log": log, "top": top, "more": more, "probe": probe or {}}
        self.rota = started(Rota(self.config_of(self.instances), probes=True, **options))
        self._stopped = set()
        self.wait_for(self.instances, "healthy")

    def config_of(self, instances):
        """The config with these: an instance, or what stands for one in the file."""
        settings = self._settings
        health = ", ".join(f"{name}: {value}" for name, value in (PROBE | settings["probe"]).items())
        listed = ", ".join(getattr(instance, "address", instance) for instance in instances)
        return CONFIG.format(**settings, health=health, instances=listed)

    # ---- what rota thinks

    def condition_of(self, instance):
        """The last that rota said of it; empty: nothing yet."""
        said = [found[2] for found in ANNOUNCED.finditer(self.rota.log()) if found[1] == instance.address]
        return said[-1] if said else ""

    def announcements(self, instance, condition):
        return sum(found[1] == instance.address and found[2] == condition for found in ANNOUNCED.finditer(self.rota.log()))

    def wait_for(self, instances, *conditions, seconds=LONG):
        """Until each of them is one of these; returns how long that took."""
        instances = instances if isinstance(instances, (list, tuple)) else [instances]
        began = time.monotonic()
        try:
            eventually(lambda: all(self.condition_of(instance) in conditions for instance in instances), seconds, f"being {' or '.join(conditions)}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.rota.log()[-4000:]}") from None
        return time.monotonic() - began

    # ---- what the clients do

    def traffic(self, **options):
        return Traffic(self.rota, [instance.log_path for instance in self.instances], **options)

    def after_requests(self, count, seconds=LONG):
        """Waits until the instances that answer have had so many more, and returns how many each of them had."""
        instances = [instance for instance in self.instances if instance.is_running() and instance not in self._stopped]
        before = counts_of(instances)

        def had():
            assert self.rota.is_running(), "rota has ended"
            now = [after - first for after, first in zip(counts_of(instances), before)]
            return now if sum(now) >= count else None

        had_each = dict(zip(instances, eventually(had, seconds, f"{count} requests at the instances")))
        return [had_each.get(instance, 0) for instance in self.instances]

    # ---- what happens to the instances

    def restart(self, instance, **faults):
        instance.start()
        set_faults(instance, **faults)

    @contextmanager
    def stopped(self, instance):
        """It is there, and its sockets are, but it does nothing."""
        self._stopped.add(instance)
        instance.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            if instance.is_running():
                instance.signal(signal.SIGCONT)
            self._stopped.discard(instance)


def shares(had):
    return [count / sum(had) for count in had]
