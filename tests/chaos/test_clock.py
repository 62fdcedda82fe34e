"""The wall clock jumps, by hours, forwards and back: it stands in logs, and nothing is decided by it."""

import json
import struct
import subprocess

import pytest
from story import LONG, RATE, probes_of
from support.rota import ROOT, SANITIZED, eventually

HOUR = 3600


@pytest.mark.slow
@pytest.mark.skipif(SANITIZED, reason="a sanitizer's own library wants to be the first that is loaded")
def test_a_wall_clock_that_jumps_by_hours_changes_nothing_but_what_the_log_says(story, tmp_path):
    library, offset, log = tmp_path / "jumping_clock.so", tmp_path / "offset", tmp_path / "access"
    source = ROOT / "tests/support/jumping_clock.cpp"
    subprocess.run(["clang++-19", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    offset.write_bytes(struct.pack("q", 0))
    env = {"LD_PRELOAD": str(library), "JUMPING_CLOCK": str(offset)}
    stage = story(log=f"{{ format: json, path: {log} }}", env=env)
    jumps = [0, HOUR, -HOUR, 30 * HOUR, 0]
    with stage.traffic(post=20) as traffic:
        for jump in jumps:
            with offset.open("r+b") as file:  # in place: rota looks at it all the time
                file.write(struct.pack("q", jump))
            before = [probes_of(instance) for instance in stage.instances]
            stage.after_requests(RATE // 2)
            # They go on at their pace, neither at once nor never.
            eventually(lambda: all(probes_of(instance) > first for instance, first in zip(stage.instances, before)), LONG, "the next probes")
            assert all(probes_of(instance) <= first + 3 for instance, first in zip(stage.instances, before))
        traffic.assert_nothing_failed()
    for instance in stage.instances:
        assert stage.announcements(instance, "healthy") == 1 and stage.condition_of(instance) == "healthy"
    # It did jump: the log has days and hours, and no duration has.
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert len({line["ts"][:13] for line in lines}) >= len(set(jumps))
    assert max(line["duration"] for line in lines) < 60
