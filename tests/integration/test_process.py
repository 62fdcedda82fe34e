"""rota as a process: what it says about a config, how it starts, how it refuses to, how it ends, and what it does where the system has no more to give."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from support.rota import ROTA_BIN, Rota, eventually, free_port, request, run_rota
from support.wire import OK, SECONDS, Client

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
SERVICES = "services: { app: { instances: [127.0.0.1:9001] } }\n"
# So that no limit of the machine's adds a line of its own.
QUIET = {"ROTA_LIMITS_CONNECTIONS": "100"}


@pytest.fixture
def config(tmp_path):
    """config(text): its path."""

    def write(text):
        path = tmp_path / "rota.yaml"
        path.write_text(text)
        return path

    return write


# ---- configs

WRONG = {
    "an unknown key": (
        "defaults:\n  strateg: random\n" + SERVICES,
        ":2:3: unknown key 'strateg' in 'defaults'\n  strateg: random\n  ^\ndid you mean 'strategy'?\n",
    ),
    "an unknown key at the top": (
        "listn: 127.0.0.1:8080\n" + SERVICES,
        ":1:1: unknown key 'listn'\nlistn: 127.0.0.1:8080\n^\ndid you mean 'listen'?\n",
    ),
    "a key of later work": (
        "limits:\n  burst: 5\n" + SERVICES,
        ":2:3: unknown key 'burst' in 'limits'\n  burst: 5\n  ^\n",
    ),
    "a bad unit": (
        "limits: { idle: 5x }\n" + SERVICES,
        ":1:17: 'x' is not a unit of time; h, m, s, ms and us are\nlimits: { idle: 5x }\n                ^\n",
    ),
    "a bare number for a duration": (
        "defaults:\n  timeouts: { response: 30 }\n" + SERVICES,
        ":2:25: '30' needs a unit: 30ms, 30s or 30m\n  timeouts: { response: 30 }\n                        ^\n",
    ),
    "a bare number for a size": (
        "limits: { header_bytes: 32768 }\n" + SERVICES,
        ":1:25: '32768' needs a unit: 32768B, 32768KiB or 32768MiB\nlimits: { header_bytes: 32768 }\n                        ^\n",
    ),
    "an unknown strategy": (
        "defaults: { strategy: roundrobin }\n" + SERVICES,
        ":1:23: unknown strategy 'roundrobin'; these are known: round_robin, random\ndefaults: { strategy: roundrobin }\n                      ^\n"
        "did you mean 'round_robin'?\n",
    ),
    "an address without a port": (
        "services: { app: { instances: [127.0.0.1] } }\n",
        ":1:32: '127.0.0.1' has no port; write 127.0.0.1:8080\nservices: { app: { instances: [127.0.0.1] } }\n                               ^\n",
    ),
    "the same instance twice": (
        "services: { app: { instances: [a:1, a:1] } }\n",
        ":1:37: instance a:1 stands in 'services.app.instances' twice\nservices: { app: { instances: [a:1, a:1] } }\n                                    ^\n",
    ),
}


@pytest.mark.parametrize("command", ["validate", "run"])
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_config_is_shown_with_its_place_and_ends_with_1(config, command, name):
    text, said = WRONG[name]
    path = config(text)
    result = run_rota(command, "-c", path)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", f"{path}{said}")


def test_a_service_that_is_there_twice_is_an_error_with_its_place(config):
    path = config("services:\n  app: { instances: [a:1] }\n  app: { instances: [a:2] }\n")
    result = run_rota("validate", "-c", path)
    assert result.returncode == 1 and result.stderr.startswith(f"{path}:3:3: ")


def test_all_mistakes_are_said_at_once_in_their_order(config):
    path = config("workers: x\nlimits: { idle: 5 }\nservices: { app: { instances: [] } }\n")
    places = re.findall(r"(?m)^\S+rota\.yaml:(\d+:\d+): ", run_rota("validate", "-c", path).stderr)
    assert places == ["1:10", "2:17", "3:31"]


def test_what_a_terminal_would_obey_is_not_repeated_raw(config):
    result = run_rota("validate", "-c", config("\u009b2Jx: 1\n" + SERVICES))
    assert result.returncode == 1 and not re.search("[\x1b\u009b]", result.stderr)


def test_a_wrong_config_as_json_says_the_same(config):
    path = config(WRONG["an unknown key"][0])
    result = run_rota("validate", "-c", path, "--json")
    error = {"file": str(path), "line": 2, "column": 3, "message": "unknown key 'strateg' in 'defaults'", "hint": "did you mean 'strategy'?"}
    assert (result.returncode, result.stderr) == (1, "")
    assert json.loads(result.stdout) == {"valid": False, "errors": [error], "warnings": []}


def test_a_good_config_is_valid(config):
    path = config(SERVICES)
    result = run_rota("validate", "-c", path)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{path} is valid\n", "")


def test_a_good_config_as_json_is_valid(config):
    result = run_rota("validate", "-c", config(SERVICES), "--json")
    assert (result.returncode, json.loads(result.stdout)) == (0, {"valid": True, "errors": [], "warnings": []})


def test_an_unknown_variable_is_a_warning(config):
    result = run_rota("validate", "-c", config(SERVICES), env={"ROTA_STRATEG": "random"})
    assert result.returncode == 0
    assert result.stderr == "ROTA_STRATEG: no key of rota's; it is not read\ndid you mean 'ROTA_STRATEGY'?\n"


def test_an_unknown_variable_does_not_keep_it_from_serving(rota, test_instance):
    balancer = rota(to=[test_instance()], env={"ROTA_STRATEG": "random", "ROTA_PORT_80_TCP": "tcp://x"})
    assert request(balancer.port).status == 200
    assert "warning: ROTA_STRATEG: no key of rota's; it is not read\n" in balancer.log()


def test_a_wrong_value_in_a_variable_is_an_error(config):
    result = run_rota("validate", "-c", config(SERVICES), env={"ROTA_LIMITS_IDLE": "5"})
    assert (result.returncode, result.stderr) == (1, "ROTA_LIMITS_IDLE: '5' needs a unit: 5ms, 5s or 5m\n")


def test_variables_stand_over_the_file_and_flags_over_both(rota, test_instance):
    instance = test_instance()
    text = f"workers: 1\nservices: {{ app: {{ instances: ['${{INSTANCE:?say which}}'] }} }}"
    balancer = rota(text, env={"INSTANCE": instance.address, "ROTA_WORKERS": "3", "ROTA_LISTEN": "127.0.0.1:1"})
    assert request(balancer.port).status == 200
    eventually(lambda: "; 3 workers; " in balancer.log(), SECONDS, "the start line")


def test_a_variable_that_must_be_there_and_is_not_is_an_error(config):
    result = run_rota("validate", "-c", config("services: { app: { instances: ['${INSTANCE:?say which}'] } }\n"))
    assert result.returncode == 1 and "say which" in result.stderr and ":1:" in result.stderr


# ---- commands


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["version"], 0),
        (["--version"], 0),
        (["--help"], 0),
        (["run", "--help"], 0),
        (["schema"], 0),
        (["schema", "--markdown"], 0),
        (["validate", "-c", "/no/such/file"], 1),
        (["run", "-c", "/no/such/file"], 1),
        (["proxy", "--to", "nonsense"], 1),
        (["nonsense"], 64),
        (["run", "--nonsense"], 64),
        (["run", "nonsense"], 64),
        (["proxy"], 64),
        (["validate", "-c"], 64),
        (["version", "schema"], 64),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_the_exit_code_says_how_it_went(arguments, code):
    result = run_rota(*arguments)
    assert result.returncode == code
    assert bool(result.stdout) == (code == 0) and bool(result.stderr) == (code != 0)


def test_version_is_one_line():
    assert re.fullmatch(r"rota \d+\.\d+\.\d+\S*\n", run_rota("version").stdout)


def test_the_schema_is_json_and_knows_the_keys():
    schema = json.loads(run_rota("schema").stdout)
    assert {"admin", "listen", "workers", "access_log", "log", "limits", "defaults", "services", "routes"} == set(schema["properties"])
    assert schema["properties"]["limits"]["properties"]["idle"]["default"] == "1m15s"


# ---- refusing to start


def refusal(*arguments, env=None):
    result = run_rota(*arguments, env=QUIET | (env or {}), seconds=60)
    assert (result.returncode, result.stdout) == (1, "")
    return result.stderr


def test_a_port_that_another_program_has_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = "127.0.0.1:%d" % other.getsockname()[1]
        assert refusal("proxy", "--from", address, "--to", "127.0.0.1:9001") == f"rota: cannot listen on {address}: the address is in use by another process\n"


@pytest.mark.parametrize("workers", ["1", "4"])
def test_of_two_rotas_on_one_port_the_second_fails_and_the_first_has_all(rota, test_instance, workers):
    instance = test_instance()
    first = rota(to=[instance], env={"ROTA_WORKERS": workers})
    said = refusal("proxy", "--from", first.address, "--to", "127.0.0.1:9", env={"ROTA_WORKERS": workers})
    assert said == f"rota: cannot listen on {first.address}: the address is in use by another process\n"
    assert [request(first.port).status for _ in range(20)] == [200] * 20


def test_where_one_of_two_addresses_is_taken_the_other_is_not_kept(rota, test_instance):
    first, port = rota(to=[test_instance()]), free_port()
    refusal("proxy", "--from", f"127.0.0.1:{port}", "--from", first.address, "--to", "127.0.0.1:9")
    socket.create_server(("127.0.0.1", port)).close()


def test_an_address_that_is_not_this_machines_is_one_clear_line():
    assert refusal("proxy", "--from", "192.0.2.1:8080", "--to", "127.0.0.1:9001") == "rota: cannot listen on 192.0.2.1:8080: Cannot assign requested address\n"


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path):
    assert refusal("run", "-c", tmp_path / "none.yaml") == f"{tmp_path}/none.yaml: cannot be read: No such file or directory\n"


def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path):
    assert refusal("run", "-c", tmp_path) == f"{tmp_path}: cannot be read: Is a directory\n"


def test_a_file_that_a_variable_names_is_looked_for_there(tmp_path):
    said = refusal("run", env={"ROTA_CONFIG": f"{tmp_path}/none.yaml"})
    assert said == f"{tmp_path}/none.yaml: cannot be read: No such file or directory\nthe environment variable ROTA_CONFIG names it\n"


def test_an_instance_whose_name_leads_nowhere_is_one_clear_line():
    said = refusal("proxy", "--to", "does-not-exist.invalid:80", env={"RES_OPTIONS": "timeout:1 attempts:1"})
    assert re.fullmatch(r"rota: cannot resolve the instance does-not-exist\.invalid:80: [^\n]+\n", said)


def test_an_instance_may_have_a_name(rota, test_instance):
    port = test_instance().port
    balancer = rota(to=[f"localhost:{port}"])
    assert request(balancer.port).status in (200, 503)  # where localhost is [::1] first, nobody is there
    eventually(lambda: re.search(rf"service default: (127\.0\.0\.1|\[::1\]):{port} ", balancer.log()), SECONDS, "the start line")


# ---- ending


class Held:
    """A script that answers nothing until `release` is set."""

    def __init__(self):
        self.release = threading.Event()
        self.reached = threading.Event()

    def __call__(self, connection):
        while connection.read_request(SECONDS):
            self.reached.set()
            assert self.release.wait(10 * SECONDS)
            connection.send(OK)


@pytest.fixture
def held():
    held = Held()
    yield held
    held.release.set()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_finish_what_is_in_flight_and_ends_what_rests(rota, raw_upstream, held, number):
    balancer = rota(to=[raw_upstream(held)], env={"ROTA_LIMITS_DRAIN": "60s"})
    with Client(balancer.port) as busy, Client(balancer.port) as resting, Client(balancer.port) as beginning:
        beginning.send(b"GET / HT")
        busy.send(GET)
        assert held.reached.wait(SECONDS)
        balancer.signal(number)
        assert resting.read_all() == b""
        eventually(lambda: not connects(balancer.port), SECONDS, "accepting nothing more")
        assert balancer.is_running()
        held.release.set()
        assert busy.read_answer().body == b"ok"
        assert busy.read_all() == b""
        beginning.send(b"TP/1.1\r\nHost: a\r\n\r\n")
        assert beginning.read_answer().headers["Connection"] == "close"
        assert balancer.wait_exit(SECONDS) == 0
    assert balancer.log().endswith("rota: draining: finishing what is in flight, for at most 1m\nrota: ended\n")


def connects(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def test_a_download_in_flight_is_finished(rota, test_instance):
    balancer = rota(to=[test_instance()])
    with Client(balancer.port) as client:
        client.send(b"GET /bytes/20000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.read_head(SECONDS)
        balancer.signal(signal.SIGTERM)
        eventually(lambda: "draining" in balancer.log(), SECONDS, "draining")
        left = 20_000_000 - len(client.received.partition(b"\r\n\r\n")[2])
        while left > 0 and (piece := client.socket.recv(1 << 20)):
            left -= len(piece)
        assert left == 0
    assert balancer.wait_exit(SECONDS) == 0


def test_a_second_signal_ends_it_at_once(rota, raw_upstream, held):
    balancer = rota(to=[raw_upstream(held)], env={"ROTA_LIMITS_DRAIN": "10m"})
    with Client(balancer.port) as client:
        client.send(GET)
        assert held.reached.wait(SECONDS)
        balancer.signal(signal.SIGTERM)
        eventually(lambda: "draining" in balancer.log(), SECONDS, "draining")
        assert balancer.is_running()
        balancer.signal(signal.SIGTERM)
        assert balancer.wait_exit(SECONDS) == 0
        assert b" 200 " not in client.read_all()


def test_draining_has_an_end(rota, raw_upstream, held):
    balancer = rota(to=[raw_upstream(held)], env={"ROTA_LIMITS_DRAIN": "200ms"})
    with Client(balancer.port) as client:
        client.send(GET)
        assert held.reached.wait(SECONDS)
        balancer.signal(signal.SIGTERM)
        assert balancer.wait_exit(SECONDS) == 0
        assert b" 200 " not in client.read_all()


def test_who_has_sent_a_request_when_the_signal_comes_is_answered(rota, test_instance):
    balancer = rota(to=[test_instance()], env={"ROTA_WORKERS": "1"})
    for number in range(10):
        eventually(lambda: balancer.log().count(" listening on ") > number, SECONDS, "its start being over")
        balancer.signal(signal.SIGSTOP)  # so that the connections, the requests and the signal all wait for it
        clients = [Client(balancer.port) for _ in range(50)]
        for client in clients:
            client.send(GET)
        balancer.signal(signal.SIGTERM)
        balancer.signal(signal.SIGCONT)
        assert [client.read_until(b"\r\n", SECONDS) for client in clients] == [b"HTTP/1.1 200 OK\r\n"] * 50
        assert balancer.wait_exit(SECONDS) == 0
        balancer.start()


def test_hup_reads_the_config_again_and_a_broken_one_changes_nothing(rota, test_instance):
    first, second = test_instance("first"), test_instance("second")
    balancer = rota(f"services: {{ app: {{ instances: [{first.address}] }} }}\n")
    balancer.config.write_text(f"services: {{ app: {{ instances: [{second.address}] }} }}\n")
    balancer.signal(signal.SIGHUP)
    eventually(lambda: "the config was read again" in balancer.log(), SECONDS, "saying so")
    eventually(lambda: request(balancer.port).headers["X-Instance"] == "second", SECONDS, "the new instance")
    balancer.config.write_text("services: { app: { instances: [nowhere] } }\n")
    balancer.signal(signal.SIGHUP)
    eventually(lambda: "rota: error: the config is not valid, so the old one stays: " in balancer.log(), SECONDS, "refusing")
    assert request(balancer.port).headers["X-Instance"] == "second"


def test_hup_says_what_waits_for_a_restart(rota, test_instance):
    balancer = rota(f"services: {{ app: {{ instances: [{test_instance().address}] }} }}\n")
    balancer.config.write_text(balancer.config.read_text() + "limits: { headers: 50 }\nworkers: 3\n")
    balancer.signal(signal.SIGHUP)
    eventually(lambda: "waits for a restart" in balancer.log(), SECONDS, "saying so")
    assert re.search(r"rota: warning: .* a change of workers, limits.headers waits for a restart", balancer.log()), balancer.log()
    assert request(balancer.port).status == 200


def test_an_output_that_nobody_reads_any_more_does_not_end_it():
    reader, writer = os.pipe()
    port = free_port()
    process = subprocess.Popen([ROTA_BIN, "proxy", "--from", f"127.0.0.1:{port}", "--to", "127.0.0.1:9"], stdout=writer, stderr=writer, env=QUIET)
    os.close(writer)
    try:
        eventually(lambda: connects(port), SECONDS, "accepting connections")
        os.close(reader)
        process.send_signal(signal.SIGHUP)  # it has something to say
        assert request(port).status == 503
    finally:
        process.terminate()
        assert process.wait(SECONDS) == 0


# ---- no more to be had


def with_descriptors(balancer, limit, taken=0):
    """Starts with a hard limit of `limit` descriptors, of which `taken` are in use already."""
    code = (
        "import os, resource, sys\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit}))\n"
        f"for _ in range({taken}): os.set_inheritable(os.open('/dev/null', os.O_RDONLY), True)\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    balancer.command = [sys.executable, "-c", code, *balancer.command]
    return balancer


def test_with_few_descriptors_few_connections_are_served_at_a_time(started, test_instance):
    balancer = started(with_descriptors(Rota(to=[test_instance()], env={"ROTA_WORKERS": "1"}), 80))
    assert "rota: warning: limits.connections is 10000, but 80 open files allow 8 connections\n" in balancer.log()
    clients = [Client(balancer.port) for _ in range(9)]
    for client in clients:
        client.send(GET)
    served = eventually(lambda: len(answered := readable(clients)) >= 8 and answered, SECONDS, "eight being served")
    assert len(served) == 8 and all(client.read_answer().status == 200 for client in served)
    assert all(client.ask(GET).status == 200 for client in served)
    (waiting,) = set(clients) - set(served)
    served[0].close()
    assert waiting.read_answer().status == 200
    for client in clients:
        client.close()


def readable(clients):
    return [client for client in clients if select.select([client.socket], [], [], 0)[0]]


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# Here the limit allows more connections than there are descriptors left, as somebody else in the process has taken them. Not under sanitizers: UBSan looks
# at an object by way of a pipe, and where there is no descriptor for one it reports an invalid vptr.
@pytest.mark.slow
def test_out_of_descriptors_accepting_pauses_what_is_served_goes_on_and_then_it_recovers(started, test_instance):
    instance = test_instance()
    balancer = started(with_descriptors(Rota(to=[instance], env={"ROTA_WORKERS": "1"}), 160, taken=110))
    with Client(balancer.port) as old:
        assert old.ask(GET).status == 200
        clients = [Client(balancer.port) for _ in range(48)]  # the limit would allow them, the descriptors do not
        eventually(lambda: free_descriptors(balancer, 160) == 0, SECONDS, "being out of descriptors")
        used, until = cpu_seconds(balancer.pid), time.monotonic() + 0.5
        while time.monotonic() < until:
            assert old.ask(GET).status == 200  # its connection to the instance is kept
        assert instance.is_running() and balancer.is_running()
        idle_from = cpu_seconds(balancer.pid)
        until = time.monotonic() + 0.5
        eventually(lambda: time.monotonic() >= until, 5, "the time over which CPU is counted")
        assert cpu_seconds(balancer.pid) - idle_from < 0.25, used  # it waits, and does not spin
        for client in clients:
            client.close()
        assert old.ask(GET).status == 200
    assert [request(balancer.port).status for _ in range(10)] == [200] * 10


@pytest.mark.slow
def test_a_connection_to_an_instance_that_no_descriptor_is_left_for_is_503(started, test_instance):
    balancer = started(with_descriptors(Rota(to=[test_instance()], env={"ROTA_WORKERS": "1"}), 160, taken=110))
    with Client(balancer.port) as first:
        clients = [Client(balancer.port) for _ in range(48)]
        eventually(lambda: free_descriptors(balancer, 160) == 0, SECONDS, "being out of descriptors")
        answer = first.ask(GET)
        assert (answer.status, answer.headers["Proxy-Status"]) == (503, "rota; error=connection_limit_reached")
        for client in clients:
            client.close()
        eventually(lambda: first.ask(GET).status == 200, SECONDS, "having one again")


def free_descriptors(balancer, limit):
    return limit - len(os.listdir(f"/proc/{balancer.pid}/fd"))


def test_more_clients_than_the_limit_wait_for_their_turn(rota, test_instance):
    balancer = rota(to=[test_instance()], env={"ROTA_LIMITS_CONNECTIONS": "2"})
    clients = [Client(balancer.port) for _ in range(20)]
    for client in clients:
        client.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    for client in clients:
        assert client.read_answer().status == 200
        client.close()


def test_a_rota_that_is_killed_leaves_its_port_for_the_next(rota, test_instance):
    balancer = rota(to=[test_instance()])
    with Client(balancer.port) as client:
        assert client.ask(GET).status == 200
        balancer.kill()
        balancer.start()
    assert request(balancer.port).status == 200


def test_it_is_one_file_that_runs_from_anywhere(tmp_path):
    assert subprocess.run([ROTA_BIN, "version"], cwd=tmp_path, capture_output=True, timeout=SECONDS, env={}).returncode == 0


def test_a_file_that_is_no_socket_is_not_taken_for_one(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("data")
    ended = run_rota("proxy", "--from", f"unix:{precious}", "--to", "127.0.0.1:9")
    assert ended.returncode == 1 and "the address is in use" in ended.stderr
    assert precious.read_text() == "data"


def test_a_socket_whose_owner_is_too_busy_is_in_use_and_nobody_waits_for_it(tmp_path):
    path = tmp_path / "busy"
    with socket.socket(socket.AF_UNIX) as owner, socket.socket(socket.AF_UNIX) as waiting:
        owner.bind(str(path))
        owner.listen(0)
        waiting.connect(str(path))  # the queue is full
        ended = run_rota("proxy", "--from", f"unix:{path}", "--to", "127.0.0.1:9")
        assert ended.returncode == 1 and "the address is in use" in ended.stderr
        assert path.exists()
