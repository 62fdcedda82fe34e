#!/usr/bin/env python3
"""Gives the rows to the fuzzers: writes fuzz/corpus/*/cNN_name, and takes away what no row says any more. Files with other names are not its own.
usage: seeds.py [--check] [--to FOLDER]    --check: changes nothing, and exits with 1 where a file would have changed"""

import re
import sys
from pathlib import Path

from cases import SECTIONS
from row import OK, Do, slug

CORPUS = Path(__file__).resolve().parents[2] / "fuzz/corpus"
OWN = re.compile(r"c\d+_")
LARGEST = 2048  # past the fuzzers' own limits more bytes show nothing
# What the fuzzers read off the front of their input: a request's body, in pieces of 1, 7, 4 and 64 bytes; the answer to a GET, or to a HEAD.
PLAN, TO_GET, TO_HEAD = b"\x00\x00\x06\x03\x3f", b"\x01", b"\x00"

# The whole proxy's actions (fuzz/whole_proxy_fuzz.cpp says what they are): client A says what the row sends, an instance says the row's answer or what the
# fuzzer says by itself, and client B asks for something in between and behind.
PARTED, BY_ITSELF, SOMEBODY_ELSE = b"\xff", b"M", b"BGET /~ HTTP/1.1\r\nHost: b\r\n\r\n"
CLIENT_DOES = {Do.FIN: b"a", Do.CLOSE: b"x", Do.RESET: b"x", Do.QUIET: b"t\x03"}
INSTANCE_DOES = {Do.FIN: b"e0", Do.CLOSE: b"c0", Do.RESET: b"z0", Do.QUIET: b"t\x03"}


def actions(row):
    answer = row.answers[0]
    is_raw = row.answers != ((OK,),)
    done = [] if is_raw else [BY_ITSELF]
    done += [b"A" + step if isinstance(step, bytes) else CLIENT_DOES.get(step) for step in row.sent]
    if is_raw:
        done += [b"0" + step if isinstance(step, bytes) else INSTANCE_DOES.get(step) for step in answer] + [BY_ITSELF]
    return PARTED.join(step for step in [*done, CLIENT_DOES.get(row.ends), SOMEBODY_ELSE] if step)


def pieces(row):
    """(corpus, bytes) of what a row has for the fuzzers."""
    request = b"".join(piece for piece in row.sent if isinstance(piece, bytes))
    head, _, body = request.partition(b"\r\n\r\n")
    if b"\r\nTransfer-Encoding: chunked" in head and body:
        yield "chunked", PLAN + body
    if not 28 <= row.case <= 42:  # there the heads are all the same
        yield "request_head", request
    if 60 <= row.case <= 61:
        yield "target", re.search(rb"\r\nHost: ([^\r\n]*)", request)[1]
    if 62 <= row.case <= 70:
        yield "target", request.partition(b" ")[2].partition(b" HTTP/")[0]
    yield "whole_proxy", actions(row)
    answer = row.answers[0][0]
    if isinstance(answer, bytes):
        yield "response_head", (TO_HEAD if request.startswith(b"HEAD ") else TO_GET) + answer


def seeds():
    """The bytes of each file, by its path below the corpus; each bytes once in a corpus."""
    files, known = {}, set()
    for rows in SECTIONS.values():
        for row in rows:
            for corpus, data in pieces(row):
                path = f"{corpus}/c{row.case:02}_{slug(row.name)}"
                if len(data) > LARGEST or (corpus, data) in known:
                    continue
                known.add((corpus, data))
                files[path] = data
    return files


def changes(folder):
    """What must be written, and what must go."""
    files = seeds()
    there = {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("*/*") if OWN.match(path.name)}
    return {path: data for path, data in files.items() if there.get(path) != data}, sorted(there.keys() - files.keys())


def main(arguments):
    folder = Path(arguments[arguments.index("--to") + 1]) if "--to" in arguments else CORPUS
    written, gone = changes(folder)
    for path in [*written, *gone]:
        print(path)
    if "--check" in arguments:
        return 1 if written or gone else 0
    for path in gone:
        (folder / path).unlink()
    for path, data in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
