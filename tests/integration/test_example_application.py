"""The example application by itself, with no rota in front: what the other tests and the demo take for granted."""

import signal
import socket
import subprocess
import time

import pytest
from support.rota import APPLICATION_BIN, Instance, eventually, exchange, free_port, read_answer, request

GOOD = {"game": "Mobile Legends", "gamerID": "GYUTDTE", "points": 20}


@pytest.fixture
def app(instance):
    return instance("app-1")


def process(app, **options):
    return request(app.port, "POST", "/api/process/", **options)


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_it_answers_the_same_object(app):
    answer = process(app, json=GOOD)
    assert (answer.status, answer.json()) == (200, GOOD)
    assert answer.headers["X-Instance"] == "app-1"
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("points", [0, -1, 2.5, 12345678901234567890])
def test_points_are_any_number(app, points):
    answer = process(app, json=GOOD | {"points": points})
    assert (answer.status, answer.json()["points"]) == (200, points)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "expected a JSON object"),
        (b"garbage", "expected a JSON object"),
        (b"[1]", "expected a JSON object"),
        (b'{"game":"a","gamerID":"b","points":1}x', "expected a JSON object"),
        (b'{"game":"\xff","gamerID":"b","points":1}', "expected a JSON object"),
        (b'{"gamerID":"b","points":1}', "game is missing"),
        (b'{"game":"a","points":1}', "gamerID is missing"),
        (b'{"game":"a","gamerID":"b"}', "points is missing"),
        (b'{"game":"","gamerID":"b","points":1}', "game: expected a string, not empty"),
        (b'{"game":"a","gamerID":7,"points":1}', "gamerID: expected a string, not empty"),
        (b'{"game":"a","gamerID":"b","points":"1"}', "points: expected a number"),
        (b'{"game":"a","gamerID":"b","points":1e999}', "expected a JSON object"),
        (b'{"game":"a","gamerID":"b","points":1,"x":2}', "expected game, gamerID and points, and nothing else"),
    ],
)
def test_anything_else_is_refused_with_a_reason(app, body, reason):
    answer = process(app, body=body)
    assert (answer.status, answer.json()) == (400, {"error": reason})
    assert answer.headers["X-Instance"] == "app-1"


def test_health_is_ok(app):
    answer = request(app.port, "GET", "/api/process/health")
    assert (answer.status, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["X-Instance"] == "app-1"


def test_the_front_page_counts_what_clients_asked(app):
    for _ in range(3):
        process(app, json=GOOD)
    request(app.port, "GET", "/api/process/health")
    assert request(app.port, "GET", "/").json() == {"instance": "app-1", "requests": 4}
    assert app.requests() == 4


def test_what_is_not_there_is_404_with_its_name(app):
    answer = request(app.port, "GET", "/nowhere")
    assert (answer.status, answer.headers["X-Instance"]) == (404, "app-1")


def test_garbage_is_400_and_it_lives_on(app):
    assert exchange(app.port, b"GARBAGE\r\n\r\n", until=b"\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert process(app, json=GOOD).status == 200


def test_faults_are_shown_and_reset(app):
    well = {"latency_ms": 0, "status": 0, "hang": False, "cpu": 0, "memory_mb": 0, "health_status": 0}
    assert request(app.port, "GET", "/faults").json() == well
    assert app.faults(latency_ms=1, status=503, health_status=500) == well | {"latency_ms": 1, "status": 503, "health_status": 500}
    assert app.faults(latency_ms=0, status=None, health_status=False) == well


@pytest.mark.parametrize(
    "faults",
    [[], 7, {"wrong": 1}, {"status": "503"}, {"status": 99}, {"status": 600}, {"latency_ms": -1}, {"latency_ms": 1.5}, {"latency_ms": 2**70},
     {"hang": "yes"}, {"hang": 1}, {"crash": "now"}, {"cpu": 1e9}, {"memory_mb": True}, {"latency_ms": 2**63}, {"crash": True, "wrong": 1}],
)  # fmt: skip
def test_a_bad_fault_is_refused_with_a_reason_and_changes_nothing(app, faults):
    if isinstance(faults, dict):
        faults = {"health_status": 500} | faults
    answer = request(app.port, "POST", "/faults", json=faults)
    assert answer.status == 400 and answer.json()["error"]
    assert request(app.port, "GET", "/api/process/health").status == 200


def test_latency_makes_it_slow(app):
    app.faults(latency_ms=200)
    start = time.monotonic()
    assert process(app, json=GOOD).status == 200
    assert time.monotonic() - start >= 0.2


def test_taking_latency_away_frees_who_waits(app):
    app.faults(latency_ms=3_600_000)
    with socket.create_connection(("127.0.0.1", app.port), timeout=5) as waiting:
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        app.faults(latency_ms=0)
        assert read_answer(waiting).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("status", [201, 404, 500, 503])
def test_status_makes_it_wrong_while_its_health_stays_well(app, status):
    app.faults(status=status)
    assert process(app, json=GOOD).status == status
    assert request(app.port, "GET", "/api/process/health").status == 200
    assert request(app.port, "GET", "/").status == 200


def test_health_status_makes_its_health_wrong_alone(app):
    app.faults(health_status=503)
    assert request(app.port, "GET", "/api/process/health").status == 503
    assert process(app, json=GOOD).status == 200


def test_hang_makes_it_stuck_until_told_otherwise(app):
    app.faults(hang=True)
    with socket.create_connection(("127.0.0.1", app.port), timeout=5) as stuck:
        stuck.sendall(b"GET /api/process/health HTTP/1.1\r\nHost: a\r\n\r\n")
        stuck.settimeout(0.3)
        with pytest.raises(TimeoutError):
            stuck.recv(1)
        stuck.settimeout(5)
        assert app.faults(hang=False)["hang"] is False
        assert read_answer(stuck).startswith(b"HTTP/1.1 200 ")


def test_many_that_hang_leave_the_faults_reachable(app):
    app.faults(hang=True)
    stuck = [socket.create_connection(("127.0.0.1", app.port), timeout=5) for _ in range(300)]
    for connection in stuck:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    app.faults(hang=False)
    for connection in stuck:
        assert read_answer(connection).startswith(b"HTTP/1.1 200 ")
        connection.close()


def test_kept_connections_starve_nobody(app):
    kept = [socket.create_connection(("127.0.0.1", app.port), timeout=5) for _ in range(300)]
    for _ in range(2):
        for connection in kept:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        for connection in kept:
            assert read_answer(connection).startswith(b"HTTP/1.1 200 ")
    assert process(app, json=GOOD).status == 200
    for connection in kept:
        connection.close()


def test_cpu_makes_it_busy(app):
    def used_in(seconds):
        start, used = time.monotonic(), cpu_seconds(app.pid)
        eventually(lambda: time.monotonic() - start >= seconds, seconds + 5, "the time over which CPU is counted")
        return cpu_seconds(app.pid) - used

    assert used_in(0.5) < 0.1
    app.faults(cpu=80)
    assert used_in(1.0) > 0.2  # asked for 0.8; the machine may have other things to do
    app.faults(cpu=0)
    assert used_in(0.5) < 0.1


def test_memory_makes_it_fat_and_slim_again(app):
    app.faults(memory_mb=100)
    assert app.resident_bytes() > 100 << 20
    app.faults(memory_mb=0)
    assert app.resident_bytes() < 50 << 20


def test_crash_makes_it_dead_without_an_answer(app):
    assert exchange(app.port, b'POST /faults HTTP/1.1\r\nHost: a\r\nContent-Length: 14\r\n\r\n{"crash":true}') == b""
    assert app.wait_exit() == 70
    app.start()  # and a new one takes its place, on its port
    assert process(app, json=GOOD).status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_although_connections_are_kept(app, number):
    with socket.create_connection(("127.0.0.1", app.port), timeout=5) as kept:
        kept.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read_answer(kept).startswith(b"HTTP/1.1 200 ")
        app.signal(number)
        assert app.wait_exit(5) == 0


def test_what_is_being_answered_when_the_signal_comes_is_finished(app):
    app.faults(latency_ms=300)
    with socket.create_connection(("127.0.0.1", app.port), timeout=5) as waiting:
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
        assert read_answer(waiting).startswith(b"HTTP/1.1 100 ")  # its head has been read
        request(app.port, "GET", "/faults")
        app.signal(signal.SIGTERM)
        assert read_answer(waiting).startswith(b"HTTP/1.1 200 ")
    assert app.wait_exit(5) == 0


def test_its_start_line_says_who_and_where(app):
    assert app.output() == f"app-1 listens on http://127.0.0.1:{app.port}/\n"


def test_two_on_one_port_is_one_too_many(app):
    second = subprocess.run([APPLICATION_BIN, "--listen", app.address], capture_output=True, text=True, timeout=10)
    assert second.returncode == 1
    assert second.stderr == f"rota-example-application: cannot listen on {app.address}\n"


def test_its_name_is_host_and_port_unless_given():
    port = free_port()
    unnamed = Instance(port=port)
    unnamed.command = unnamed.command[:3]
    with unnamed:
        assert request(port, "GET", "/").headers["X-Instance"].endswith(f"-{port}")


@pytest.mark.parametrize(
    "arguments", [["--listen"], ["--listen", "9001"], ["--listen", "127.0.0.1:99999"], ["--listen", "a:1x"], ["--name", "a\r\nb"], ["--name", ""], ["--what", "x"]]
)
def test_wrong_arguments_are_64_with_the_usage(arguments):
    result = subprocess.run([APPLICATION_BIN, *arguments], capture_output=True, text=True, timeout=10)
    assert (result.returncode, result.stderr[:6]) == (64, "usage:")
