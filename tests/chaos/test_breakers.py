"""Instances that answer, but with failures: the breaker takes them out, tries them with one request at a time, and lets them back; and the budget of retries keeps
what many failures cost within bounds."""

import json
import time

import pytest
from story import IN_FLIGHT, LONG, OUT, RATE, each_number_of_workers, probes_of, set_faults, shares
from support.rota import eventually, request

SHORT = "breaker: { open: 500ms, max_open: 1s }"


@pytest.mark.slow
@each_number_of_workers
def test_one_that_fails_half_of_its_requests_is_opened_tried_and_let_back_when_it_is_mended(story, workers):
    stage = story(workers=workers, more=SHORT)
    bad = stage.instances[0]
    with stage.traffic() as traffic:
        stage.after_requests(RATE // 2)
        set_faults(bad, status=500, percent=50)
        assert stage.wait_for(bad, "open", seconds=20) < 20
        # It is tried, and fails every second trial at once: mostly it is out.
        assert shares(stage.after_requests(2 * RATE))[0] < 0.15
        assert probes_of(bad) > 0 and stage.announcements(bad, "failing") == 0
        set_faults(bad)
        stage.wait_for(bad, "healthy")
        eventually(lambda: shares(stage.after_requests(RATE // 2))[0] > 0.3, LONG, "an even share again")
        result = traffic.result()
    # A 500 is an answer: nobody asks elsewhere.
    assert set(result["kinds"]) == {"status 500"}, result["kinds"]


def test_one_that_answers_503_to_everything_but_its_probes_costs_no_get(story):
    stage = story(more=SHORT)
    bad = stage.instances[0]
    with stage.traffic() as traffic:
        stage.after_requests(RATE // 2)
        set_faults(bad, status=503)
        stage.wait_for(bad, "open", seconds=20)
        stage.after_requests(RATE)
        set_faults(bad)
        stage.wait_for(bad, "healthy")
        result = traffic.result()
    # Each of them was tried elsewhere, as far as the budget of retries goes: when the first failures came, all at once, that was a fifth of what was in flight.
    assert set(result["kinds"]) <= {"status 503"}, result["kinds"]
    assert result["failed"] < RATE // 20, result["failed"]


@pytest.mark.slow
def test_where_all_three_fail_at_most_half_of_them_are_out(story):
    stage = story(more=SHORT)
    with stage.traffic() as traffic:
        stage.after_requests(RATE // 2)
        for bad in stage.instances:
            set_faults(bad, status=500, percent=60)
        stage.wait_for(stage.instances, *OUT)
        # Who is out of three by the rule is one; so nobody is told that there is none, and two at least still answer.
        had = stage.after_requests(2 * RATE)
        assert sorted(shares(had))[1] > 0.2, had
        for bad in stage.instances:
            set_faults(bad)
        stage.wait_for(stage.instances, "healthy")
        eventually(lambda: min(shares(stage.after_requests(RATE // 2))) > 0.3, LONG, "even shares again")
        result = traffic.result()
    assert set(result["kinds"]) == {"status 500"}, result["kinds"]


@each_number_of_workers
def test_when_all_answer_503_the_instances_get_hardly_more_than_the_clients_send(story, workers):
    stage = story(workers=workers)
    for bad in stage.instances:
        set_faults(bad, status=503)
    with stage.traffic(seconds=2) as traffic:
        result = traffic.result_of_all()
    assert result["connections"]["most_open"] >= IN_FLIGHT
    assert set(result["kinds"]) == {"status 503"}, result["kinds"]
    upstream = sum(len(instance.requests()) for instance in stage.instances)
    assert result["due"] <= upstream <= 1.25 * result["due"], upstream / result["due"]


@each_number_of_workers
def test_an_open_breaker_lets_one_request_through_at_a_time(story, workers):
    stage = story(workers=workers, more="breaker: { open: 1s, max_open: 1s }")
    bad = stage.instances[0]
    with stage.traffic() as traffic:
        stage.after_requests(RATE // 2)
        set_faults(bad, status=500)
        stage.wait_for(bad, "open")
        stage.after_requests(RATE // 10)  # what was under way there is over
        seen = [(time.monotonic(), bad.count())]
        while len(seen) < 4:
            eventually(lambda: bad.count() > seen[-1][1], LONG, "a trial")
            seen.append((time.monotonic(), bad.count()))
        traffic.result()
    assert [count - seen[0][1] for _, count in seen] == [0, 1, 2, 3]
    # It is open for a second, less a tenth of it at most; and each was seen a little late.
    assert min(seen[2][0] - seen[1][0], seen[3][0] - seen[2][0]) > 0.7, seen


@pytest.mark.slow
def test_the_trial_of_a_breaker_is_never_a_post(story):
    # Nor a probe, here: the next one is a long way off.
    stage = story(more=SHORT, probe={"interval": "10m"})
    bad = stage.instances[0]
    with stage.traffic() as gets:
        stage.after_requests(RATE // 4)
        set_faults(bad, status=500)
        stage.wait_for(bad, "open")
        gets.result()
    with stage.traffic(post=100) as posts:
        stage.after_requests(2 * RATE)
        posts.assert_nothing_failed()
    assert not [words for words in bad.requests() if words[0] == "POST"]


def test_where_nobody_asks_but_by_post_an_instance_comes_back_all_the_same(story):
    stage = story(more=SHORT)
    bad = stage.instances[0]
    with stage.traffic(post=100) as traffic:
        stage.after_requests(RATE // 4)
        set_faults(bad, status=500)
        stage.wait_for(bad, "open")
        set_faults(bad)
        stage.wait_for(bad, "healthy")
        result = traffic.result()
    assert set(result["kinds"]) == {"status 500"}, result["kinds"]


@pytest.mark.slow
def test_an_instance_that_is_back_gets_no_herd(story):
    stage = story(slow_start="8s")
    victim = stage.instances[0]
    with stage.traffic() as traffic:
        stage.after_requests(RATE // 2)
        victim.kill()
        stage.wait_for(victim, "failing")
        stage.restart(victim)
        stage.wait_for(victim, "healthy")
        # A tenth of its weight beside two whole ones is a seventh of an even share.
        assert shares(stage.after_requests(RATE))[0] <= 1 / 12
        traffic.assert_nothing_failed()


@pytest.mark.slow
@each_number_of_workers
def test_an_instance_whose_breaker_closes_gets_no_herd(story, workers):
    stage = story(workers=workers, slow_start="8s", more=SHORT)
    bad = stage.instances[0]
    with stage.traffic() as traffic:
        stage.after_requests(RATE // 2)
        set_faults(bad, status=500)
        stage.wait_for(bad, "open")
        stage.after_requests(RATE // 10)
        set_faults(bad)
        tried = bad.count()
        eventually(lambda: bad.count() > tried, LONG, "its trial")
        # Less than about a quarter of an even share in its first second.
        assert shares(stage.after_requests(RATE))[0] <= 1 / 12
        traffic.result()


def refusal_of(balancer):
    answer = request(balancer.port, seconds=LONG)
    return answer if answer.status == 503 else None


@pytest.mark.slow
def test_health_endpoints_that_fail_take_everybody_out_and_let_everybody_back(story):
    stage = story()
    with stage.traffic(rate=RATE // 4) as traffic:
        stage.after_requests(RATE // 8)
        for bad in stage.instances:
            set_faults(bad, health=503)
        stage.wait_for(stage.instances, "failing")
        answer = eventually(lambda: refusal_of(stage.rota), LONG, "being told that there is nobody")
        assert int(answer.headers["Retry-After"]) >= 1
        assert json.loads(answer.body)["error"] == "destination_unavailable"
        for bad in stage.instances:
            set_faults(bad)
        stage.wait_for(stage.instances, "healthy", seconds=20)
        stage.after_requests(RATE // 8)
        result = traffic.result()
    assert set(result["kinds"]) == {"status 503 destination_unavailable"}, result["kinds"]


@pytest.mark.slow
def test_one_health_endpoint_that_fails_costs_nothing(story):
    stage = story()
    bad = stage.instances[0]
    with stage.traffic(post=20) as traffic:
        stage.after_requests(RATE // 2)
        set_faults(bad, health=503)
        stage.wait_for(bad, "failing")
        eventually(lambda: stage.after_requests(RATE // 4)[0] == 0, LONG, "its getting nothing")
        set_faults(bad)
        stage.wait_for(bad, "healthy")
        eventually(lambda: shares(stage.after_requests(RATE // 2))[0] > 0.3, LONG, "an even share again")
        # Its probes fail, but it is there: what it had under way has ended well, POSTs with it.
        traffic.assert_no_get_failed()
