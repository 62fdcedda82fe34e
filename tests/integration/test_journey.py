"""The main job: clients that get their answers, instances that each get their turn, and everywhere that rota can listen and connect."""

import json
import socket
import subprocess
from collections import Counter

import pytest
from support.rota import ROTA_BIN, eventually, free_port, request, run_rota
from support.wire import SECONDS, Client

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
OBJECT = {"game": "Mobile Legends", "gamerID": "GYUTDTE", "points": 20}


@pytest.fixture
def trio(test_instance):
    """Three fast instances that log each request."""
    return [test_instance(f"instance-{number}") for number in (1, 2, 3)]


def shares(instances):
    return [len(instance.requests()) for instance in instances]


def start_line(balancer):
    """The last one, where it was started twice. It is said when the sockets are open already, so it may still be on its way."""
    return eventually(lambda: [line for line in balancer.log().splitlines() if " listening on " in line], SECONDS, "its start line")[-1]


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        return True
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="there is no [::1] here")


def test_nine_calls_with_curl_are_three_for_each_instance(rota, three):
    balancer = rota(to=three)
    seen = Counter()
    for _ in range(9):
        command = ["curl", "-s", "--noproxy", "*", "-D", "-", f"localhost:{balancer.port}/api/process/", "-H", "Content-Type: application/json"]
        output = subprocess.run([*command, "-d", json.dumps(OBJECT)], capture_output=True, text=True, timeout=SECONDS).stdout
        head, _, body = output.partition("\n\n")
        assert head.startswith("HTTP/1.1 200 ") and json.loads(body) == OBJECT
        seen[next(line for line in head.splitlines() if line.lower().startswith("x-instance:")).split()[1]] += 1
    assert seen == {"app-1": 3, "app-2": 3, "app-3": 3}


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_turns_over_one_connection_are_exactly_even(rota, trio, workers):
    balancer = rota(to=trio, env={"ROTA_WORKERS": str(workers)})
    with Client(balancer.port) as client:
        for _ in range(900):
            assert client.ask(GET).status == 200
    assert shares(trio) == [300, 300, 300]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_turns_over_900_connections_are_exactly_even(rota, trio, workers):
    balancer = rota(to=trio, env={"ROTA_WORKERS": str(workers)})
    for _ in range(900):
        with Client(balancer.port) as client:
            assert client.ask(GET).status == 200
    assert shares(trio) == [300, 300, 300]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_turns_of_900_requests_at_once_are_exactly_even(rota, trio, workers):
    balancer = rota(to=trio, env={"ROTA_WORKERS": str(workers)})
    answer_all([Client(balancer.port) for _ in range(900)])
    assert shares(trio) == [300, 300, 300]


def answer_all(clients):
    for client in clients:
        client.send(GET)
    for client in clients:
        assert client.read_answer().status == 200
    for client in clients:
        client.close()


def test_a_thousand_connections_at_once_are_all_answered_and_each_again(rota, trio):
    balancer = rota(to=trio)
    clients = [Client(balancer.port) for _ in range(1000)]
    for client in clients:
        client.send(GET)
    assert [client.read_answer().status for client in clients] == [200] * 1000
    answer_all(clients)
    assert sum(shares(trio)) == 2000


def test_weights_are_kept_exactly(rota, trio):
    first, second, third = trio
    balancer = rota(f"services: {{ app: {{ instances: [{{ address: {first.address}, weight: 2 }}, {second.address}, {third.address}] }} }}")
    with Client(balancer.port) as client:
        for _ in range(400):
            assert client.ask(GET).status == 200
    assert shares(trio) == [200, 100, 100]


def test_each_instance_of_a_random_service_gets_a_fair_share(rota, trio):
    balancer = rota(to=trio, args=["--strategy", "random"])
    with Client(balancer.port) as client:
        for _ in range(900):
            assert client.ask(GET).status == 200
    assert sum(shares(trio)) == 900
    assert all(200 < share < 400 for share in shares(trio))  # seven standard deviations around 300


def test_an_answer_is_the_instances_own_byte_for_byte(rota, raw_upstream):
    answer = b"HTTP/1.1 299 Rather OK\r\nserver:  x\r\nX-Odd:a  b\t\r\nDate: never\r\nContent-Length: 3\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n\x00\xff\n"
    upstream = raw_upstream(answer)
    with Client(rota(to=[upstream]).port) as client:
        client.send(GET)
        assert client.read_exactly(len(answer), SECONDS) == answer


@needs_ipv6
def test_ipv6_is_listened_on_and_connected_to(rota, test_instance):
    far, near = free_port("::1"), free_port("::1")
    instance = test_instance(listen=f"[::1]:{far}")
    balancer = rota(to=[f"[::1]:{far}"], args=["--from", f"[::1]:{near}"])
    with Client(("::1", near)) as client:
        answer = client.ask(b"GET /headers HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.headers["X-Instance"] == f"{instance.name}-2"
    assert b"\r\nX-Forwarded-For: ::1\r\n" in answer.body
    assert f"listening on {balancer.address}, [::1]:{near}; " in start_line(balancer)


def test_unix_sockets_are_listened_on_and_connected_to(rota, test_instance, tmp_path):
    far, near = tmp_path / "instance.sock", tmp_path / "rota.sock"
    instance = test_instance(listen=f"unix:{far}")
    balancer = rota(to=[f"unix:{far}"], args=["--from", f"unix:{near}"])
    with Client(str(near)) as client:
        answer = client.ask(b"GET /headers HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.headers["X-Instance"] == f"{instance.name}-2"
    balancer.stop()
    assert not near.exists()


def test_a_socket_file_that_a_killed_rota_left_behind_is_no_obstacle(rota, test_instance, tmp_path):
    instance, path = test_instance(), tmp_path / "rota.sock"
    balancer = rota(to=[instance], args=["--from", f"unix:{path}"])
    balancer.kill()
    assert path.exists()
    balancer.start()
    with Client(str(path)) as client:
        assert client.ask(GET).status == 200


def test_a_unix_socket_that_is_in_use_is_left_alone(rota, test_instance, tmp_path):
    instance, path = test_instance(), tmp_path / "rota.sock"
    rota(to=[instance], args=["--from", f"unix:{path}"])
    second = run_rota("proxy", "--from", f"unix:{path}", "--to", instance.address, env={"ROTA_LIMITS_CONNECTIONS": "100"})
    assert (second.returncode, second.stderr) == (1, f"rota: cannot listen on unix:{path}: the address is in use by another process\n")
    with Client(str(path)) as client:
        assert client.ask(GET).status == 200


def test_rota_yaml_of_the_folder_is_found_and_named(rota, test_instance):
    balancer = rota(f"services: {{ app: {{ instances: [{test_instance().address}] }} }}")
    balancer.stop()
    balancer.command = [str(ROTA_BIN), "run", "--listen", balancer.address]
    balancer.start()
    assert request(balancer.port).status == 200
    eventually(lambda: start_line(balancer).endswith("; config: rota.yaml"), SECONDS, "naming the file")


def test_the_start_line_names_what_is_in_force(rota, trio):
    balancer = rota(to=trio, env={"ROTA_WORKERS": "2"})
    instances = ", ".join(instance.address for instance in trio)
    line = f"listening on {balancer.address}; service default: {instances} by round_robin; 2 workers; config: no file (flags)"
    assert start_line(balancer).endswith(line)


def test_two_listeners_are_one_wheel(rota, trio):
    second = free_port()
    balancer = rota(to=trio, args=["--from", f"127.0.0.1:{second}"])
    for port in (balancer.port, second) * 3:
        assert request(port).status == 200
    assert shares(trio) == [2, 2, 2]
