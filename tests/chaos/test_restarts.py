"""rota itself is killed, or asked to end with a long answer under way."""

import signal
import socket
import time

from story import LONG, RATE
from support.rota import eventually, request


def test_killed_and_started_again_it_serves_at_once_on_the_same_port(story):
    stage = story()
    with stage.traffic() as traffic:
        stage.after_requests(RATE // 2)
        stage.rota.kill()
        began = time.monotonic()
        stage.rota.start()
        took = time.monotonic() - began
        stage.after_requests(RATE // 2)
        result = traffic.result()
    # Its first probes, half a second at most where they are not answered; they are.
    assert took < 10, took
    assert set(result["kinds"]) <= {"refused", "reset", "closed without answer", "closed in answer"}, result["kinds"]
    over = max(failure["failed_s"] for failure in result["failures"])
    assert over < result["seconds"]
    assert request(stage.rota.port, seconds=LONG).status == 200


def test_a_long_download_ends_whole_when_it_is_asked_to_end(story):
    size = 30_000_000
    stage = story(top="limits: { drain: 60s }")
    with socket.create_connection(("127.0.0.1", stage.rota.port), timeout=LONG) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.sendall(b"GET /bytes/%d HTTP/1.1\r\nHost: a\r\n\r\n" % size)
        received = client.recv(1000)
        head = received
        while b"\r\n\r\n" not in head:
            head += client.recv(1000)
        body = len(head) - head.index(b"\r\n\r\n") - 4
        stage.rota.signal(signal.SIGTERM)
        eventually(lambda: "draining" in stage.rota.log(), LONG, "draining")
        assert stage.rota.is_running()
        while piece := client.recv(1 << 20):
            body += len(piece)
    assert body == size
    assert stage.rota.wait_exit(LONG) == 0
