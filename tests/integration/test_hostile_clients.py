"""Clients that mean ill, hundreds and thousands at a time: heads and bodies that drip, answers that nobody reads, connections that rest, floods beyond the limit.
While they are there, rota's memory stays within what its limits allow, and counted load beside them is served to the last request. When they have gone, or
their time is up, all that they took is given back, and the next as many take no more than they did. How one such connection ends is in test_refusals.py and
the component tests' deadlines; the limit of connections itself is in test_limits.py."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

import pytest
from support.many import answered, connected
from support.rota import SANITIZED, eventually, load, request
from support.wire import SECONDS, Client, assert_own, parse

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
UPLOAD = b"POST /echo HTTP/1.1\r\nHost: a\r\n"
# More than what rota, the kernel and the client's own socket take while nobody reads.
UNREAD = b"GET /bytes/600000 HTTP/1.1\r\nHost: a\r\n\r\n"

# By the default limits: what a buffer holds, and room for the coroutines of a request. Of one that rests: its budget is 256.
BUFFER = 60 * 1024
FRAMES = 8 * 1024
RESTS = 10 * 256
# What has nothing to do with how many they are: stacks, the allocator's rounding, what the load beside them takes.
FIXED = 4 << 20


@dataclass(frozen=True)
class Kind:
    """What one of them says, what it says again and again behind that, whether its answer is read and then it rests, and what rota holds for
    it: buffers, and whether a connection to an instance."""

    begin: bytes = b""
    drip: bytes = b""
    buffers: int = 0
    rests: bool = False
    takes_an_instance: bool = False

    @property
    def most_bytes(self):
        """In rota's memory, for each of them."""
        return self.buffers * BUFFER + FRAMES if self.buffers else RESTS

    def start(self, client):
        if self.begin:
            client.send(self.begin)
        if self.rests:
            assert client.read_answer().status == 200

    def drip_all(self, clients):
        if self.drip:
            for client in clients:
                client.send(self.drip)


SILENT = Kind()
RESTING = Kind(GET, rests=True)
HEAD = Kind(b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"y", buffers=1)
BODY = Kind(UPLOAD + b"Content-Length: 100000\r\n\r\n", b"x", buffers=2, takes_an_instance=True)
CHUNKS = Kind(UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", buffers=2, takes_an_instance=True)
READER = Kind(UNREAD, buffers=3, takes_an_instance=True)
PIPELINER = Kind(UNREAD + GET * 200, buffers=3, takes_an_instance=True)
DRIPPING = {"heads": HEAD, "bodies": BODY, "chunks": CHUNKS}
UNREADING = {"one answer": READER, "one of many answers": PIPELINER}

MANY = 400
DRIPS = 20
ROUNDS = 2


def kinds(table):
    return pytest.mark.parametrize("kind", table.values(), ids=table)


class Watch:
    """What rota and its instance had before anybody came."""

    def __init__(self, balancer, instance):
        assert [request(balancer.port).status for _ in range(100)] == [200] * 100  # what is taken once has been taken
        self.balancer = balancer
        self.instance = instance
        self.threads = balancer.threads()
        self.descriptors, self.instance_descriptors = settled(balancer, instance)
        self.resident = balancer.resident_bytes()

    def assert_taken(self, kind, count):
        """All of them are there, each with as much as is meant for it."""
        taken = count * (2 if kind.takes_an_instance else 1)
        eventually(lambda: self.balancer.descriptors() >= self.descriptors + taken, SECONDS, f"{taken} more descriptors")
        if kind.takes_an_instance:
            eventually(lambda: self.instance.descriptors() >= self.instance_descriptors + count, SECONDS, f"{count} connections at the instance")

    def assert_given_back(self):
        eventually(lambda: self.balancer.descriptors() <= self.descriptors, SECONDS, f"being back at {self.descriptors} descriptors")
        eventually(lambda: self.instance.descriptors() <= self.instance_descriptors, SECONDS, "the instance's being back where it was")
        assert self.balancer.threads() == self.threads
        assert request(self.balancer.port).status == 200

    def peak(self):
        """The most memory that rota had since the peak was forgotten, above what it had at first."""
        return self.balancer.peak_resident_bytes() - self.resident


def settled(*processes):
    """The descriptors of each, once none is kept for a next request."""
    counts = []

    def are_steady():
        counts.append([process.descriptors() for process in processes])
        return len(counts) > 10 and all(each == counts[-1] for each in counts[-10:])

    eventually(are_steady, SECONDS, "descriptors that stay as they are")
    return counts[-1]


@contextmanager
def load_beside(balancer, instance):
    """A second of counted load, of which each request has to be answered right. Whether it came at its rate does not matter."""
    with ThreadPoolExecutor() as pool:
        run = pool.submit(load, balancer, rate=100, seconds=1, post=30, check=[instance], codes=(0, 2), timeout="60s")
        yield
        result = run.result()
    assert result["answered"] == result["due"] and result["check"]["ok"], result


@pytest.fixture
def hostile(rota, test_instance):
    """hostile(ROTA_...="..."): rota, its instance, and what both had before anybody came. Idle connections to the instance are soon closed. It has one
    worker: how many each of several gets is chance, and what each keeps of its memory would be so, too."""

    def start(**env):
        instance = test_instance()
        balancer = rota(to=[instance], env={"ROTA_TIMEOUTS_KEEP": "10ms", "ROTA_WORKERS": "1"} | env)
        return balancer, instance, Watch(balancer, instance)

    return start


def come_and_go(watch, kind, count, meanwhile=None):
    """They come, drip, and go all at once. The most memory that rota had meanwhile, above what it had at first."""
    watch.balancer.forget_peak()
    with connected(watch.balancer.port, count, kind.start) as clients:
        watch.assert_taken(kind, count)
        if kind in UNREADING.values():
            eventually(lambda: len(answered(clients)) == count, SECONDS, "the beginning of each answer", every=0.05)
        with meanwhile or nullcontext():
            for _ in range(DRIPS):
                kind.drip_all(clients)
        assert watch.balancer.threads() == watch.threads
        watch.assert_taken(kind, count)  # nobody was sent away
    watch.assert_given_back()
    return watch.peak()


# ---- while they stay


@kinds(DRIPPING)
def test_many_that_drip_cost_their_buffers_hold_up_nobody_and_the_next_as_many_take_no_more(hostile, kind):
    balancer, instance, watch = hostile(ROTA_LIMITS_HEADER_TIMEOUT="2m")
    first = come_and_go(watch, kind, MANY, load_beside(balancer, instance))
    last = [come_and_go(watch, kind, MANY) for _ in range(ROUNDS)][-1]
    assert SANITIZED or first < MANY * kind.most_bytes + FIXED
    assert SANITIZED or last < 1.5 * first + (1 << 20)


# What an answer fills of its buffers differs from one to the next, so that memory may still grow in the second round; but not past all of them.
@kinds(UNREADING)
def test_many_that_read_nothing_cost_their_buffers_and_hold_up_nobody(hostile, kind):
    balancer, instance, watch = hostile()
    most = [come_and_go(watch, kind, MANY, load_beside(balancer, instance)), *(come_and_go(watch, kind, MANY) for _ in range(ROUNDS))]
    assert SANITIZED or max(most) < MANY * kind.most_bytes + FIXED


@kinds({"new": SILENT, "kept": RESTING})
def test_five_thousand_that_rest_cost_next_to_nothing_and_hold_up_nobody(hostile, kind):
    balancer, instance, watch = hostile(ROTA_LIMITS_CONNECTIONS="5200", ROTA_LIMITS_HEADER_TIMEOUT="2m")
    most = come_and_go(watch, kind, 5000, load_beside(balancer, instance))
    assert SANITIZED or most < 5000 * kind.most_bytes


# ---- when their time is up

SOON = "500ms"
ENDED = {
    "new": (SILENT, "ROTA_LIMITS_HEADER_TIMEOUT", None),
    "kept": (RESTING, "ROTA_LIMITS_IDLE", 200),
    "heads": (HEAD, "ROTA_LIMITS_HEADER_TIMEOUT", 408),
    "bodies": (replace(BODY, drip=b""), "ROTA_TIMEOUTS_BODY", 408),
    "chunks": (replace(CHUNKS, drip=b""), "ROTA_TIMEOUTS_BODY", 408),
}


@pytest.mark.parametrize(("kind", "timeout", "status"), ENDED.values(), ids=ENDED)
def test_past_their_time_all_are_sent_away_though_they_stay_and_all_is_given_back(hostile, kind, timeout, status):
    balancer, _, watch = hostile(**{timeout: SOON})
    with connected(balancer.port, MANY, kind.start) as clients:
        eventually(lambda: all_are_sent_away(balancer.port, kind, clients), SECONDS, "their being sent away")
        watch.assert_given_back()
    for client in clients:
        if status is None:
            assert client.received == b""
        elif status != 200:
            assert_own(parse(client.received), status, "http_request_error")
    if status:
        eventually(lambda: statuses(balancer)[status] >= MANY, SECONDS, "a line for each")


def all_are_sent_away(port, kind, clients):
    """Else they go on, and somebody else is served meanwhile."""
    for client in answered([client for client in clients if not client.peer_closed]):
        client.wait_closed(0.001)
    left = [client for client in clients if not client.peer_closed]
    drip_on(kind, left)
    assert request(port).status == 200
    return not left


def drip_on(kind, clients):
    """Those that are still listened to."""
    for client in clients:
        try:
            kind.drip_all([client])
        except OSError:
            pass  # it has its answer, and is closed


def statuses(balancer):
    """How often which status stands in the access log."""
    return Counter(json.loads(line)["status"] for line in balancer.output().splitlines(keepends=True) if line.endswith("\n"))


def test_those_that_read_nothing_lose_their_answer_and_their_instance_is_free(hostile):
    balancer, _, watch = hostile(ROTA_TIMEOUTS_BODY=SOON)
    with connected(balancer.port, MANY, READER.start) as clients:
        eventually(lambda: len(answered(clients)) == MANY, SECONDS, "the beginning of each answer", every=0.05)
        watch.assert_given_back()
        for client in clients[:10]:
            try:
                received = sum(map(len, client.pieces()))
            except ConnectionError:
                received = 0  # cut off together with what had been sent
            assert received < 600_000


# ---- beyond the limit

LIMIT = 50


def test_places_that_slow_heads_have_taken_come_back_one_after_the_other(hostile):
    balancer, _, watch = hostile(ROTA_LIMITS_CONNECTIONS=str(LIMIT), ROTA_LIMITS_HEADER_TIMEOUT=SOON)
    balancer.forget_peak()
    with connected(balancer.port, 2 * LIMIT, HEAD.start) as slow:
        with Client(balancer.port) as behind:
            behind.send(GET)
            eventually(lambda: answered([behind]) or drip_on(HEAD, slow), SECONDS, "somebody's being served behind them")
            assert behind.read_answer().status == 200
        for client in slow:
            assert_own(parse(client.read_all()), 408, "http_request_error")
    watch.assert_given_back()
    assert SANITIZED or watch.peak() < LIMIT * HEAD.most_bytes + FIXED


@kinds({"say nothing": SILENT, "half a head": HEAD, "a request": Kind(GET, buffers=2), "an upload": BODY, "an unread answer": READER})
def test_a_flood_takes_the_memory_of_those_that_are_let_in(hostile, kind):
    balancer, _, watch = hostile(ROTA_LIMITS_CONNECTIONS=str(LIMIT))
    balancer.forget_peak()
    with connected(balancer.port, 5) as inside:
        assert all(client.ask(GET).status == 200 for client in inside)
        for _ in range(2):
            with connected(balancer.port, 10 * LIMIT, kind.start) as flood:
                assert all(client.ask(GET).status == 200 for client in inside)
                assert balancer.descriptors() <= watch.descriptors + 2 * LIMIT
                for client in flood:
                    client.reset()
    watch.assert_given_back()
    assert SANITIZED or watch.peak() < LIMIT * kind.most_bytes + FIXED
