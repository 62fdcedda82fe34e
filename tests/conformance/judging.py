"""What a server made of a request and of the marker behind it, and what all of them together made of all requests."""

import re
from collections import Counter
from dataclasses import dataclass, field

from known import reason_for
from servers import Seen

SHOWN = 20  # findings


@dataclass(frozen=True)
class Forwarded:
    """One request as it came out of rota, or what should have been one, and a mutant that became it."""

    data: bytes
    mutant: bytes


def answers(data, method):
    """(status, what was seen or None) of each final answer. The first is one to `method`."""
    found = []
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
        if not end or not status:
            return [*found, (0, None)]
        status, seen = int(status[1]), re.search(rb"(?i)\r\nx-seen: *(\S+ \S* \S+)", head)
        seen = Seen.parsed(seen[1]) if seen else None
        if status < 200:
            continue
        found.append((status, seen))
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if method == b"HEAD" or status in (204, 304):
            pass
        elif length:
            data = data[int(length[1]) :]
        elif re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head):
            data = data.partition(b"\r\n0\r\n\r\n")[2] if not data.startswith(b"0\r\n\r\n") else data[5:]
        else:
            data = b""
        method = b"GET"
    return found


def judge(request, marker, came):
    """agreed; refused, and with what status: it did not go in, and nothing else but the marker; or disagreed. `request` is None where nobody can tell."""
    if request and came == [(200, request), (200, marker)]:
        return "agreed"
    if came and came[0][1] is None and came[1:] in ([], [(200, marker)]):
        return f"refused: {came[0][0]}"
    return "disagreed"


@dataclass
class Finding:
    server: str
    verdict: str
    forwarded: Forwarded
    came: bytes

    def __str__(self):
        return f"{self.server} {self.verdict}\n  mutant     {self.forwarded.mutant!r}\n  forwarded  {self.forwarded.data!r}\n  its answer {self.came!r}"


@dataclass
class Report:
    mutants: int = 0
    forwarded: int = 0  # mutants of which at least one request came out behind rota
    distinct: int = 0
    cut: int = 0  # distinct ones that rota began to forward, and broke off
    open: int = 0  # connections that rota did not end
    seconds: float = 0.0
    verdicts: dict = field(default_factory=dict)  # by server
    known: Counter = field(default_factory=Counter)  # (server, reason)
    findings: list = field(default_factory=list)  # what no known reason explains

    def add(self, server, verdict, forwarded, came):
        self.verdicts.setdefault(server, Counter())[verdict.partition(":")[0]] += 1
        if verdict == "agreed":
            return
        reason = reason_for(server, verdict, forwarded.data)
        if reason:
            self.known[server, reason] += 1
        else:
            self.findings.append(Finding(server, verdict, forwarded, came))

    def __str__(self):
        counts = f"{self.mutants} mutants, {self.forwarded} forwarded, {self.distinct} distinct requests, {self.cut} broken off, {self.open} left open"
        lines = [f"{counts}, {self.seconds:.0f} s"]
        for server, counts in self.verdicts.items():
            lines.append(f"  {server:9}{counts['agreed']:7} agreed{counts['refused']:6} refused{counts['disagreed']:6} disagreed")
        for (server, reason), count in sorted(self.known.items()):
            lines.append(f"  known: {server:9}{count:6} {reason}")
        worst_first = sorted(self.findings, key=lambda finding: finding.verdict)
        lines += [f"{len(self.findings)} that nothing explains", *map(str, worst_first[:SHOWN])]
        return "\n".join(lines)
