"""The five servers that read what rota forwards: nginx, haproxy, apache2, lighttpd and node, each as its own program, by its own reading of HTTP. Each says of a
request what it took it for, in a field of its answer: `X-Seen: METHOD TARGET BODY`, the first two in hexadecimal, the body as its SHA-256. haproxy and node
say so themselves; the others hand the request on to a Witness."""

import asyncio
import hashlib
import os
import pwd
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass

from support.rota import STOP_SECONDS, Process, free_port

MODULES = "/usr/lib/apache2/modules"


@dataclass(frozen=True)
class Seen:
    method: bytes
    target: bytes
    body: str  # its hash

    @staticmethod
    def of(method, target, body):
        return Seen(method, target, hashlib.sha256(body).hexdigest())

    @staticmethod
    def parsed(value):
        method, target, body = value.decode("ascii").split(" ")
        return Seen(bytes.fromhex(method), bytes.fromhex(target), body.lower())


# ---- the Witness: what nginx, apache2 and lighttpd make of a request, they send here in their own words


class Witness(asyncio.Protocol):
    """Believes those servers: in HTTP they write Content-Length, or chunks, and never both. lighttpd speaks SCGI, where the target stands as it came."""

    def connection_made(self, transport):
        self._transport = transport
        self._data = b""

    def data_received(self, data):
        if not self._data and b"\r\nexpect: 100-continue\r\n" in data.partition(b"\r\n\r\n")[0].lower() + b"\r\n":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._data += data
        if re.match(rb"\d+:", self._data):  # no method has a colon
            self._answer_scgi()
            return
        while (request := whole_request(self._data)) is not None:
            seen, self._data = request
            self._transport.write(b"HTTP/1.1 200 OK" + answer_to(seen))

    def _answer_scgi(self):
        seen = whole_scgi(self._data)
        if seen:
            self._transport.write(b"Status: 200" + answer_to(seen))
            self._transport.close()


def answer_to(seen):
    return b"\r\nContent-Length: 0\r\nX-Seen: %b %b %b\r\n\r\n" % (seen.method.hex().encode(), seen.target.hex().encode(), seen.body.encode())


def whole_scgi(data):
    """What it is; None where it is not whole yet."""
    size, _, rest = data.partition(b":")
    if len(rest) < int(size) + 1:
        return None
    words = rest[: int(size)].split(b"\0")
    named = dict(zip(words[::2], words[1::2]))
    body = rest[int(size) + 1 :]
    return Seen.of(named[b"REQUEST_METHOD"], named[b"REQUEST_URI"], body) if len(body) >= int(named[b"CONTENT_LENGTH"]) else None


def whole_request(data):
    """What it is, and the bytes behind it; None where it is not whole yet. apache2 merges slashes at the beginning of a target: there a field of our own has
    the line as it came."""
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None
    line, *fields = head.split(b"\r\n")
    named = {name.strip().lower(): value.strip() for name, _, value in (field.partition(b":") for field in fields)}
    method, target, _ = named.get(b"x-line-as-it-came", line).split(b" ")
    if named.get(b"transfer-encoding"):
        body = whole_chunks(rest)
        return body and (Seen.of(method, target, body[0]), body[1])
    size = int(named.get(b"content-length", b"0"))
    return None if len(rest) < size else (Seen.of(method, target, rest[:size]), rest[size:])


def whole_chunks(data):
    """Their payload, and the bytes behind them; None where they are not whole yet."""
    payload = b""
    while True:
        line, end, data = data.partition(b"\r\n")
        size = int(line.split(b";")[0], 16) if end else 0
        if not end or len(data) < size + 2:
            return None
        if size == 0:
            while data and not data.startswith(b"\r\n"):
                data = data.partition(b"\r\n")[2]
            return (payload, data[2:]) if data else None
        payload += data[:size]
        data = data[size + 2 :]


# ---- the programs


class Server(Process):
    """One of them, listening on a free port. Its files are in a folder of its own, and it stays in the foreground."""

    name = program = config = ""

    def __init__(self, witness_port):
        super().__init__([], port=free_port())
        names = {"port": self.port, "witness": witness_port, "folder": self.folder, "modules": MODULES, "root": "" if os.geteuid() else self._as_nobody()}
        path = self.folder / "config"
        path.write_text(self.config % names)
        self.command = [shutil.which(self.program, path=os.environ["PATH"] + ":/usr/sbin") or self.program, *(part % {"config": path} for part in self.arguments)]

    def stop(self, code=None):
        """How they end says nothing about rota."""
        self.kill()

    def kill(self):
        """Asks it first: apache2 ends its children itself."""
        if self.is_running():
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                super().kill()

    @staticmethod
    def _as_nobody():
        return "User nobody\nGroup #%d" % pwd.getpwnam("nobody").pw_gid


class Nginx(Server):
    name, program, arguments = "nginx", "nginx", ("-c", "%(config)s", "-e", "stderr")
    config = """
daemon off;
master_process off;
pid %(folder)s/pid;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 100000;
  client_body_temp_path %(folder)s/body; proxy_temp_path %(folder)s/proxy; fastcgi_temp_path %(folder)s/fastcgi;
  uwsgi_temp_path %(folder)s/uwsgi; scgi_temp_path %(folder)s/scgi;
  large_client_header_buffers 8 64k;
  upstream witness { server 127.0.0.1:%(witness)d; keepalive 64; }
  server {
    listen 127.0.0.1:%(port)d backlog=1024;
    merge_slashes off;
    location / { proxy_pass http://witness; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
"""


class Haproxy(Server):
    name, program, arguments = "haproxy", "haproxy", ("-db", "-f", "%(config)s")
    config = """
global
  tune.bufsize 65536
  tune.http.maxhdr 256
  maxconn 2000
defaults
  mode http
  timeout client 10s
  timeout http-request 10s
  timeout http-keep-alive 10s
  timeout server 10s
  timeout connect 10s
frontend all
  bind 127.0.0.1:%(port)d
  option http-buffer-request
  http-request wait-for-body time 10s
  http-request return status 200 hdr X-Seen "%%[method,hex] %%[url,hex] %%[req.body,sha2(256),hex]"
"""


class Apache(Server):
    name, program, arguments = "apache2", "apache2", ("-f", "%(config)s", "-DFOREGROUND")
    config = """
ServerRoot %(folder)s
ServerName a
DefaultRuntimeDir %(folder)s
PidFile %(folder)s/pid
ErrorLog %(folder)s/errors
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule proxy_module %(modules)s/mod_proxy.so
LoadModule proxy_http_module %(modules)s/mod_proxy_http.so
LoadModule headers_module %(modules)s/mod_headers.so
%(root)s
Listen 127.0.0.1:%(port)d
MaxKeepAliveRequests 0
LimitRequestFieldSize 65536
LimitRequestLine 65536
LimitRequestFields 0
MergeSlashes Off
RequestHeader unset Max-Forwards
RequestHeader set X-Line-As-It-Came "expr=%%{THE_REQUEST}"
Timeout 5
ProxyTimeout 5
ProxyPass / http://127.0.0.1:%(witness)d/ nocanon
"""


class Lighttpd(Server):
    name, program, arguments = "lighttpd", "lighttpd", ("-D", "-f", "%(config)s")
    config = """
server.port = %(port)d
server.bind = "127.0.0.1"
server.document-root = "%(folder)s"
server.upload-dirs = ("%(folder)s")
server.max-keep-alive-requests = 10000
server.max-request-field-size = 65535
server.http-parseopts = (
  "header-strict" => "enable", "host-strict" => "disable", "host-normalize" => "disable", "method-get-body" => "enable",
  "url-normalize" => "enable", "url-normalize-unreserved" => "disable", "url-normalize-required" => "disable", "url-ctrls-reject" => "disable",
  "url-path-2f-decode" => "disable", "url-path-dotseg-remove" => "disable", "url-invalid-utf8-reject" => "disable"
)
server.modules = ("mod_scgi")
scgi.server = ("" => (("host" => "127.0.0.1", "port" => %(witness)d, "check-local" => "disable")))
"""


class Node(Server):
    name, program, arguments = "node", "node", ("%(config)s",)
    config = """
const hash = (body) => require('crypto').createHash('sha256').update(body).digest('hex');
const hex = (text) => Buffer.from(text, 'latin1').toString('hex');
const server = require('http').createServer({ maxHeaderSize: 65536, keepAliveTimeout: 10000 }, (request, response) => {
  const pieces = [];
  request.on('error', () => {});
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => response.writeHead(200, {
    'Content-Length': 0, 'X-Seen': `${hex(request.method)} ${hex(request.url)} ${hash(Buffer.concat(pieces))}` }).end());
});
server.maxHeadersCount = 0;
server.listen(%(port)d, '127.0.0.1', 1024);
"""


SERVERS = (Nginx, Haproxy, Apache, Lighttpd, Node)
