"""Differential check: each request that rota forwards is the same one request to five other servers. And relays that are faulty on purpose: the check must see it."""

import re
import socket

import pytest
from differential import MUTANTS, SEED, check, read_alone
from mutate import GOOD, INSIDE, mutants
from recorder import read_body
from row import LAST, OK, chunks, get
from servers import SERVERS
from support.rota import RawUpstream, Rota

pytestmark = pytest.mark.slow

FORWARDED_AT_LEAST = 3000


def test_five_servers_read_what_rota_forwards_as_rota_does(capsys):
    report = check(lambda address: Rota(to=[address]), mutants(MUTANTS, SEED))
    with capsys.disabled():
        print(f"\n{report}")
    assert not report.findings
    assert report.mutants == MUTANTS and not report.open
    assert report.forwarded >= FORWARDED_AT_LEAST
    for server in SERVERS:
        assert report.verdicts[server.name]["agreed"] > report.distinct / 2, f"{server.name} refuses so much that it shows nothing"


# ---- faulty on purpose

PLAIN = [request for request in GOOD if read_alone(request)]


def by_length(connection, head):
    """Content-Length counts, whatever else there is."""
    found = re.search(rb"\r\nContent-Length: (\d+)", head)
    return connection.read_exactly(int(found[1])) if found else read_body(connection, head)


def by_method(connection, head):
    """A GET has no body."""
    return b"" if head.startswith(b"GET ") else read_body(connection, head)


def by_lines(connection, head):
    """The line of a chunk's size ends with LF, whatever is before it."""
    if b"\r\nTransfer-Encoding: chunked\r\n" not in head:
        return read_body(connection, head)
    body = b""
    while line := connection.read_until(b"\n"):
        size = int(re.match(rb"[0-9a-fA-F]+", line)[0], 16)
        body += line
        if size == 0:
            break
        body += connection.read_exactly(size + 2)
    while line and (line := connection.read_until(b"\r\n")):
        body += line
        if line == b"\r\n":
            return body
    return None


def relay(address, read):
    """A proxy that passes on what it read, each request on a connection of its own, and without fields for the connection."""
    host, _, port = address.partition(":")

    def serve(connection):
        while head := connection.read_head():
            body = read(connection, head)
            if body is None:
                return
            head = re.sub(rb"\r\nConnection:[^\r]*", b"", head.replace(b" HTTP/1.0\r\n", b" HTTP/1.1\r\n"))
            source = b"\r\nX-Forwarded-For: %b\r\n\r\n" % connection.socket.getpeername()[0].encode()
            with socket.create_connection((host, int(port))) as instance:
                instance.sendall(head[:-4] + source + body)
                instance.settimeout(5)
                instance.recv(4096)
            connection.send(OK)

    return RawUpstream(serve)


def test_a_sound_relay_is_not_blamed():
    report = check(lambda address: relay(address, read_body), PLAIN)
    print(report)
    assert not report.findings
    assert report.forwarded == len(PLAIN)


@pytest.mark.parametrize(
    ("read", "poison", "verdict"),
    [
        (by_length, chunks(LAST + INSIDE, b"Content-Length: %d" % len(LAST + INSIDE)), "disagreed"),
        (by_method, get(b"Content-Length: %d" % len(INSIDE)) + INSIDE, "disagreed"),
        (by_lines, chunks(b"5\nhello\r\n" + LAST), "refused: 400"),
    ],
    ids=("by_length", "by_method", "by_lines"),
)
def test_a_planted_desync_is_caught(read, poison, verdict):
    report = check(lambda address: relay(address, read), [*PLAIN, poison])
    print(report)
    servers = {server.name for server in SERVERS}
    assert {finding.forwarded.mutant for finding in report.findings} == {poison}
    assert any(finding.verdict == verdict for finding in report.findings if finding.server in servers), "no server saw it"
