"""The load client counts every request, and sees what it is there to see: whoever trusts its zero has to know that it can say something else."""

import subprocess
import threading

import pytest
from support.rota import LOAD_CLIENT_BIN, ROTA_BIN, free_port, load

# What rota can do under sanitizers, on a machine that has other work too.
RATE = 2000 if "release" in ROTA_BIN.parts else 400
SECONDS = 3


@pytest.fixture
def trio(test_instance):
    return [test_instance(f"instance-{number}") for number in (1, 2, 3)]


def id_of(request):
    """Of the bytes of a request."""
    return request.split(b" ")[1].removeprefix(b"/load/").partition(b"?")[0]


def answer_to(name):
    """What a test instance answers to a GET of that id."""
    line = name + b" 0 -\n"
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(line), line)


def assert_all_well(result, count):
    assert result["kinds"] == {} and result["failures"] == []
    assert (result["due"], result["sent"], result["answered"], result["unsent"]) == (count, count, count, 0)
    assert (result["check"]["ok"], result["check"]["faults"]) == (True, {})
    latency = result["latency_ms"]
    assert 0 < latency["p50"] <= latency["p90"] <= latency["p99"] <= latency["p999"] <= latency["max"]


def targets(instances):
    return [words[1] for instance in instances for words in instance.requests()]


# ---- through rota


def test_each_request_is_answered_and_stands_in_the_logs_once(rota, trio):
    balancer = rota(to=trio)
    result = load(balancer, rate=RATE, seconds=SECONDS, check=trio)
    count = RATE * SECONDS
    assert_all_well(result, count)
    assert result["check"]["lines"] == count
    assert sorted(targets(trio)) == sorted(f"/load/{result['run']}-{n}" for n in range(count))
    assert result["connections"]["opened"] == result["connections"]["most_open"] <= 64


def test_one_request_a_connection(rota, trio):
    result = load(rota(to=trio), rate=RATE // 4, seconds=SECONDS, close=True, check=trio)
    assert_all_well(result, RATE // 4 * SECONDS)
    assert result["connections"]["opened"] == result["due"] == len(targets(trio))


@pytest.mark.parametrize("chunked", [False, True], ids=["by length", "in chunks"])
def test_bodies_arrive_and_come_back_as_they_were_sent(rota, trio, chunked):
    result = load(rota(to=trio), rate=RATE // 4, seconds=SECONDS, post=50, body=20_000, answer=30_000, chunked=chunked, check=trio)
    assert_all_well(result, RATE // 4 * SECONDS)
    assert 0.4 < result["posts"] / result["due"] < 0.6
    posts = [words for instance in trio for words in instance.requests() if words[0] == "POST"]
    assert len(posts) == result["posts"] and {words[3] for words in posts} == {"20000"}
    assert len({words[4] for words in posts}) == len(posts), "each id has a body of its own"
    assert result["bytes"]["sent"] > 20_000 * result["posts"] and result["bytes"]["received"] > 30_000 * result["due"]


def test_it_speaks_over_unix_sockets_too(test_instance, tmp_path):
    path = tmp_path / "socket"
    instance = test_instance(listen=f"unix:{path}")
    result = load(f"unix:{path}", rate=200, requests=100, post=50, body=0, check=[f"{instance.log_path}-2"])
    assert_all_well(result, 100)


def test_rotas_own_answers_are_counted_by_their_token(rota):
    balancer = rota(to=[f"127.0.0.1:{free_port()}"])
    result = load(balancer, rate=200, requests=50, quiet_failures=3, allow_failures=True)
    assert result["kinds"] == {"status 503 destination_unavailable": 50}
    assert (result["answered"], result["failed"], len(result["failures"])) == (0, 50, 3)
    assert load(balancer, rate=200, requests=50, codes=(1,))["verdict"] == "requests failed"


# ---- what it has to see in the logs


def doubled(lines, post):
    return [*lines, lines[post]]


def without(lines, post):
    return lines[:post] + lines[post + 1 :]


def with_another_hash(lines, post):
    *words, digits = lines[post].split(" ")
    return [*lines[:post], " ".join([*words, digits[::-1]]), *lines[post + 1 :]]


def shortened(lines, post):
    method, target, name, size, digits = lines[post].split(" ")
    return [*lines[:post], f"{method} {target} {name} {int(size) - 1} {digits}", *lines[post + 1 :]]


def with_one_more(lines, post):
    return [*lines, lines[post].replace("/load/told-", "/load/told-99")]


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (lambda lines, post: lines, {}),
        (lambda lines, post: [*lines, "GET / - 0 -", "BAD - - 0 -", lines[post].replace("told", "other")], {}),
        (doubled, {"sent twice": 1}),
        (without, {"missing": 1}),
        (with_another_hash, {"corrupted": 1}),
        (shortened, {"corrupted": 1}),
        (with_one_more, {"never sent": 1}),
    ],
    ids=["as it is", "lines of others", "a POST twice", "a POST missing", "another hash", "another size", "a line of nobody's"],
)
def test_a_log_that_says_something_else_is_seen(test_instance, tmp_path, change, faults):
    instance = test_instance()
    same = {"rate": 1000, "requests": 200, "post": 50, "body": 500, "run": "told"}
    assert_all_well(load(instance, check=[instance], **same), 200)
    lines = instance.log_path.read_text().splitlines()
    posts = [number for number, line in enumerate(lines) if line.startswith("POST")]
    changed = tmp_path / "log"
    changed.write_text("".join(line + "\n" for line in change(lines, posts[7])))
    # The same run, request for request; the log that it is held against is the one of the first.
    result = load(instance, check=[changed], codes=(1,) if faults else (0,), **same)
    assert (result["kinds"], result["check"]["faults"]) == ({}, faults)
    assert [fault.split(":")[0] for fault in result["check"]["listed"]] == list(faults)


def test_a_fault_in_the_logs_is_never_allowed(test_instance, tmp_path):
    instance = test_instance()
    result = load(instance, rate=1000, requests=20, check=[tmp_path / "nothing"], allow_failures=True, codes=(1,))
    assert result["check"]["faults"] == {"no log": 1, "missing": 20}


def test_a_get_may_be_tried_again_and_a_failed_post_may_have_arrived_once(raw_upstream, test_instance, tmp_path):
    upstream = raw_upstream(lambda connection: connection.read_request())  # which answers nothing, so that nothing has to be in the log
    log = tmp_path / "log"
    get = {"rate": 100, "requests": 1, "run": "told"}
    log.write_text("GET /load/told-0 - 0 -\n" * 2)
    result = load(upstream, check=[log], codes=(1,), **get)
    assert (result["kinds"], result["check"]["ok"], result["check"]["repeated_gets"]) == ({"closed without answer": 1}, True, 1)

    instance = test_instance()
    post = get | {"post": 100}
    load(instance, check=[instance], **post)
    for times, faults in ((0, {}), (1, {}), (2, {"sent twice": 1})):
        log.write_text(instance.log_path.read_text() * times)
        result = load(upstream, check=[log], codes=(1,), **post)
        assert (result["kinds"], result["check"]["faults"]) == ({"closed without answer": 1}, faults)


# ---- what it has to see in answers


def test_an_answer_to_another_request_is_seen(raw_upstream):
    seen = []

    def one_behind(connection):
        while request := connection.read_request(seconds=30):
            seen.append(id_of(request))
            connection.send(answer_to(seen[-2] if len(seen) == 10 else seen[-1]))

    result = load(raw_upstream(one_behind), rate=200, requests=20, connections=1, codes=(1,))
    assert result["kinds"] == {"mixed": 1} and result["answered"] == 19
    assert result["failures"][0]["id"] == seen[9].decode() and seen[8].decode() in result["failures"][0]["detail"]


def test_an_answer_about_other_bytes_is_seen(raw_upstream):
    def answers(text):
        def answer(connection):
            body = id_of(connection.read_request()) + text
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

        return answer

    another_hash = raw_upstream(answers(b" 1000 0123456789abcdef\n"))
    assert load(another_hash, rate=100, requests=1, post=100, codes=(1,))["kinds"] == {"wrong answer": 1}
    the_line_alone = raw_upstream(answers(b" 0 -\n"))
    assert load(the_line_alone, rate=100, requests=1)["kinds"] == {}
    assert load(the_line_alone, rate=100, requests=1, answer=5, codes=(1,))["kinds"] == {"wrong answer": 1}
    other_bytes_behind_it = raw_upstream(answers(b" 0 -\nhello"))
    assert load(other_bytes_behind_it, rate=100, requests=1, answer=5, codes=(1,))["kinds"] == {"wrong answer": 1}


FAILING = {
    "closed without answer": lambda connection, name: None,
    "closed in answer": lambda connection, name: connection.send(answer_to(name)[:-2]),
    "reset": lambda connection, name: connection.reset(),
    "timeout": lambda connection, name: connection.wait_closed(30),
    "status 404": lambda connection, name: connection.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"),
    "wrong answer": lambda connection, name: connection.send(answer_to(b"hello")),
    "malformed": lambda connection, name: connection.send(answer_to(name) + b"HTTP/1.1 200 OK\r\n"),
}


@pytest.mark.parametrize("kind", FAILING)
def test_each_kind_of_failure_has_its_name(raw_upstream, kind):
    upstream = raw_upstream(lambda connection: FAILING[kind](connection, id_of(connection.read_request())))
    result = load(upstream, rate=100, requests=1, timeout="500ms", codes=(1,))
    assert result["kinds"] == {kind: 1} and (result["answered"], result["failed"]) == (0, 1)
    failure = result["failures"][0]
    assert (failure["id"], failure["kind"], failure["connection"]) == (f"{result['run']}-0", kind, "new")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    ],
)
def test_an_answer_that_is_no_http_is_malformed(raw_upstream, answer):
    assert load(raw_upstream(answer), rate=100, requests=1, codes=(1,))["kinds"] == {"malformed": 1}


def test_every_way_to_frame_an_answer_is_understood(raw_upstream):
    def serve(connection):
        for write in (
            lambda line: b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer_to(line.split()[0]),
            lambda line: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\n%s\r\n%X\r\n%s\r\n0\r\nA: b\r\n\r\n" % (line[:1], len(line) - 1, line[1:]),
            lambda line: b"HTTP/1.1 200 OK\r\n\r\n" + line,
        ):
            for byte in write(id_of(connection.read_request(seconds=30)) + b" 0 -\n"):
                connection.send(bytes([byte]))  # in as many pieces as there can be

    result = load(raw_upstream(serve), rate=50, requests=3, connections=1)
    assert (result["answered"], result["connections"]["opened"]) == (3, 1)


def test_a_connection_that_the_server_has_closed_is_not_used_again(raw_upstream):
    def once(connection):
        connection.send(answer_to(id_of(connection.read_request())))

    result = load(raw_upstream(once), rate=10, requests=5)
    assert (result["kinds"], result["answered"], result["connections"]["opened"]) == ({}, 5, 5)


def test_a_request_on_a_kept_connection_that_gets_no_answer_is_a_failure(raw_upstream):
    def one_and_a_half(connection):
        connection.send(answer_to(id_of(connection.read_request(seconds=30))))
        connection.read_request(seconds=30)

    result = load(raw_upstream(one_and_a_half), rate=20, requests=2, connections=1, codes=(1,))
    assert result["kinds"] == {"closed without answer": 1} and result["failures"][0]["connection"] == "kept"


# ---- the load itself


def test_a_rate_that_was_not_kept_is_an_exit_code_of_its_own(raw_upstream):
    upstream = raw_upstream(lambda connection: connection.read_request() and connection.wait_closed(30))
    result = load(upstream, rate=100, requests=100, connections=1, timeout="3s", allow_failures=True, codes=(2,))
    assert result["sent_in_time"] == 1 and "sent 1 of 100 in time: the load client could not keep its rate" in result["verdict"]
    assert result["sent"] + result["unsent"] == 100


def test_latency_counts_from_when_a_request_was_due(raw_upstream):
    served = []

    def stalls_once(connection):
        while request := connection.read_request(seconds=30):
            served.append(request)
            if len(served) == 50:
                connection.wait_closed(0.3)
            connection.send(answer_to(id_of(request)))

    # 60 requests are due during those 0.3 s. Counted from when they were sent, all but one would be fast.
    result = load(raw_upstream(stalls_once), rate=200, requests=200, connections=1)
    assert result["answered"] == 200
    assert result["latency_ms"]["max"] >= 300 and result["latency_ms"]["p90"] >= 150
    assert result["late_ms"]["p90"] >= 150, "and it says that they were sent late"


def test_requests_are_sent_when_they_are_due_though_others_are_not_answered(raw_upstream):
    all_there = threading.Event()
    waiting = []

    def together(connection):
        request = connection.read_request()
        waiting.append(request)
        if len(waiting) == 20:
            all_there.set()
        assert all_there.wait(10), "the others did not come while this one had no answer"
        connection.send(answer_to(id_of(request)))

    result = load(raw_upstream(together), rate=200, requests=20)
    assert (result["answered"], result["connections"]["most_open"]) == (20, 20)


@pytest.mark.parametrize("arguments", [[], ["--to", "127.0.0.1:1"], ["--to", "x", "--rate", "1", "--seconds", "1"], ["--rate", "-1"], ["--timeout", "10"], ["--nonsense", "1"]])
def test_wrong_usage_is_exit_code_64(arguments):
    result = subprocess.run([LOAD_CLIENT_BIN, *arguments], capture_output=True, text=True, timeout=10)
    assert result.returncode == 64 and result.stderr.startswith("load-client: ") and result.stdout == ""
