"""An instance that has become a hundred times slower leaves, with the reason, and returns by itself when it is fast again."""

import pytest
from story import LONG, RATE, SERVICE_MS, each_number_of_workers, set_faults, shares
from support.rota import SANITIZED, eventually

TIMES = 20 if SANITIZED else 100


@pytest.mark.slow
@each_number_of_workers
def test_a_slow_one_is_out_within_seconds_and_returns_when_it_is_fast_again(story, workers):
    stage = story(workers=workers)
    bad = stage.instances[0]
    with stage.traffic(rate=RATE // 2) as traffic:
        stage.after_requests(RATE // 2)
        set_faults(bad, delay=TIMES * SERVICE_MS, health_delay=5 * SERVICE_MS + 50)
        assert stage.wait_for(bad, "slow") < 50  # five seconds
        eventually(lambda: stage.after_requests(RATE // 4)[0] == 0, LONG, "its getting nothing")
        set_faults(bad)
        stage.wait_for(bad, "healthy")
        eventually(lambda: shares(stage.after_requests(RATE // 2))[0] > 0.3, LONG, "an even share again")
        # What went there has waited, or was moved when its probes took too long; nobody was told anything but an answer.
        traffic.assert_nothing_failed()
    assert f"{bad.address} is slow (" in stage.rota.log()


@pytest.mark.slow
def test_all_of_them_slow_stay_in_as_far_as_half_of_them(story):
    stage = story()
    with stage.traffic(rate=RATE // 4) as traffic:
        stage.after_requests(RATE // 8)
        for bad in stage.instances:
            set_faults(bad, delay=10 * SERVICE_MS, health_delay=5 * SERVICE_MS + 50)
        stage.wait_for(stage.instances, "slow")
        eventually(lambda: sorted(stage.after_requests(RATE // 4))[0] == 0, LONG, "one of them getting nothing")
        assert sorted(shares(stage.after_requests(RATE // 4)))[1] > 0.3
        for bad in stage.instances:
            set_faults(bad)
        stage.wait_for(stage.instances, "healthy")
        traffic.assert_nothing_failed()
