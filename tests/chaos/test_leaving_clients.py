"""Clients that leave in the middle of a request, by the thousand, and a process that runs out of descriptors."""

import socket

import pytest
from story import LONG, RATE, set_faults
from support.many import connected
from support.rota import SANITIZED, eventually, request

LEAVING = 2000 if SANITIZED else 10_000
AT_ONCE = 100
GET = b"GET /load/leaving HTTP/1.1\r\nHost: a\r\n\r\n"
HALF = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nhalf of it"


def gone(instances):
    return sum(int(request(instance.port, path="/gone", seconds=LONG).body) for instance in instances)


def test_ten_thousand_clients_that_leave_end_what_they_asked_for_and_blame_nobody(story):
    stage = story(slow_start="1s", probe={"latency": "off"})
    for instance in stage.instances:
        set_faults(instance, delay=3_600_000)  # none of them is answered
    at_first = stage.rota.descriptors()
    left = 0
    while left < LEAVING:
        with connected(stage.rota.port, AT_ONCE) as clients:
            for number, client in enumerate(clients):
                client.send(HALF if number % 4 == 0 else GET)
            whole = sum(number % 4 != 0 for number in range(AT_ONCE)) * (left // AT_ONCE + 1)
            eventually(lambda: sum(instance.count() for instance in stage.instances) >= whole, LONG, "the requests' being there", every=0.003)
        left += AT_ONCE
    # A request that did not get there whole counts as one that was left, too.
    eventually(lambda: gone(stage.instances) >= LEAVING * 3 // 4, LONG, "the instances being left")
    eventually(lambda: stage.rota.descriptors() <= at_first + 3, LONG, f"being back at {at_first} descriptors")
    for instance in stage.instances:
        set_faults(instance)
        assert stage.condition_of(instance) == "healthy"
        assert stage.announcements(instance, "open") == 0
    with stage.traffic() as traffic:
        stage.after_requests(RATE // 2)
        traffic.assert_nothing_failed()


@pytest.mark.slow
def test_without_descriptors_those_inside_are_served_and_it_recovers_alone(story):
    stage = story(workers=1, open_files=(200, 200), probe={"latency": "off"})
    most = (200 - 64) // 2
    with connected(stage.rota.port, most - 4) as inside:
        for client in inside:
            assert client.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200
        # More than it has descriptors for: they wait in the kernel's queue.
        waiting = [socket.create_connection(("127.0.0.1", stage.rota.port), timeout=LONG) for _ in range(300)]
        for client in waiting:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        for _ in range(3):
            for client in inside:
                assert client.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200
        assert stage.rota.descriptors() <= 200
    # Whoever waited is served now, one after the other.
    for client in waiting:
        with client:
            client.settimeout(LONG)
            answer = b""
            while piece := client.recv(65536):
                answer += piece
            assert answer.startswith(b"HTTP/1.1 200 "), answer
    with stage.traffic(rate=RATE // 10) as traffic:
        stage.after_requests(RATE // 10)
        traffic.assert_nothing_failed()
    for instance in stage.instances:
        assert stage.condition_of(instance) == "healthy"
