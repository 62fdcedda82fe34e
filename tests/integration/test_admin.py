"""The admin listener and the commands that talk to it, on the real binary."""

import json
import subprocess

import pytest
from support.rota import eventually, free_port, request, run_rota
from support.wire import SECONDS

CONFIG = "services: {{ app: {{ instances: [{instances}] }} }}\n"


@pytest.fixture
def served(rota, test_instance):
    instances = [test_instance(f"instance-{number}") for number in (1, 2)]
    return rota(CONFIG.format(instances=", ".join(instance.address for instance in instances)), admin=True, probes=True)


def get(balancer, path, **options):
    return request(balancer.admin_port, "GET", path, **options)


def test_what_was_served_is_counted(served):
    for _ in range(10):
        assert request(served.port).status == 200
    app = eventually(lambda: (found := get(served, "/api/v1/services").json()["services"][0])["requests"] and found, SECONDS, "the counts")
    assert [(row["method"], row["code"], row["count"]) for row in app["requests"]] == [("GET", "200", 10)]
    assert get(served, "/healthz").status == get(served, "/readyz").status == 200
    assert get(served, "/status").headers["Content-Type"].startswith("text/html")
    assert get(served, "/nothing").status == 404
    assert request(served.admin_port, "POST", "/api/v1/overview").status == 405


def test_a_foreign_host_sees_nothing(served):
    assert get(served, "/api/v1/overview", headers={"Host": "evil.example"}).status == 421


def test_promtool_has_nothing_to_say_of_the_metrics(served):
    assert request(served.port).status == 200
    checked = subprocess.run(["promtool", "check", "metrics"], input=get(served, "/metrics").body, capture_output=True, timeout=SECONDS)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b""), checked.stdout + checked.stderr


def test_with_a_token_only_who_has_it_sees_more_than_whether_it_is_well(rota, test_instance):
    text = CONFIG.format(instances=test_instance().address)
    balancer = rota(text, admin=True, env={"ROTA_ADMIN_TOKEN": "not-to-be-guessed"})
    assert get(balancer, "/readyz").status == 200
    assert get(balancer, "/api/v1/overview").status == 401
    assert get(balancer, "/api/v1/overview", headers={"Authorization": "Bearer not-to-be-guessed"}).status == 200
    admin = f"http://127.0.0.1:{balancer.admin_port}"
    assert run_rota("status", "--admin", admin).returncode == 1
    assert run_rota("status", "--admin", admin, env={"ROTA_ADMIN_TOKEN": "not-to-be-guessed"}).returncode == 0


def test_off_the_loopback_without_a_token_it_does_not_start(test_instance):
    ended = run_rota("proxy", "--from", f"127.0.0.1:{free_port()}", "--to", test_instance().address, "--admin", "0.0.0.0:0")
    assert ended.returncode == 1
    assert "token" in ended.stderr


def test_status_is_a_table_for_people_and_json_for_programs(served):
    admin = f"http://127.0.0.1:{served.admin_port}"
    table = run_rota("status", "--admin", admin)
    assert table.returncode == 0
    assert table.stdout.count("healthy") >= 2 and "\x1b" not in table.stdout
    services = json.loads(run_rota("status", "--admin", admin, "--json").stdout)
    assert "app" in json.dumps(services)


def test_healthcheck_says_by_its_exit_code_whether_rota_serves(served):
    assert run_rota("healthcheck", "--admin", f"http://127.0.0.1:{served.admin_port}").returncode == 0
    assert run_rota("healthcheck", "--admin", f"http://127.0.0.1:{free_port()}").returncode == 1
    assert run_rota("healthcheck", env={"ROTA_ADMIN": f"http://127.0.0.1:{served.admin_port}"}).returncode == 0


def test_a_taken_port_of_the_admin_pages_is_said_with_its_key(served, test_instance):
    ended = run_rota("proxy", "--from", f"127.0.0.1:{free_port()}", "--to", test_instance().address, "--admin", f"127.0.0.1:{served.admin_port}")
    assert ended.returncode == 1
    assert "admin" in ended.stderr
