"""What rota writes: a line a request in the access log, and its own words in the process log; also where whoever should take them does not."""

import fcntl
import json
import os
import re
import signal
import subprocess
import threading
import time

import pytest
from support.rota import Process, Rota, eventually, request, run_rota
from support.wire import SECONDS, Client

FIELDS = (
    "ts request_id client_ip method host path status duration ttfb connect_time attempts service instance error bytes_in bytes_out user_agent trace_id"
).split()
TEXT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 200 GET a /x \S+ default 127\.0\.0\.1:\d+ client=127\.0\.0\.1 attempts=1 ttfb=\S+ connect=\S+ error=- in=0 out=\d+ "
    r"id=\S{36} trace=- ua=-\n"
)
# So that no limit of the machine's adds a line of its own.
QUIET = {"ROTA_LIMITS_CONNECTIONS": "1000"}
F_SETPIPE_SZ = 1031
MANY = 5000


class Unheard(Rota):
    """One whose start line is not on stderr: it is up when it accepts."""

    _is_up = Process._is_up


def get(path="/x", *fields):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: a", *fields, "", ""]).encode()


def ask_many(port, count, connections=50, path="/many"):
    """So many requests, over so many connections at once, one behind the other on each. All must be answered."""
    clients = [Client(port) for _ in range(connections)]
    each = count // connections
    for client in clients:
        client.send(get(path) * each)
    for client in clients:
        assert [client.read_answer().status for _ in range(each)] == [200] * each
        client.close()


def whole(text):
    """The lines, parsed: each of them whole."""
    assert not text or text.endswith("\n"), f"not whole: {text[-200:]!r}"
    return [json.loads(line) for line in text.splitlines()]


def lines_in(path, count):
    """The parsed lines of a file, once there are so many. More never come."""
    eventually(lambda: path.read_text().count("\n") >= count, SECONDS, f"{count} lines in {path}")
    lines = whole(path.read_text())
    assert len(lines) == count
    return lines


def dropped_by(log):
    """How many lines of the access log rota says that it dropped."""
    return sum(int(number.replace(",", "")) for number in re.findall(r"access log:[^\n]*? ([\d,]+) lines? w\S+ dropped", log))


def lost_by(log):
    """How many lines rota says, at its end, that it could not write."""
    return sum(int(number) for number in re.findall(r"rota: (\d+) log lines? could not be written\n", log))


@pytest.fixture
def logged(rota, test_instance, tmp_path):
    """logged(name=value): a rota with one instance, and the file that its access log goes to. The arguments are the environment's ROTA_…"""

    def start(kind=Rota, **env):
        path = tmp_path / "access.log"
        balancer = rota(to=[test_instance()], env=QUIET | {"ROTA_ACCESS_LOG_PATH": str(path)} | {f"ROTA_{name}": value for name, value in env.items()})
        return balancer, path

    return start


# ---- formats and places


def test_a_line_of_json_has_the_fields_of_the_design_in_their_order(logged):
    balancer, path = logged()
    with Client(balancer.port) as client:
        client.ask(get("/x?y=1", "User-Agent: me", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"))
    (line,) = lines_in(path, 1)
    assert list(line) == FIELDS
    known = {"client_ip": "127.0.0.1", "method": "GET", "host": "a", "path": "/x?y=1", "status": 200, "attempts": 1, "service": "default", "error": None}
    known |= {"bytes_in": 0, "user_agent": "me", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}
    assert {name: line[name] for name in known} == known
    assert 0 <= line["connect_time"] <= line["ttfb"] <= line["duration"] < SECONDS
    assert abs(time.time() - timestamp(line["ts"])) < 10 * SECONDS


def timestamp(text):
    return time.mktime(time.strptime(text[:19] + " UTC", "%Y-%m-%dT%H:%M:%S %Z")) - time.timezone


def test_a_trace_that_is_none_is_null(logged):
    balancer, path = logged()
    with Client(balancer.port) as client:
        client.ask(get("/x", "traceparent: 00-nonsense"))
    assert lines_in(path, 1)[0]["trace_id"] is None


def test_the_format_text_is_for_people(logged):
    balancer, path = logged(ACCESS_LOG_FORMAT="text")
    with Client(balancer.port) as client:
        client.ask(get())
    eventually(lambda: path.read_text().endswith("\n"), SECONDS, "a line")
    assert TEXT.fullmatch(path.read_text()), path.read_text()


def test_the_format_off_writes_nothing_and_opens_nothing(logged):
    balancer, path = logged(ACCESS_LOG_FORMAT="off")
    assert request(balancer.port).status == 200
    balancer.stop()
    assert not path.exists() and balancer.output() == ""


@pytest.mark.parametrize("place", [None, "-", "stdout"])
def test_the_access_log_goes_to_stdout_and_the_process_log_does_not(rota, test_instance, place):
    access_log = "" if place is None else f"access_log: {{ path: '{place}' }}\n"
    balancer = rota(access_log + f"services: {{ default: {{ instances: ['{test_instance().address}'] }} }}", env=QUIET)
    assert request(balancer.port, path="/x").status == 200
    eventually(lambda: balancer.output(), SECONDS, "a line")
    balancer.stop()
    (line,) = whole(balancer.output())
    assert line["path"] == "/x" and "/x" not in balancer.log()


def test_the_access_log_may_go_to_stderr(rota, test_instance):
    balancer = rota(f"access_log: {{ format: text, path: stderr }}\nservices: {{ default: {{ instances: ['{test_instance().address}'] }} }}", env=QUIET)
    with Client(balancer.port) as client:
        client.ask(get())
    eventually(lambda: TEXT.search(balancer.log()), SECONDS, "a line")
    assert balancer.output() == ""
    assert all(line.startswith("rota: ") or TEXT.fullmatch(line) for line in balancer.log().splitlines(keepends=True))


def test_the_environment_stands_over_the_file(rota, test_instance, tmp_path):
    config = f"access_log: {{ format: off, path: /no/such }}\nservices: {{ default: {{ instances: ['{test_instance().address}'] }} }}"
    path = tmp_path / "other.log"
    balancer = rota(config, env=QUIET | {"ROTA_ACCESS_LOG_FORMAT": "json", "ROTA_ACCESS_LOG_PATH": str(path), "ROTA_ACCESS_LOG_HEADERS": "x-a,accept"})
    assert request(balancer.port, headers={"X-A": "1"}).status == 200
    (line,) = lines_in(path, 1)
    assert list(line) == [*FIELDS, "headers"] and line["headers"]["x-a"] == "1" and list(line["headers"]) == ["x-a", "accept"]


def test_a_file_is_added_to_and_not_for_everybody_to_read(logged):
    balancer, path = logged()
    assert request(balancer.port).status == 200
    lines_in(path, 1)
    assert path.stat().st_mode & 0o777 == 0o640
    balancer.stop()
    balancer.start()
    assert request(balancer.port).status == 200
    lines_in(path, 2)


# ---- secrets


def test_fields_that_are_asked_for_are_shown_and_secret_ones_hidden(logged):
    balancer, path = logged(ACCESS_LOG_HEADERS="authorization,cookie,x-tenant,x-none")
    with Client(balancer.port) as client:
        client.ask(get("/x?token=shown", "Authorization: Basic s3cret", "COOKIE: s3cret", "X-Tenant: one"))
    assert lines_in(path, 1)[0]["headers"] == {"authorization": "REDACTED", "cookie": "REDACTED", "x-tenant": "one", "x-none": None}
    assert "s3cret" not in path.read_text() and "token=shown" in path.read_text()


@pytest.mark.parametrize("format", ["json", "text"])
def test_the_query_is_hidden_where_that_is_asked_for(logged, format):
    balancer, path = logged(ACCESS_LOG_REDACT="query,x-tenant", ACCESS_LOG_HEADERS="x-tenant", ACCESS_LOG_FORMAT=format)
    with Client(balancer.port) as client:
        client.ask(get("/x?token=s3cret", "X-Tenant: s3cret"))
        assert client.ask(get("/y?token=s3cret", "Transfer-Encoding: gzip")).status == 501
    eventually(lambda: path.read_text().count("\n") == 2, SECONDS, "two lines")
    text = path.read_text()
    assert "s3cret" not in text and "/x?REDACTED" in text and "/y?REDACTED" in text


# ---- whatever a client sends

HOSTILE = {
    "quotes": (200, get("/x", 'User-Agent: "}\\" , \\')),
    "a quote in the path": (None, get('/"x\\', "User-Agent: x")),
    "an escape": (400, get("/x", "User-Agent: \x1b[31m")),
    "an escape in the path": (400, get("/\x1b[2J")),
    "UTF-8": (200, get("/x", "User-Agent: é \u2028 \u202e 😀")),
    "UTF-8 in the path": (None, get("/é\u2028")),
    "no UTF-8": (200, get().replace(b"Host: a", b"Host: a\r\nUser-Agent: \xff\xfe\xc3(\xed\xa0\x80\x80\r\nReferer: \xff")),
    "high bytes in the path": (None, get().replace(b"/x", b"/\xff\xfe")),
    "a line end in a value": (400, get("/x", "User-Agent: a\nb: c")),
    "a null": (400, get("/x", "User-Agent: a\0b")),
    "long ones": (200, get("/" + "p" * 8192, "User-Agent: " + "u" * 8192, 'Referer: "' + "r" * 8190)),
    "long ones to escape": (200, get("/x", "User-Agent: " + '"' * 8192, "Referer: " + "\\" * 8192)),
    "a long host": (None, get().replace(b"Host: a", b"Host: " + b"h" * 8192)),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_is_sent_is_one_line_and_valid(logged, what):
    balancer, path = logged(ACCESS_LOG_HEADERS="referer", WORKERS="1")
    status, sent = HOSTILE[what]
    with Client(balancer.port) as client:
        answer = client.ask(sent)
    assert answer.status == (status or answer.status)
    with Client(balancer.port) as client:
        assert client.ask(get("/next")).status == 200
    first, second = lines_in(path, 2)
    assert list(first)[: len(FIELDS)] == FIELDS and first["status"] == answer.status
    assert second["path"] == "/next"
    raw = path.read_bytes().splitlines(keepends=True)
    assert len(raw) == 2 and len(raw[0]) <= 8192
    assert not re.search(rb"[\x00-\x1f\x7f]", raw[0][:-1]) and not re.search("[\x80-\x9f\u2028\u202e]", raw[0].decode())
    agent = re.search(rb"User-Agent: ([^\r\n]*)\r\n", sent)
    if answer.status == 200 and agent and len(agent[1]) < 100 and agent[1].isascii():
        assert first["user_agent"] == agent[1].decode()


# ---- as many lines as requests


def test_every_request_has_its_line_and_the_id_that_its_instance_saw(rota, test_instance, tmp_path):
    path, instances = tmp_path / "access.log", [test_instance(), test_instance()]
    balancer = rota(to=instances, env=QUIET | {"ROTA_WORKERS": "4", "ROTA_ACCESS_LOG_PATH": str(path)})
    ask_many(balancer.port, MANY)
    lines = lines_in(path, MANY)
    seen = [words[2] for instance in instances for words in eventually_seen(instance)]
    ids = {line["request_id"] for line in lines}
    assert len(ids) == len(seen) == MANY and ids == set(seen)
    of_each = {instance.address: sum(line["instance"] == instance.address for line in lines) for instance in instances}
    assert of_each == {instance.address: instance.count() for instance in instances}


def eventually_seen(instance):
    return eventually(lambda: len(requests := instance.requests()) >= instance.count() and requests, SECONDS, "the instance's own log")


# ---- files that are moved away


def test_files_that_are_moved_away_under_load_lose_no_line_and_double_none(logged):
    balancer, path = logged(WORKERS="2")
    stop, answered, failed = threading.Event(), [], []

    def go_on():
        try:
            with Client(balancer.port) as client:
                while not stop.is_set():
                    client.send(get() * 10)
                    answered.extend(client.read_answer().status for _ in range(10))
        except Exception as error:  # noqa: BLE001: it belongs to the test, not to this thread
            failed.append(error)

    threads = [threading.Thread(target=go_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    moved = []
    try:
        for number in range(5):
            eventually(lambda: path.exists() and path.stat().st_size > 20_000, SECONDS, "lines in the file")
            moved.append(path.rename(path.with_suffix(f".{number}")))
            balancer.signal(signal.SIGUSR1)
            eventually(path.exists, SECONDS, "a new file")
    finally:
        stop.set()
        for thread in threads:
            thread.join(SECONDS)
    assert not failed
    assert balancer.log().count("SIGUSR1: log files are opened anew\n") == 5
    balancer.stop()
    files = [whole(file.read_text()) for file in [*moved, path]]
    ids = [line["request_id"] for lines in files for line in lines]
    assert len(ids) == len(set(ids)) == len(answered)
    assert all(files[:5])


def test_where_a_new_file_cannot_be_opened_the_old_one_is_kept(logged):
    balancer, path = logged()
    assert request(balancer.port).status == 200
    lines_in(path, 1)
    moved = path.rename(path.with_suffix(".moved"))
    path.mkdir()
    balancer.signal(signal.SIGUSR1)
    eventually(lambda: "rota: error: access log: " in balancer.log(), SECONDS, "saying so")
    assert f"rota: error: access log: cannot open {path}: Is a directory; the old file is kept\n" in balancer.log()
    assert request(balancer.port).status == 200
    lines_in(moved, 2)


# ---- pipes and disks that do not take it


class Pipe:
    """A named pipe, as small as one can be, whose reader is the test. `open` says whether there is one."""

    def __init__(self, path):
        self.path = path
        os.mkfifo(path)
        self.fd = None
        self.open()

    def open(self):
        self.fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(self.fd, F_SETPIPE_SZ, 4096)

    def close(self):
        if self.fd is not None:
            os.close(self.fd)
        self.fd = None

    def read(self):
        """What is there now."""
        text = b""
        while True:
            try:
                piece = os.read(self.fd, 65536)
            except BlockingIOError:
                return text.decode()
            if not piece:
                return text.decode()
            text += piece


@pytest.fixture
def piped(started, test_instance, tmp_path):
    """piped(): a rota of one worker whose stdout is a pipe, and that pipe."""
    pipes = []

    def start(**env):
        pipe = Pipe(tmp_path / "pipe")
        pipes.append(pipe)
        balancer = Rota(to=[test_instance()], env=QUIET | {"ROTA_WORKERS": "1"} | env)
        balancer.command = ["sh", "-c", 'exec "$@" >"$0"', str(pipe.path), *balancer.command]
        return started(balancer), pipe

    yield start
    for pipe in pipes:
        pipe.close()


def test_a_pipe_that_nobody_reads_holds_up_nobody_and_what_is_dropped_is_counted(piped):
    balancer, pipe = piped()
    ask_many(balancer.port, MANY)
    slow = r"rota: warning: access log: [\d,]+ lines? w\w+ dropped: stdout does not take them fast enough\n"
    eventually(lambda: re.search(slow, balancer.log()), SECONDS, "saying so")
    text, asked = "", MANY

    def goes_on():  # only when all that had to wait is read is there room for more
        nonlocal text, asked
        ask_many(balancer.port, 1, 1, "/later")
        asked += 1
        text += pipe.read()
        return '"path":"/later"' in text

    eventually(goes_on, SECONDS, "lines going on")
    balancer.stop()
    text += pipe.read()
    lines = whole(text[: text.rfind("\n") + 1])
    assert len({line["request_id"] for line in lines}) == len(lines)
    assert 100 < sum(line["path"] == "/many" for line in lines) < MANY
    assert len(lines) + dropped_by(balancer.log()) + lost_by(balancer.log()) == asked


def test_a_pipe_whose_reader_is_gone_holds_up_nobody_and_a_new_reader_gets_whole_lines(piped):
    balancer, pipe = piped()
    ask_many(balancer.port, 500)
    pipe.close()
    ask_many(balancer.port, MANY)
    eventually(lambda: "cannot write stdout" in balancer.log(), SECONDS, "saying so")
    assert balancer.log().count("rota: warning: access log: cannot write stdout: Broken pipe; lines are dropped until it can\n") == 1
    pipe.open()
    ask_many(balancer.port, 50, path="/later")
    text = ""

    def has_come():
        nonlocal text
        text += pipe.read()
        return "writes again" in balancer.log() and not pipe.read()

    eventually(has_come, SECONDS, "writing again")
    assert whole(text)
    assert re.search(r"rota: access log: stdout writes again; [\d,]+ lines were dropped\n", balancer.log())


def test_a_pipe_that_nobody_reads_does_not_keep_it_from_ending_and_every_line_is_accounted_for(piped):
    balancer, pipe = piped()
    ask_many(balancer.port, MANY)
    begun = time.monotonic()
    balancer.signal(signal.SIGTERM)
    assert balancer.wait_exit(SECONDS) == 0
    assert time.monotonic() - begun < 10
    assert lost_by(balancer.log()) > 0 and dropped_by(balancer.log()) > 0
    text = pipe.read()
    assert text.count("\n") + lost_by(balancer.log()) + dropped_by(balancer.log()) == MANY
    whole(text[: text.rfind("\n") + 1])


def test_a_full_disk_is_said_once_and_holds_up_nobody(rota, test_instance):
    balancer = rota(to=[test_instance()], env=QUIET | {"ROTA_ACCESS_LOG_PATH": "/dev/full"})
    ask_many(balancer.port, MANY)
    until = time.monotonic() + 1  # it tries five times a second
    while time.monotonic() < until:
        assert request(balancer.port).status == 200
    said = "rota: warning: access log: cannot write /dev/full: No space left on device; lines are dropped until it can\n"
    eventually(lambda: said in balancer.log(), SECONDS, "saying so")
    assert balancer.log().count("/dev/full") == 1
    balancer.stop()
    assert lost_by(balancer.log()) > 0


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB. Asked for before rota, so that nobody has a file open on it when it goes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)  # lazily: where the test failed, rota still has its file open


def test_a_disk_that_was_full_gets_whole_lines_when_there_is_room_again(small_disk, rota, test_instance):
    path, filler = small_disk / "access.log", small_disk / "filler"
    filler.write_bytes(b"x" * 48 * 1024)
    balancer = rota(to=[test_instance()], env=QUIET | {"ROTA_ACCESS_LOG_PATH": str(path)})
    ask_many(balancer.port, 100)
    said = f"rota: warning: access log: cannot write {path}: No space left on device; lines are dropped until it can\n"
    eventually(lambda: said in balancer.log(), SECONDS, "saying so")
    assert path.read_text().count("\n") < 100
    filler.unlink()
    lines = lines_in(path, 100)
    assert len({line["request_id"] for line in lines}) == 100
    eventually(lambda: f"rota: access log: {path} writes again; no line was dropped\n" in balancer.log(), SECONDS, "saying so")
    balancer.stop()  # its file is open until then


# ---- places that cannot be had

BAD = {
    "a folder that is not there": ("{}/none/access.log", "cannot open {}/none/access.log: No such file or directory"),
    "a folder": ("{}", "cannot open {}: Is a directory"),
    "a pipe that nobody reads": ("{}/fifo", "cannot open {}/fifo: nobody reads from it"),
}


@pytest.mark.parametrize("key", ["access_log", "log"])
@pytest.mark.parametrize("what", BAD)
def test_a_place_that_cannot_be_opened_is_one_clear_line(tmp_path, what, key):
    os.mkfifo(tmp_path / "fifo")
    path, said = (text.format(tmp_path) for text in BAD[what])
    config = tmp_path / "rota.yaml"
    config.write_text(f"{key}: {{ path: '{path}' }}\nlisten: 127.0.0.1:0\nservices: {{ app: {{ instances: [127.0.0.1:9001] }} }}\n")
    result = run_rota("run", "-c", config, env=QUIET)
    assert (result.returncode, result.stdout, result.stderr) == (1, "", f"rota: cannot start: {key}.path: {said}\n")
    # It is no mistake of the file's: the place is the machine's, and may come.
    assert run_rota("validate", "-c", config).returncode == 0


def test_a_place_is_not_empty():
    result = run_rota("proxy", "--to", "127.0.0.1:9001", env=QUIET | {"ROTA_ACCESS_LOG_PATH": ""})
    assert result.returncode == 1 and result.stderr.startswith("ROTA_ACCESS_LOG_PATH: "), result.stderr


# ---- the process log


def test_the_level_warn_hides_what_is_only_told(started, test_instance):
    balancer = started(Unheard(f"services: {{ app: {{ instances: [{test_instance().address}] }} }}\n", env=QUIET | {"ROTA_LOG_LEVEL": "warn"}))
    balancer.signal(signal.SIGUSR1)
    balancer.config.write_text("nonsense")
    balancer.signal(signal.SIGHUP)
    eventually(lambda: "not valid" in balancer.log(), SECONDS, "an error")
    balancer.stop()
    assert re.fullmatch(r"rota: error: the config is not valid[^\n]+\n", balancer.log()), balancer.log()


def test_the_process_log_may_be_a_file_of_lines_that_begin_with_its_name(started, test_instance, tmp_path):
    path = tmp_path / "process.log"
    balancer = started(Unheard(to=[test_instance()], env=QUIET | {"ROTA_LOG_PATH": str(path)}))
    eventually(lambda: path.read_text().count(" listening on ") == 1, SECONDS, "the start line")
    moved = path.rename(tmp_path / "moved.log")
    balancer.signal(signal.SIGUSR1)
    eventually(lambda: path.exists() and "SIGUSR1" in path.read_text() + moved.read_text(), SECONDS, "a new file")
    balancer.stop()
    assert balancer.log() == ""
    text = moved.read_text() + path.read_text()
    assert text.endswith("rota: ended\n") and all(line.startswith("rota: ") for line in text.splitlines())
    assert path.read_text().endswith("rota: ended\n")


def test_both_logs_may_go_to_the_same_file(started, test_instance, tmp_path):
    path = tmp_path / "both.log"
    balancer = started(Unheard(to=[test_instance()], env=QUIET | {"ROTA_LOG_PATH": str(path), "ROTA_ACCESS_LOG_PATH": str(path)}))
    ask_many(balancer.port, 500)
    balancer.stop()
    lines = path.read_text().splitlines()
    assert sum(line.startswith("{") for line in lines) == 500
    assert all(line.startswith("rota: ") or json.loads(line) for line in lines)
