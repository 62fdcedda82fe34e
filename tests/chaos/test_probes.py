"""There is one health checker in the process: each instance is asked once an interval, whatever the number of workers and of reloads."""

import signal
import time

import pytest
from story import LONG, each_number_of_workers, probes_of
from support.rota import eventually

INTERVAL = 0.3


@pytest.mark.parametrize("reloads", [pytest.param(0, marks=pytest.mark.slow), 10], ids=["quiet", "reloaded"])
@each_number_of_workers
def test_each_instance_is_probed_once_an_interval(story, workers, reloads):
    stage = story(workers=workers, probe={"interval": f"{int(1000 * INTERVAL)}ms", "latency": "off"})
    before, began = [probes_of(instance) for instance in stage.instances], time.monotonic()
    for number in range(reloads):
        stage.rota.signal(signal.SIGHUP)
        eventually(lambda: stage.rota.log().count("read again: ") > number, LONG, "the reload")
    eventually(lambda: time.monotonic() - began > 8 * INTERVAL, LONG, "the time being over")
    had, took = [probes_of(instance) - first for instance, first in zip(stage.instances, before)], time.monotonic() - began
    # Each comes up to a tenth early; the ends of the time may hold one more or one less.
    for count in had:
        assert took / INTERVAL - 2 <= count <= took / (0.9 * INTERVAL) + 1, (had, took)
