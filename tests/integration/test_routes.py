"""Which service a request reaches: by host, wildcard and path, with few routes and with ten thousand, and what it is told where nobody takes it."""

import random
import threading
import time

import pytest
from support.rota import run_rota
from support.wire import OK, SECONDS, Client, assert_own


@pytest.fixture
def routed(rota, test_instance):
    """routed(routes, names): a rota with a service for each name, one instance each, that has the service's name; the rest of the config is `routes`."""

    def start(routes, names=("app", "api"), **options):
        services = "".join(f"  {name}: {{ instances: [{test_instance(name).address}] }}\n" for name in names)
        return rota(f"services:\n{services}{routes}", **options)

    return start


def ask(balancer, host, path="/", method="GET"):
    """The answer to a request with that Host, exactly as it stands here; host None: HTTP/1.0 without one."""
    head = f"{method} {path} HTTP/1.0\r\n\r\n" if host is None else f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    with Client(balancer.port) as client:
        return client.ask(head.encode())


def who(balancer, host, path="/", method="GET"):
    """The service whose instance answered; None: 404, in rota's own words."""
    answer = ask(balancer, host, path, method)
    if answer.status == 200:
        return answer.headers["X-Instance"]
    assert_own(answer, 404, "destination_not_found")
    return None


def test_exact_host_then_wildcard_then_none_then_the_longest_path(routed):
    balancer = routed(
        """
routes:
  - { service: rest }
  - { path: /api, service: api }
  - { host: "*.example.com", service: wild }
  - { host: "*.eu.example.com", path: /api/, service: deep }
  - { host: api.example.com, path: /v1/, service: exact }
""",
        names=("rest", "api", "wild", "deep", "exact"),
    )
    assert who(balancer, "elsewhere.test") == "rest"
    assert who(balancer, None) == "rest"
    assert who(balancer, "elsewhere.test", "/api/things") == "api"
    assert who(balancer, "www.example.com", "/api/things") == "wild"  # the host counts before the path
    assert who(balancer, "example.com") == "rest"
    assert who(balancer, "a.b.eu.example.com", "/api/things") == "deep"
    assert who(balancer, "a.b.eu.example.com", "/things") == "wild"
    assert who(balancer, "api.example.com", "/v1/things") == "exact"
    assert who(balancer, "api.example.com", "/v2/things") == "wild"  # no route of its own: the search goes on


def test_a_path_takes_whole_segments(routed):
    balancer = routed("routes: [{ path: /api/, service: api }]\n", names=("api",))
    for path in ("/api", "/api/", "/api/x", "/api//", "/api?q=1", "/api/x?q=/"):
        assert who(balancer, "a", path) == "api", path
    for path in ("/", "/apix", "/ap", "/API", "/x/api", "//api", "/?/api/"):
        assert who(balancer, "a", path) is None, path


def test_case_port_and_final_dot_of_a_host_make_no_difference(routed):
    balancer = routed('routes: [{ host: API.example.com, service: api }, { host: "*.test", service: app }, { host: "[::1]", service: app }]\n')
    for host in ("api.example.com", "API.EXAMPLE.com", "api.example.com:8080", "api.example.com.", "Api.Example.Com.:1"):
        assert who(balancer, host) == "api", host
    for host in ("a.test", "A.B.TEST:80", "a.test.", "[::1]", "[::1]:8080"):
        assert who(balancer, host) == "app", host
    for host in ("test", "example.com", "[::2]", "api.example.com.evil.org"):
        assert who(balancer, host) is None, host
    # A target in absolute form says which host is meant.
    with Client(balancer.port) as client:
        answer = client.ask(b"GET http://api.example.com/ HTTP/1.1\r\nHost: api.example.com\r\n\r\n")
    assert answer.headers["X-Instance"] == "api"


def test_without_routes_each_of_several_services_has_its_own_name(routed):
    balancer = routed("", names=("app", "my_api"))
    assert who(balancer, "app.localhost") == "app"
    assert who(balancer, f"App.localhost:{balancer.port}", "/x/y") == "app"
    assert who(balancer, "my_api.localhost") == "my_api"
    assert who(balancer, f"127.0.0.1:{balancer.port}") is None
    assert who(balancer, "x.app.localhost") is None


def test_one_service_without_routes_takes_everything(routed):
    balancer = routed("", names=("app",))
    assert [who(balancer, host) for host in ("a", "app.localhost", None)] == ["app"] * 3


def test_options_of_the_whole_server_goes_to_a_route_for_any_path(routed):
    balancer = routed("routes: [{ host: a, path: /x, service: api }, { host: b, service: app }]\n")
    assert who(balancer, "a", "*", "OPTIONS") is None
    assert who(balancer, "b", "*", "OPTIONS") == "app"


def test_where_no_route_is_there_it_is_404_and_the_connection_goes_on(routed):
    balancer = routed("routes: [{ host: a, service: app }]\n", names=("app",))
    with Client(balancer.port) as client:
        for _ in range(2):
            document = assert_own(client.ask(b"GET /secret HTTP/1.1\r\nHost: b\r\n\r\n"), 404, "destination_not_found")
            assert document["title"] == "No route takes this request"
            assert client.ask(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200


def test_a_routes_own_timeout_holds_for_it_alone(rota, raw_upstream):
    release = threading.Event()

    def answer_when_released(connection):
        connection.read_request(SECONDS)
        release.wait(SECONDS)
        connection.send(OK)

    instance = raw_upstream(answer_when_released).address
    balancer = rota(
        f"""
services:
  app: {{ timeouts: {{ response: 1m }}, instances: [{instance}] }}
  hasty: {{ timeouts: {{ response: 200ms }}, instances: [{instance}] }}
routes:
  - {{ service: app }}
  - {{ path: /short, service: app, timeouts: {{ response: 200ms }} }}
  - {{ path: /hasty, service: hasty }}
  - {{ path: /hasty/long, service: hasty, timeouts: {{ response: 1m }} }}
"""
    )
    with Client(balancer.port) as patient, Client(balancer.port) as long:
        patient.send(b"GET /patient HTTP/1.1\r\nHost: a\r\n\r\n")
        long.send(b"GET /hasty/long HTTP/1.1\r\nHost: a\r\n\r\n")
        assert_own(ask(balancer, "a", "/short"), 504, "http_response_timeout")
        assert_own(ask(balancer, "a", "/hasty"), 504, "http_response_timeout")
        release.set()
        assert [client.read_answer().status for client in (patient, long)] == [200, 200]


def test_services_take_turns_each_for_itself(rota, test_instance):
    first, second = test_instance("one"), test_instance("two")
    both = f"{{ instances: [{first.address}, {second.address}] }}"
    balancer = rota(f"services: {{ a: {both}, b: {both} }}\n", env={"ROTA_WORKERS": "2"})
    seen = {"a": [], "b": []}
    for turn in range(40):
        name = "ab"[turn % 2]
        seen[name].append(who(balancer, f"{name}.localhost"))
    # The wheel of one does not move when the other is asked.
    assert all(names.count("one") == names.count("two") == 10 for names in seen.values())


def test_the_start_line_is_one_and_names_the_services(routed, rota, test_instance):
    balancer = routed("routes: [{ service: app }, { host: a, service: api }]\n", env={"ROTA_WORKERS": "2"})
    (line,) = [line for line in balancer.log().splitlines() if " listening on " in line]
    assert line.endswith(f"; 2 services: app (1 instance), api (1 instance); 2 routes; 2 workers; config: {balancer.config}")
    names = [f"s{number}" for number in range(12)]
    address = test_instance().address
    many = rota("services: { " + ", ".join(f"{name}: {{ instances: [{address}] }}" for name in names) + " }\n", env={"ROTA_WORKERS": "1"})
    (line,) = [line for line in many.log().splitlines() if " listening on " in line]
    listed = ", ".join(f"{name} (1 instance)" for name in names[:8])
    assert f"; 12 services: {listed}, and 4 more; no routes: each service takes <its name>.localhost; 1 worker; " in line


def test_a_service_that_no_route_names_is_warned_of(routed):
    balancer = routed("routes: [{ service: app }]\n")
    assert "service 'api' is named by no route; it gets no requests" in balancer.log()


WRONG = {
    "a service that is not there": ("{ service: ap }", "4:21: unknown service 'ap'", "did you mean 'app'?"),
    "an unknown key": ("{ service: app, hots: a }", "4:26: unknown key 'hots' in 'routes'", "did you mean 'host'?"),
    "a host with a port": ("{ service: app, host: 'a:80' }", "4:32: 'a:80' has a port; a route's host has none", ""),
    "a path with a star": ("{ service: app, path: /a/* }", "4:32: '/a/*' is no path; '*' may not stand in it", ""),
    "the same twice": ("{ service: app, path: /a }, { service: app, path: /a/ }", "4:38: the route '/a/' stands twice (line 4)", ""),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_route_is_shown_with_its_place(tmp_path, name):
    route, message, hint = WRONG[name]
    path = tmp_path / "rota.yaml"
    path.write_text(f"# a comment\nservices:\n  app: {{ instances: [a:1] }}\nroutes: [{route}]\n")
    result = run_rota("validate", "-c", path)
    assert result.returncode == 1
    assert f"rota.yaml:{message}\n" in result.stderr and hint in result.stderr


def ten_thousand(addresses):
    """A config with 10,000 routes over a service for each address, and where requests must arrive: (host, path, service). A quarter of the routes are
    wildcards, a quarter have no host, the rest are pairs of a host and a path."""
    lines = ["services:", *(f"  s{number}: {{ instances: [{address}] }}" for number, address in enumerate(addresses)), "routes:"]
    expected = []
    for number in range(10_000):
        service = f"s{number * 7 % len(addresses)}"
        if number % 4 == 0:
            lines.append(f'  - {{ host: "*.w{number}.example.com", service: {service} }}')
            expected.append((f"x.y.W{number}.example.com:80", f"/{number}", service))
        elif number % 4 == 1:
            lines.append(f"  - {{ path: /p{number}/deep/er, service: {service} }}")
            expected.append(("nobody.test", f"/p{number}/deep/er/x", service))
        else:
            lines.append(f"  - {{ host: h{number // 8}.example.com, path: /p{number}/, service: {service} }}")
            expected.append((f"h{number // 8}.example.com", f"/p{number}", service))
    return "\n".join(lines) + "\n", expected


def test_ten_thousand_routes_each_reach_their_own_service(rota, raw_upstream):
    instances = [raw_upstream(b"HTTP/1.1 200 OK\r\nX-Instance: s%d\r\nContent-Length: 0\r\n\r\n" % number) for number in range(50)]
    config, expected = ten_thousand([instance.address for instance in instances])
    began = time.monotonic()
    balancer = rota(config, env={"ROTA_WORKERS": "1"})
    assert time.monotonic() - began < 10, "the start takes too long"  # ten times what it takes
    (line,) = [line for line in balancer.log().splitlines() if " listening on " in line]
    assert ", and 42 more; 10000 routes; 1 worker; " in line
    with Client(balancer.port) as client:
        for host, path, service in random.Random(5).sample(expected, 500):
            answer = client.ask(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert (answer.status, answer.headers["X-Instance"]) == (200, service), (host, path)
        for host, path in (("w4.example.com", "/"), ("h1.example.com", "/p"), ("nobody.test", "/p1/deep"), ("a", "/" * 4000)):
            answer = client.ask(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert_own(answer, 404, "destination_not_found")
