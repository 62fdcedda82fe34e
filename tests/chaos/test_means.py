"""The means of these stories do what is said of them, or no zero of theirs would mean anything."""

import time

import pytest
from story import LONG, Traffic, Victim, set_faults
from support.rota import eventually, request


@pytest.fixture
def victim(started):
    return started(Victim())


def ask(instance, path="/load/a"):
    return request(instance.port, path=path, seconds=LONG)


def test_traffic_that_is_ended_early_reports_what_was_sent_and_no_more(victim):
    with Traffic(victim, [victim.log_path], rate=200, post=50) as traffic:
        eventually(lambda: victim.count() >= 50, LONG, "the first requests")
        result = traffic.assert_nothing_failed()
    assert 50 <= result["due"] == result["sent"] == result["answered"] == len(victim.requests()) < 200 * LONG
    assert result["rate"]["reached"] == pytest.approx(200, rel=0.2) and 0 < result["posts"] < result["due"]


def test_traffic_sees_what_fails_and_who_it_was(victim):
    with Traffic(victim, [victim.log_path], rate=200) as traffic:
        eventually(lambda: victim.count() >= 20, LONG, "the first requests")
        set_faults(victim, status=503)
        eventually(lambda: victim.count() >= 60, LONG, "more of them")
        with pytest.raises(AssertionError):
            traffic.assert_nothing_failed()
        with pytest.raises(AssertionError):
            traffic.assert_no_get_failed()
    assert traffic.result()["kinds"]["status 503"] >= 20


def test_a_delay_comes_before_the_answer_and_not_before_that_to_a_probe(victim):
    set_faults(victim, delay=300)
    began = time.monotonic()
    assert ask(victim).status == 200
    assert time.monotonic() - began >= 0.3
    set_faults(victim, delay=3_600_000)
    assert ask(victim, "/health").status == 200
    set_faults(victim, health_delay=300)
    began = time.monotonic()
    assert ask(victim, "/health").status == 200
    assert time.monotonic() - began >= 0.3


def test_a_status_is_answered_to_its_share_of_the_requests_and_to_no_probe(victim):
    set_faults(victim, delay=0, status=500, percent=50)
    statuses = [ask(victim).status for _ in range(200)]
    assert set(statuses) == {200, 500} and 60 <= statuses.count(500) <= 140
    assert ask(victim, "/health").status == 200
    set_faults(victim, delay=0, health=503)
    assert {ask(victim).status for _ in range(20)} == {200}
    assert ask(victim, "/health").status == 503


def test_probes_are_counted_apart_and_what_is_no_fault_is_refused(victim):
    set_faults(victim, delay=0)
    for _ in range(3):
        ask(victim, "/health")
    ask(victim)
    assert (ask(victim, "/probes").body, victim.count(), len(victim.requests())) == (b"3", 1, 1)
    for wrong in ("nonsense=1", "status=99", "percent=101", "delay", "delay=x"):
        assert ask(victim, f"/faults?{wrong}").status == 400
