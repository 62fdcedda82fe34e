"""Real processes and raw sockets for the tests that meet rota as its users do.

Nothing here sleeps for time to pass: whatever has to become true is polled, with a deadline (`eventually`). No port is fixed. A process that reports a
sanitizer's finding fails the test that started it, and each is stopped by the test that started it, by its own pid.
"""

import http.client
import json
import os
import random
import re
import resource
import select
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROTA_BIN = ROOT / os.environ.get("ROTA_BIN", "build/release/rota")
# Memory and speed say nothing about rota where a sanitizer keeps its books beside it.
SANITIZED = ROTA_BIN.parent.name in ("dev", "tsan")
# The instances are the release build's whatever rota is tested: they are not what is looked at.
APPLICATION_BIN = ROOT / "build/release/rota-example-application"
TEST_INSTANCE_BIN = ROOT / "build/release/test-instance"
LOAD_CLIENT_BIN = ROOT / "build/release/load-client"

START_SECONDS = 10
STOP_SECONDS = 10
SANITIZER_REPORTS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "WARNING: ThreadSanitizer", "ERROR: ThreadSanitizer")


# ---- waiting


def eventually(predicate, seconds=5.0, what="", every=0.01):
    """Polls until `predicate()` is true, and returns what it returned. Fails after `seconds`. `every`: more, where looking costs something."""
    deadline = time.monotonic() + seconds
    while True:
        result = predicate()
        if result:
            return result
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds} s: {what or predicate.__name__}")
        time.sleep(every)


# ---- ports

# Below the range from which the kernel takes the ports of outgoing connections, so that none of a test's own clients can be sitting on one.
_ports = iter(random.sample(range(12_000, 32_000), 20_000))
_ports_lock = threading.Lock()


def free_port(host="127.0.0.1"):
    """A port that nobody has, and that no other call of this run was given."""
    with _ports_lock:
        for port in _ports:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
                # As servers bind: what is left in TIME_WAIT does not matter, a listener does.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                except OSError:
                    continue
                return port
    raise AssertionError("no port is free")


def accepts(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), timeout=1).close()
        return True
    except OSError:
        return False


# ---- open files


@contextmanager
def room_for(count):
    """This process may open so many files more than it may need for anything else."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, count + 256)), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# ---- processes


class Process:
    """A started program with its output in files. Use as a context manager; leaving it stops the program and checks how it ended.
    `open_files` are its soft and its hard limit of them; None: as ours are."""

    stop_code = 0
    start_seconds = START_SECONDS
    stop_seconds = STOP_SECONDS

    def __init__(self, command, *, port, env=None, wait=True, open_files=None):
        self.command = [str(part) for part in command]
        self.port = port
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"
        self.process = None
        self._folder = tempfile.TemporaryDirectory(prefix="rota-test-")
        self.folder = Path(self._folder.name)
        self._env = {name: value for name, value in os.environ.items() if not name.startswith("ROTA_")} | (env or {})
        self._wait = wait
        self._open_files = open_files

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.stop()
            else:
                self.kill()
                print(self._ending())
        finally:
            self.kill()
            self._folder.cleanup()

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        """Starts it, also again after stop() or kill(), on the same port; returns when it accepts connections. The output goes on in the same files."""
        # prlimit becomes the program: the pid stays. No code of ours runs between fork and exec, where other threads' locks are held for ever.
        command = self.command if self._open_files is None else ["prlimit", "--nofile=%d:%d" % self._open_files, *self.command]
        with open(self.folder / "stdout", "ab") as out, open(self.folder / "stderr", "ab") as err:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self._env, cwd=self.folder)
        try:
            if self._wait:
                eventually(lambda: self.process.poll() is not None or self._is_up(), self.start_seconds, "being up")
                if self.process.poll() is not None:
                    raise AssertionError("it ended at once")
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self._ending()}") from None
        return self

    def _is_up(self):
        return accepts(self.port)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait_exit(self, seconds=None):
        """Waits until it has ended by itself, `stop_seconds` where nothing else is said, and returns its exit code (negative: the signal)."""
        seconds = self.stop_seconds if seconds is None else seconds
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running after {seconds} s\n{self._ending()}") from None

    def stop(self, code=None):
        """SIGTERM; it must end by itself, with `code` (None: as this kind of program does), and without a sanitizer's report."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        ended = self.wait_exit()
        expected = self.stop_code if code is None else code
        reports = [report for report in SANITIZER_REPORTS if report in self.log()]
        ending = self._ending()
        self.process = None
        assert not reports, f"a sanitizer found something: {reports}\n{ending}"
        assert ended == expected, f"exit code {ended}, not {expected}\n{ending}"

    def kill(self):
        """SIGKILL: for the dead instance of a story, and for cleaning up. Nothing is checked."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def expect_dead(self):
        """This one was meant to die: leaving the context checks nothing more."""
        self.kill()
        self.process = None

    def log(self):
        return (self.folder / "stderr").read_text(errors="replace") if (self.folder / "stderr").exists() else ""

    def output(self):
        return (self.folder / "stdout").read_text(errors="replace") if (self.folder / "stdout").exists() else ""

    def resident_bytes(self):
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def peak_resident_bytes(self):
        """The most that it has had at any time, by the kernel's own count."""
        return 1024 * int(re.search(r"(?m)^VmHWM:\s+(\d+) kB$", Path(f"/proc/{self.pid}/status").read_text())[1])

    def forget_peak(self):
        """The most that it has had is counted anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def descriptors(self):
        """How many it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self):
        """How many it runs."""
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def _ending(self):
        state = None if self.process is None else self.process.returncode
        return f"$ {' '.join(self.command)}\nexit code: {state}\nstdout: …{self.output()[-2000:]}\nstderr: …{self.log()[-8000:]}"


class Rota(Process):
    """rota itself. Either `Rota(config_text)`: `rota run -c FILE --listen 127.0.0.1:PORT` (without --listen where the text has its own: then say `port`),
    or `Rota(to=[instance or "host:port", …])`: `rota proxy --from … --to …`. `args` come after those; every ROTA_* of the caller's is dropped, `env` is added;
    `env`, `wait` and `open_files` are Process's. Without `probes` it looks at no instance by itself, so that a scripted one sees the test's requests and nothing
    else; a key of the file's wins over that. Without `admin` it has no admin pages; with it, they are at `admin_port`."""

    # Its first socket accepts before its last one is open; only its start line says that all are.
    def _is_up(self):
        return accepts(self.port) and self.log().count(" listening on ") > self._starts_before

    def start(self):
        self._starts_before = self.log().count(" listening on ")
        return super().start()

    def __init__(self, config=None, *, to=(), args=(), port=None, probes=False, admin=False, env=None, **options):
        self.admin_port = free_port() if admin else None
        env = {"ROTA_ADMIN_LISTEN": f"127.0.0.1:{self.admin_port}" if admin else "off"} | ({} if probes else {"ROTA_HEALTH_INTERVAL": "off"}) | (env or {})
        own_listen = config is not None and re.search(r"^listen\s*:", config, re.MULTILINE)
        assert port or not own_listen, "the config has its own listen: say which port"
        port = port or free_port()
        super().__init__([], port=port, env=env, **options)
        if config is None:
            command = ["proxy", "--from", self.address]
            for instance in to:
                command += ["--to", instance if isinstance(instance, str) else instance.address]
        else:
            self.config = self.folder / "rota.yaml"
            self.config.write_text(config)
            command = ["run", "-c", str(self.config)] + ([] if own_listen else ["--listen", self.address])
        self.command = [str(ROTA_BIN), *command, *map(str, args)]


class Instance(Process):
    """The example application, as an instance."""

    def __init__(self, name="app-1", port=None, env=None):
        port = port or free_port()
        super().__init__([APPLICATION_BIN, "--listen", f"127.0.0.1:{port}", "--name", name], port=port, env=env)
        self.name = name

    def faults(self, **faults):
        """Sets them, past whatever stands in front of it."""
        answer = request(self.port, "POST", "/faults", json=faults)
        assert answer.status == 200, answer.body
        return answer.json()

    def requests(self):
        """Those of clients that it has had, not counting this one."""
        return request(self.port, "GET", "/").json()["requests"] - 1


class TestInstance(Process):
    """The fast instance for tests that count: every request is a line of its log. `host`: 0.0.0.0 is all of 127.*.*.*. `options` are its flags: body=1000 is --body 1000."""

    __test__ = False  # not a class of tests
    stop_code = 0

    def __init__(self, name="instance-1", port=None, log=True, host="127.0.0.1", **options):
        port = port or free_port()
        command = [TEST_INSTANCE_BIN, "--listen", f"{host}:{port}", "--name", name]
        super().__init__(command, port=port)
        self.name = name
        self.log_path = self.folder / "requests" if log is True else log
        if self.log_path:
            self.command += ["--log", str(self.log_path)]
        for option, value in options.items():
            self.command += ["--" + option.replace("_", "-"), str(value)]

    def requests(self):
        """Its log, a list of words for each request: method, target, X-Request-Id or '-', body bytes, the body's hash or '-'."""
        path = Path(self.log_path)
        return [line.split(" ") for line in path.read_text(errors="replace").splitlines()] if path.exists() else []

    def count(self):
        return int(request(self.port, "GET", "/count").body)


def run_rota(*args, env=None, seconds=20):
    """A command of rota's that ends by itself: its CompletedProcess, with text. Sanitizer reports fail."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ROTA_")} | (env or {})
    result = subprocess.run([ROTA_BIN, *map(str, args)], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=seconds, env=environment)
    assert not any(report in result.stderr for report in SANITIZER_REPORTS), result.stderr
    return result


# ---- clients


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)


def request(port, method="GET", path="/", *, body=None, headers=None, json=None, seconds=10.0):
    """One request on a connection of its own, by http.client."""
    headers = dict(headers or {})
    if json is not None:
        body = _dump(json)
        headers.setdefault("Content-Type", "application/json")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def _dump(value):
    return json.dumps(value).encode()


def exchange(port, data, *, seconds=5.0, until=None, half_close=False):
    """Sends `data`, then reads until the peer closes, the deadline, or `until`: bytes to be seen, or a function of what was received. A reset ends it like a
    close. Returns all that was received."""
    received = b""
    deadline = time.monotonic() + seconds
    done = (lambda got: until in got) if isinstance(until, bytes) else until
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused while we were still sending: the answer may be there all the same
        while not (done and done(received)):
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                break
            connection.settimeout(remaining)
            try:
                piece = connection.recv(65536)
            except OSError:
                break
            if not piece:
                break
            received += piece
    return received


def read_answer(connection, seconds=5.0):
    """One answer of those that a kept connection (a socket) carries: its head, and the body that Content-Length announces. Nothing of what follows is taken."""
    answer, size = b"", None
    connection.settimeout(seconds)
    while size is None or len(answer) < size:
        # Byte by byte until the head is whole: it is a test's few connections, and the next answer must stay where it is.
        piece = connection.recv(1 if size is None else size - len(answer))
        assert piece, f"closed in the middle of an answer: {answer!r}"
        answer += piece
        if size is None and answer.endswith(b"\r\n\r\n"):
            announced = re.search(rb"\r\ncontent-length: *(\d+)", answer, re.IGNORECASE)
            size = len(answer) + (int(announced[1]) if announced else 0)
    return answer


# ---- load that counts every request


def load(to, *, check=(), codes=(0,), limit=120, **options):
    """Runs load-client against `to` (whatever has an address, or the address) until it ends by itself, and returns what it reports, a dict. `check` are the
    test instances, or paths of logs, that must agree with it. `options` are its flags: rate=2000, seconds=3, post=50, close=True. Any other exit code than
    those in `codes` fails; so does one that takes longer than `limit` seconds. It blocks: a story that goes on meanwhile calls it in a thread of its own."""
    command = [str(LOAD_CLIENT_BIN), "--to", getattr(to, "address", to)]
    for option, value in options.items():
        if value is not False:
            command += ["--" + option.replace("_", "-")] + ([] if value is True else [str(value)])
    for log in check:
        command += ["--check", str(getattr(log, "log_path", log))]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit)
    assert result.returncode in codes, f"$ {' '.join(command)}\nexit code: {result.returncode}\nstderr: {result.stderr[-4000:]}"
    return json.loads(result.stdout)

def is_readable(connection, seconds=0.0):
    """Whether there is something to read on a socket, an end included, within that time. Also for descriptors past 1023, where select() ends."""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(1000 * seconds))


# ---- an upstream that does exactly what a test says


class UpstreamConnection:
    """One accepted connection, in the hands of a RawUpstream's handler. Everything that was read from it stays in `received`."""

    def __init__(self, accepted):
        self.socket = accepted
        self.received = b""
        self.peer_closed = False
        self._taken = 0

    def _read_more(self, seconds):
        if not is_readable(self.socket, seconds):
            return False
        try:
            piece = self.socket.recv(65536)
        except OSError:
            piece = b""
        self.peer_closed = self.peer_closed or not piece
        self.received += piece
        return bool(piece)

    def _take(self, end):
        taken = self.received[self._taken : end]
        self._taken = end
        return taken

    def read_until(self, marker, seconds=5.0):
        """What came since the last read, up to and with `marker`; b"" where the peer closed or the time ran out first."""
        deadline = time.monotonic() + seconds
        while (at := self.received.find(marker, self._taken)) < 0:
            if not self._read_more(max(0.0, deadline - time.monotonic())):
                return b""
        return self._take(at + len(marker))

    def read_exactly(self, size, seconds=5.0):
        deadline = time.monotonic() + seconds
        while len(self.received) - self._taken < size:
            if not self._read_more(max(0.0, deadline - time.monotonic())):
                return b""
        return self._take(self._taken + size)

    def read_head(self, seconds=5.0):
        return self.read_until(b"\r\n\r\n", seconds)

    def read_request(self, seconds=5.0):
        """Head and body, framed by Content-Length or by chunks; b"" where there is no further request."""
        head = self.read_head(seconds)
        if match := re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE):
            return head + self.read_exactly(int(match[1]), seconds)
        if re.search(rb"\r\ntransfer-encoding: *chunked", head, re.IGNORECASE):
            return head + self._read_chunks(seconds)
        return head

    def _read_chunks(self, seconds):
        body = b""
        while line := self.read_until(b"\r\n", seconds):
            body += line
            size = int(line.split(b";")[0], 16)
            if size == 0:
                break
            body += self.read_exactly(size + 2, seconds)
        while (line := self.read_until(b"\r\n", seconds)) not in (b"", b"\r\n"):
            body += line
        return body + line

    def pieces(self, size=65536):
        """Whatever comes from here on, piece by piece, until the peer's end; a reset raises. None of it is kept in `received`."""
        if begun := self._take(len(self.received)):
            yield begun
        while piece := self.socket.recv(size):
            yield piece
        self.peer_closed = True

    def wait_closed(self, seconds=5.0):
        """True when the peer closed (or reset) within that time; whatever comes until then is kept."""
        deadline = time.monotonic() + seconds
        while not self.peer_closed and (remaining := deadline - time.monotonic()) > 0:
            self._read_more(remaining)
        return self.peer_closed

    def send(self, data):
        self.socket.sendall(data)

    def finish(self):
        """No more from this side: a FIN."""
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        """A RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class RawUpstream:
    """A TCP server with a thread for each connection. `script` is either the bytes that answer every request, or a function of an UpstreamConnection, which
    is closed when that returns. What a function raises fails the test at the end, unless it is the connection that broke."""

    def __init__(self, script, port=None):
        self._script = script if callable(script) else self._answering(script)
        self.connections = []
        self.errors = []
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", port or free_port()), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"

    @staticmethod
    def _answering(data):
        def answer(connection):
            while connection.read_request(seconds=30):
                connection.send(data)

        return answer

    @property
    def received(self):
        """All the bytes of each connection, in the order in which they were accepted."""
        return [connection.received for connection in self.connections]

    def __enter__(self):
        self._spawn(self._accept)
        return self

    def __exit__(self, kind, *_):
        self.stop()
        if kind is None:
            assert not self.errors, self.errors

    def stop(self):
        """Refuses new connections and breaks those there are."""
        for ending in (self._listener, *(connection.socket for connection in self.connections)):
            try:
                ending.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits on it
            except OSError:
                pass
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _spawn(self, function, *args):
        thread = threading.Thread(target=function, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = UpstreamConnection(accepted)
            self.connections.append(connection)
            self._spawn(self._serve, connection)

    def _serve(self, connection):
        try:
            self._script(connection)
        except OSError:
            pass
        except Exception as error:  # noqa: BLE001: it belongs to the test, not to this thread
            self.errors.append(error)
        finally:
            connection.close()
