"""Instances that die, one, some or all of them, under load: no GET fails while anybody is left, no POST is sent twice, and they come back by themselves."""

import json
import threading
import time

import pytest
from story import IN_FLIGHT, LONG, RATE, each_number_of_workers, shares
from support.rota import eventually, free_port, load, request
from support.wire import Client


@each_number_of_workers
def test_one_of_three_killed_under_load_costs_no_get_and_comes_back_little_by_little(story, workers):
    stage = story(workers=workers, slow_start="4s")
    victim = stage.instances[0]
    with stage.traffic(post=10) as traffic:
        assert min(shares(stage.after_requests(RATE))) > 0.3
        victim.kill()
        stage.wait_for(victim, "failing", seconds=10)
        assert stage.after_requests(RATE // 2)[0] == 0
        stage.restart(victim)
        stage.wait_for(victim, "healthy", seconds=20)
        # It begins with a tenth of its weight, a twenty-first of the whole, for a second: of that this is less than a half.
        assert shares(stage.after_requests(RATE * 2 // 5))[0] < 1 / 12
        eventually(lambda: 0.30 < shares(stage.after_requests(RATE // 2))[0] < 0.37, LONG, "an even share again")
        result = traffic.assert_no_get_failed(most=200)
    assert result["connections"]["most_open"] >= IN_FLIGHT


def test_one_of_three_killed_under_load_fails_only_the_posts_that_it_had(story):
    stage = story()
    victim = stage.instances[0]
    with stage.traffic(post=50) as traffic:
        stage.after_requests(RATE)
        victim.kill()
        stage.wait_for(victim, "failing")
        stage.after_requests(RATE)
        result = traffic.assert_no_get_failed()
    # Nothing of them was answered by another instance: each stands at most in the log of the one that is dead.
    failed = {"/load/" + failure["id"] for failure in result["failures"]}
    assert failed and len(failed) == len(result["failures"])
    for other in stage.instances[1:]:
        assert not failed & {words[1] for words in other.requests()}
    # They were all under way when it died: it had a third of what was in flight, and none went there later.
    times = [failure["failed_s"] for failure in result["failures"]]
    assert max(times) - min(times) < 5, times


@pytest.mark.slow
def test_two_of_three_killed_in_the_same_instant_cost_no_get(story):
    stage = story()
    with stage.traffic(post=10) as traffic:
        stage.after_requests(RATE // 2)
        for victim in stage.instances[:2]:
            victim.process.kill()
        for victim in stage.instances[:2]:
            victim.kill()
        stage.wait_for(stage.instances[:2], "failing", seconds=10)
        stage.after_requests(RATE // 2)
        for victim in stage.instances[:2]:
            stage.restart(victim)
        stage.wait_for(stage.instances[:2], "healthy", seconds=20)
        eventually(lambda: min(shares(stage.after_requests(RATE // 2))) > 0.3, LONG, "even shares again")
        traffic.assert_no_get_failed()


def assert_nobody_is_there(port):
    began = time.monotonic()
    answer = request(port, seconds=LONG)
    took = time.monotonic() - began
    problem = json.loads(answer.body)
    assert (answer.status, problem["error"]) == (503, "destination_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["Content-Type"] == "application/problem+json"
    return took


def test_all_three_killed_is_503_at_once_and_all_back_serves_again(story):
    stage = story()
    with stage.traffic() as traffic:
        stage.after_requests(RATE // 2)
        for victim in stage.instances:
            victim.process.kill()
        for victim in stage.instances:
            victim.kill()
        stage.wait_for(stage.instances, "failing", seconds=10)
        times = sorted(assert_nobody_is_there(stage.rota.port) for _ in range(50))
        assert times[25] < 0.1 and times[-1] < 1, times
        for victim in stage.instances:
            stage.restart(victim)
        # `rise` probes, four a second: half a second; two intervals are two.
        stage.wait_for(stage.instances, "healthy", seconds=20)
        stage.after_requests(RATE // 2)
        result = traffic.result()
    # Those that the last of them took with it had begun; behind them there was nobody to be asked.
    begun = result["kinds"].pop("status 502 connection_terminated", 0)
    assert begun <= 100 and set(result["kinds"]) == {"status 503 destination_unavailable"}, (begun, result["kinds"])
    last = max(failure["failed_s"] for failure in result["failures"])
    assert result["seconds"] > last
    slowest = max(failure["failed_s"] - failure["due_s"] for failure in result["failures"])
    assert slowest < 2, slowest


@pytest.mark.slow
def test_where_nobody_ever_was_it_is_503_at_once_without_spinning(story):
    stage = story()
    for victim in stage.instances:
        victim.kill()
    stage.wait_for(stage.instances, "failing")
    with stage.traffic(seconds=1) as traffic:
        result = traffic.result_of_all()
    assert result["answered"] == 0 and result["kinds"] == {"status 503 destination_unavailable": result["due"]}
    assert stage.rota.is_running()


@pytest.mark.slow
def test_an_instance_that_comes_and_goes_every_two_seconds_costs_no_get(story):
    stage = story()
    flapping = stage.instances[0]
    with stage.traffic(post=5) as traffic:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            stage.after_requests(2 * RATE)
            flapping.kill()
            stage.after_requests(2 * RATE)
            stage.restart(flapping)
        stage.wait_for(flapping, "healthy")
        eventually(lambda: shares(stage.after_requests(RATE // 2))[0] > 0.3, LONG, "an even share again")
        traffic.assert_no_get_failed()
    assert stage.announcements(flapping, "failing") >= 3


def test_an_instance_that_resets_before_its_head_is_whole_costs_no_get(rota, test_instance, raw_upstream):
    def reset(connection):
        connection.read_request(LONG)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Le")
        connection.reset()

    balancer = two_of_them(rota, raw_upstream(reset), test_instance())
    for _ in range(20):
        answer = request(balancer.port, path="/bytes/100", seconds=LONG)
        assert (answer.status, len(answer.body)) == (200, 100)


def test_an_instance_that_resets_in_its_body_is_seen_by_the_client_and_by_no_other_instance(rota, test_instance, raw_upstream):
    def reset(connection):
        connection.read_request(LONG)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        has_begun.wait(LONG)
        connection.reset()

    has_begun, well = threading.Event(), test_instance()
    balancer = two_of_them(rota, raw_upstream(reset), well)
    with Client(balancer.port) as client:
        while b"half" not in client.received:
            client.send(b"GET /bytes/100 HTTP/1.1\r\nHost: a\r\n\r\n")
            if b"X-Instance" in client.read_head(LONG):
                client.read_exactly(100)
            else:
                client.read_until(b"half", LONG)
        asked = len(well.requests())
        has_begun.set()
        assert client.wait_closed(LONG)
        assert client.received.endswith(b"half")
    assert asked == len(well.requests()) <= 1


def two_of_them(rota, first, second):
    return rota(f"defaults: {{ breaker: {{ failures: off, ratio: off }} }}\nservices: {{ app: {{ instances: [{first.address}, {second.address}] }} }}")


def test_who_failed_is_not_asked_again_by_the_same_request(rota, test_instance, tmp_path):
    """Two of three are dead, and nothing takes them out: each request tries each of them once at most, and is answered."""
    well, log = test_instance(), tmp_path / "access"
    addresses = f"127.0.0.1:{free_port()}, 127.0.0.1:{free_port()}, {well.address}"
    balancer = rota(
        f"access_log: {{ format: json, path: {log} }}\ndefaults: {{ breaker: {{ failures: off, ratio: off }} }}\nservices: {{ app: {{ instances: [{addresses}] }} }}"
    )
    result = load(balancer, rate=RATE // 4, seconds=1, post=30, check=[well])
    assert result["answered"] == result["due"] == len(well.requests())
    eventually(lambda: log.read_text().count("\n") >= result["due"], LONG, "the last line")
    attempts = [json.loads(line)["attempts"] for line in log.read_text().splitlines()]
    assert {1, 2, 3} == set(attempts), sorted(set(attempts))
