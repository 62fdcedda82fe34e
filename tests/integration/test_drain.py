"""How rota ends while it is busy: nobody who was let in is reset, what is in flight ends by itself, and what does not is cut where limits.drain says so, in a
way that cannot pass for a whole answer. The plain story of one signal is in test_process.py."""

import signal
import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest
from support.rota import SANITIZED, eventually, load
from support.wire import OK, SECONDS, Client, assert_own, dechunked

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
ASK = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo/1\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo/1\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FOR_EVER = "10m"
each_number_of_workers = pytest.mark.parametrize("workers", ["1", "4"])
each_signal = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])


def chunk(payload):
    return b"%x\r\n%s\r\n" % (len(payload), payload)


def is_draining(balancer):
    return "rota: draining: " in balancer.log()


def drain(balancer, number=signal.SIGTERM):
    balancer.signal(number)
    eventually(lambda: is_draining(balancer), SECONDS, "draining")


@contextmanager
def all_at_once(balancer):
    """What is done meanwhile, rota sees together, and only then."""
    balancer.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        balancer.signal(signal.SIGCONT)


def rest_of(client):
    """All that still comes, and how it ends: "end", or "reset"."""
    client.socket.settimeout(SECONDS)
    text = client.read_exactly(len(client.received) - client._taken)
    try:
        while piece := client.socket.recv(1 << 20):
            text += piece
    except ConnectionResetError:
        return text, "reset"
    return text, "end"


class Gate:
    """Between two steps of a script; says when the first is done, and lets the second begin."""

    def __init__(self):
        self.reached, self.opened = threading.Event(), threading.Event()

    def pass_through(self):
        self.reached.set()
        assert self.opened.wait(3 * SECONDS)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.opened.set()


# ---- who was let in


@each_number_of_workers
@each_signal
def test_who_was_connected_before_the_signal_and_asks_right_behind_it_is_answered(rota, test_instance, number, workers):
    balancer = rota(to=[test_instance()], env={"ROTA_WORKERS": workers})
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(balancer.port)) for _ in range(200)]
        for client in clients[:100]:
            assert client.ask(GET).status == 200
        with all_at_once(balancer):
            clients += [stack.enter_context(Client(balancer.port)) for _ in range(100)]
            balancer.signal(number)
            for client in clients:
                client.send(GET)
        for client in clients:
            assert client.read_answer().status == 200
            assert rest_of(client) == (b"", "end")
        assert balancer.wait_exit(SECONDS) == 0


@each_number_of_workers
def test_requests_sent_one_behind_the_other_before_the_signal_end_with_one_that_says_so(rota, raw_upstream, gate, workers):
    def answer(connection):
        assert connection.read_request(SECONDS)
        gate.pass_through()
        connection.send(OK)

    balancer = rota(to=[raw_upstream(answer)], env={"ROTA_WORKERS": workers, "ROTA_LIMITS_DRAIN": FOR_EVER})
    with Client(balancer.port) as client:
        client.send(GET * 3)
        assert gate.reached.wait(SECONDS)
        drain(balancer)
        gate.opened.set()
        assert client.read_answer().headers["Connection"] == "close"
        assert rest_of(client) == (b"", "end")
        assert balancer.wait_exit(SECONDS) == 0


@each_number_of_workers
def test_what_rests_is_closed_in_good_order_and_nobody_new_gets_in(rota, raw_upstream, gate, workers):
    def answer(connection):
        while head := connection.read_request(SECONDS):
            if b"GET /slow " in head:
                gate.pass_through()
            connection.send(OK)

    balancer = rota(to=[raw_upstream(answer)], env={"ROTA_WORKERS": workers, "ROTA_LIMITS_DRAIN": FOR_EVER})
    with ExitStack() as stack:
        resting = [stack.enter_context(Client(balancer.port)) for _ in range(40)]
        for client in resting[:20]:
            assert client.ask(GET).status == 200
        busy = stack.enter_context(Client(balancer.port))
        busy.send(GET.replace(b" / ", b" /slow "))
        assert gate.reached.wait(SECONDS)
        drain(balancer)
        assert [rest_of(client) for client in resting] == [(b"", "end")] * 40
        eventually(lambda: refuses(balancer), SECONDS, "its listeners' being closed")
        for _ in range(50):  # each of them: with several workers it is the kernel that chooses one
            assert refuses(balancer)
        assert balancer.is_running()
        gate.opened.set()
        assert busy.read_answer().headers["Connection"] == "close"
        assert balancer.wait_exit(SECONDS) == 0


def refuses(balancer):
    try:
        socket.create_connection(("127.0.0.1", balancer.port), timeout=SECONDS).close()
        return False
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # its listener was just being closed
        return False


# ---- what is in flight ends by itself

PIECES = 20


@each_number_of_workers
@each_signal
def test_a_download_an_upload_and_a_stream_of_events_in_flight_are_finished(rota, raw_upstream, gate, number, workers):
    event, size = b"data: x\n\n", 5_000_000

    def serve(connection):
        head = connection.read_head(SECONDS)
        if b"POST /up " in head:
            came = connection.read_exactly(PIECES, SECONDS)
            gates["up"].pass_through()
            came += connection.read_exactly(size - PIECES, SECONDS)
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n%d" % len(came))
        elif b"GET /down " in head:
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * PIECES)
            gates["down"].pass_through()
            connection.send(b"x" * (size - PIECES))
        else:
            connection.send(CHUNKED + chunk(event))
            gates["events"].pass_through()
            for _ in range(PIECES):
                connection.send(chunk(event))
                assert heard.acquire(timeout=SECONDS)
            connection.send(b"0\r\n\r\n")

    gates, heard = {"up": Gate(), "down": Gate(), "events": gate}, threading.Semaphore(0)
    balancer = rota(to=[raw_upstream(serve)], env={"ROTA_WORKERS": workers, "ROTA_LIMITS_DRAIN": FOR_EVER})
    with Client(balancer.port) as up, Client(balancer.port) as down, Client(balancer.port) as events:
        up.send(b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + b"x" * PIECES)
        down.send(GET.replace(b" / ", b" /down "))
        events.send(GET)
        assert down.read_until(b"x" * PIECES, SECONDS) and events.read_until(chunk(event), SECONDS)
        assert all(each.reached.wait(SECONDS) for each in gates.values())
        drain(balancer, number)
        for each in gates.values():
            each.opened.set()
        for _ in range(PIECES):
            assert events.read_until(chunk(event), SECONDS)
            heard.release()
        assert rest_of(events) == (b"0\r\n\r\n", "end")
        text, ending = rest_of(down)
        assert (len(text), ending) == (size - PIECES, "end")
        assert balancer.is_running()
        up.send(b"x" * (size - PIECES))
        answer = up.read_answer()
        assert (answer.body, answer.headers["Connection"]) == (b"%d" % size, "close")
        assert rest_of(up) == (b"", "end")
        assert balancer.wait_exit(SECONDS) == 0


# ---- what does not is cut

DRAIN = 0.5
CUT = {
    "by length": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
    "in chunks": CHUNKED,
    "to the close": b"HTTP/1.1 200 OK\r\n\r\n",
}


def is_whole(head, text, ending):
    """Whether a client would take it for the whole answer."""
    if ending == "reset":
        return False
    if b"\r\nTransfer-Encoding: chunked\r\n" in head:
        return text.endswith(b"\r\n0\r\n\r\n") and bool(dechunked(text))
    return b"\r\nContent-Length: " not in head or len(text) >= 100


@pytest.mark.parametrize("version", [b"1.1", b"1.0"], ids=["HTTP/1.1", "HTTP/1.0"])
@pytest.mark.parametrize("framing", CUT)
def test_an_answer_still_in_flight_when_the_time_is_over_is_cut_visibly(rota, raw_upstream, framing, version):
    def begin(connection):
        connection.read_request(SECONDS)
        connection.send(CUT[framing] + (chunk(b"begun") if framing == "in chunks" else b"begun"))
        seen.append(connection.wait_closed(SECONDS))

    seen = []
    balancer = rota(to=[raw_upstream(begin)], env={"ROTA_LIMITS_DRAIN": f"{int(1000 * DRAIN)}ms"})
    with Client(balancer.port) as client:
        client.send(GET.replace(b"1.1", version))
        head = client.read_head(SECONDS)
        assert client.read_until(b"begun", SECONDS)
        began = time.monotonic()
        balancer.signal(signal.SIGTERM)
        text, ending = rest_of(client)
        assert DRAIN <= time.monotonic() - began < SECONDS / 2
        assert not is_whole(head, b"begun" + text, ending), (head, text, ending)
        assert balancer.wait_exit(SECONDS) == 0
    eventually(lambda: seen == [True], SECONDS, "the instance's being left")


def test_an_upload_still_in_flight_when_the_time_is_over_is_no_whole_request_for_its_instance(rota, raw_upstream):
    def take(connection):
        connection.read_until(b"begun\r\n", SECONDS)
        begun.set()
        ended.append(connection.wait_closed(SECONDS))

    begun, ended = threading.Event(), []
    upstream = raw_upstream(take)
    balancer = rota(to=[upstream], env={"ROTA_LIMITS_DRAIN": "300ms"})
    with Client(balancer.port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"begun"))
        assert begun.wait(SECONDS)
        balancer.signal(signal.SIGTERM)
        assert b" 200 " not in rest_of(client)[0]
        assert balancer.wait_exit(SECONDS) == 0
    eventually(lambda: ended == [True], SECONDS, "the instance's hearing of it")
    assert upstream.received[0].endswith(chunk(b"begun"))


# ---- tunnels


def echo_tunnel(connection):
    connection.read_head(SECONDS)
    connection.send(SWITCH)
    while line := connection.read_until(b"\n", SECONDS):
        connection.send(line.upper())


@each_number_of_workers
@each_signal
def test_a_tunnel_lives_until_the_time_is_over_and_is_then_a_reset(rota, raw_upstream, number, workers):
    balancer = rota(to=[raw_upstream(echo_tunnel)], env={"ROTA_WORKERS": workers, "ROTA_LIMITS_DRAIN": f"{int(1000 * DRAIN)}ms"})
    with Client(balancer.port) as client:
        client.send(ASK)
        assert client.read_interim().status == 101
        began = time.monotonic()
        drain(balancer, number)
        while time.monotonic() - began < DRAIN / 2:
            client.send(b"still here?\n")
            assert client.read_until(b"\n", SECONDS) == b"STILL HERE?\n"
        assert rest_of(client) == (b"", "reset")
        assert DRAIN <= time.monotonic() - began < SECONDS / 2
        assert balancer.wait_exit(SECONDS) == 0


@each_number_of_workers
def test_a_tunnel_that_ends_by_itself_is_waited_for_and_for_nothing_else(rota, raw_upstream, workers):
    balancer = rota(to=[raw_upstream(echo_tunnel)], env={"ROTA_WORKERS": workers, "ROTA_LIMITS_DRAIN": FOR_EVER})
    with Client(balancer.port) as client:
        client.send(ASK)
        assert client.read_interim().status == 101
        drain(balancer)
        client.send(b"bye\n")
        assert client.read_until(b"\n", SECONDS) == b"BYE\n"
        assert balancer.is_running()
        client.finish()
        assert rest_of(client) == (b"", "end")
        assert balancer.wait_exit(SECONDS) == 0


@each_number_of_workers
@each_signal
def test_a_second_signal_ends_everything_at_once(rota, raw_upstream, number, workers):
    def serve(connection):
        if b"\r\nUpgrade: " in connection.read_head(SECONDS):
            connection.send(SWITCH)
        else:
            connection.send(CHUNKED + chunk(b"begun"))
        connection.wait_closed(SECONDS)

    balancer = rota(to=[raw_upstream(serve)], env={"ROTA_WORKERS": workers, "ROTA_LIMITS_DRAIN": FOR_EVER})
    with Client(balancer.port) as tunnel, Client(balancer.port) as stream, Client(balancer.port) as half:
        tunnel.send(ASK)
        assert tunnel.read_interim().status == 101
        stream.send(GET)
        assert stream.read_until(b"begun\r\n", SECONDS)
        half.send(GET[:-2])
        drain(balancer)
        assert not balancer.log().count("asked again")
        balancer.signal(number)
        assert rest_of(tunnel) == (b"", "reset")
        text, ending = rest_of(stream)
        assert ending == "reset" or b"0\r\n\r\n" not in text
        assert b" 200 " not in rest_of(half)[0]
        assert balancer.wait_exit(SECONDS) == 0
    assert balancer.log().endswith("rota: asked again: ending at once\nrota: ended\n")


# ---- under load


@each_number_of_workers
@each_signal
def test_under_load_every_request_is_answered_whole_or_refused_a_connection(rota, test_instance, number, workers):
    rate, seconds = (200 if SANITIZED else 500), 3
    instances = [test_instance(f"instance-{each}") for each in (1, 2, 3)]
    balancer = rota(to=instances, env={"ROTA_WORKERS": workers})
    result = {}

    def run():
        result.update(
            load(balancer, rate=rate, seconds=seconds, close=True, post=20, body=20_000, answer=20_000, connections=500, allow_failures=True, check=instances)
        )

    loading = threading.Thread(target=run)
    loading.start()
    eventually(lambda: sum(instance.count() for instance in instances) > rate, SECONDS, "the load's running")
    balancer.signal(number)
    assert balancer.wait_exit(SECONDS) == 0
    loading.join(6 * SECONDS)
    assert set(result["kinds"]) == {"refused"}, result["kinds"]
    assert result["answered"] > rate and result["answered"] + result["kinds"]["refused"] == result["due"]


def test_a_request_that_has_no_answer_when_the_time_is_over_is_told_so(rota, raw_upstream):
    def say_nothing(connection):
        connection.read_request(SECONDS)
        reached.set()
        connection.wait_closed(SECONDS)

    reached = threading.Event()
    balancer = rota(to=[raw_upstream(say_nothing)], env={"ROTA_LIMITS_DRAIN": "300ms"})
    with Client(balancer.port) as client:
        client.send(GET)
        assert reached.wait(SECONDS)
        balancer.signal(signal.SIGTERM)
        answer = client.read_answer()
        assert assert_own(answer, 503, "destination_unavailable")["title"] == "rota is shutting down"
        assert answer.headers["Connection"] == "close"
        assert rest_of(client) == (b"", "end")
        assert balancer.wait_exit(SECONDS) == 0
