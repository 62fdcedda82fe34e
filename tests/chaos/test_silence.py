"""Instances that are there and say nothing: stopped ones, connections that have gone dead, and machines that answer no SYN."""

import socket
import threading

import pytest
from story import LONG, RATE, SERVICE_MS, shares
from support.rota import eventually, free_port, load


def test_one_of_three_stopped_costs_no_get_and_what_waited_for_it_moves(story):
    stage = story()
    victim = stage.instances[0]
    with stage.traffic() as traffic:
        stage.after_requests(RATE // 2)
        with stage.stopped(victim):
            took = stage.wait_for(victim, "failing")
            stage.after_requests(RATE // 2)
        assert took < 30  # three seconds
        stage.wait_for(victim, "healthy")
        eventually(lambda: shares(stage.after_requests(RATE // 2))[0] > 0.3, LONG, "an even share again")
        result = traffic.assert_nothing_failed()
    # What it had was answered by others, before their own time was over: its answers, when it went on, found nobody.
    assert result["check"]["repeated_gets"] > 0
    assert result["latency_ms"]["max"] < 30_000


@pytest.mark.slow
def test_posts_that_a_stopped_instance_holds_are_not_sent_again(story):
    stage = story()
    victim = stage.instances[0]
    with stage.traffic(post=30) as traffic:
        stage.after_requests(RATE // 2)
        with stage.stopped(victim):
            stage.wait_for(victim, "failing")
            stage.after_requests(RATE // 2)
        stage.wait_for(victim, "healthy")
        stage.after_requests(RATE // 2)
        # The instance may go on before the time of an answer is over: then there is one. None stands in two logs; that is the check of the traffic.
        traffic.assert_no_get_failed(posts=("status 504 ", "status 502 "))


@pytest.mark.slow
def test_two_of_three_stopped_in_turn_cost_no_get(story):
    stage = story()
    with stage.traffic() as traffic:
        for victim in stage.instances[:2]:
            stage.after_requests(RATE // 2)
            with stage.stopped(victim):
                stage.wait_for(victim, "failing")
                stage.after_requests(RATE // 2)
        stage.wait_for(stage.instances, "healthy")
        traffic.assert_nothing_failed()


class FullBacklog:
    """A listener that accepts nobody, and whose queue is full: the kernel drops each further SYN, as a machine does that is not there."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", free_port()))
        self.listener.listen(0)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.waiting = []

    def __enter__(self):
        while True:
            client = socket.socket()
            self.waiting.append(client)
            client.settimeout(0.5)
            try:
                client.connect(self.listener.getsockname())
            except TimeoutError:
                return self

    def __exit__(self, *_):
        for end in (*self.waiting, self.listener):
            end.close()


@pytest.mark.slow
def test_an_instance_that_drops_every_syn_costs_no_get_whether_probed_or_not(story, started, rota):
    deaf = started(FullBacklog())
    stage = story(size=2)
    # Found by its probes: it never begins.
    stage.rota.config.write_text(stage.config_of([*stage.instances, deaf]))
    with stage.traffic() as traffic:
        stage.after_requests(RATE // 2)
        stage.rota.signal(1)
        eventually(lambda: "read again: " in stage.rota.log(), LONG, "reading it again")
        stage.after_requests(RATE)
        traffic.assert_nothing_failed()
    assert stage.announcements(deaf, "healthy") == 0
    # Found by the requests themselves: timeouts.connect, then another one.
    config = f"access_log: {{ format: off }}\ndefaults: {{ timeouts: {{ connect: 200ms }} }}\nservices: {{ app: {{ instances: [{deaf.address}, {stage.instances[0].address}] }} }}"
    balancer = rota(config)
    result = load(balancer, rate=50, seconds=2, check=[stage.instances[0]])
    assert result["failed"] == 0 and result["latency_ms"]["max"] >= 200


class SilentWire:
    """A TCP relay in front of an instance that can be told to pass nothing on, neither way: every connection through it is half open from then on."""

    def __init__(self, instance):
        self.instance = instance
        self.silent = threading.Event()
        self._sockets = []
        self.listener = socket.create_server(("127.0.0.1", free_port()), backlog=1024)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.silent.set()
        for end in (self.listener, *self._sockets):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                if self.silent.is_set():
                    self._sockets.append(client)  # the machine's kernel would not even do that
                    continue
                server = socket.create_connection(("127.0.0.1", self.instance.port))
            except OSError:
                return
            self._sockets += [client, server]
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source, target):
        try:
            while piece := source.recv(65536):
                if self.silent.is_set():
                    return
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


@pytest.mark.slow
def test_connections_that_have_gone_dead_without_a_word_cost_no_get(story, started):
    stage = story(size=3)
    wire = started(SilentWire(stage.instances[0]))
    stage.rota.config.write_text(stage.config_of([wire, *stage.instances[1:]]))
    stage.rota.signal(1)
    stage.wait_for(wire, "healthy")
    with stage.traffic(rate=RATE // 10) as traffic:
        eventually(lambda: len(wire._sockets) > 10, LONG, "its being used")
        wire.silent.set()
        stage.wait_for(wire, "failing")
        stage.after_requests(RATE // 10)
        result = traffic.assert_nothing_failed()
    assert result["latency_ms"]["max"] > SERVICE_MS
