"""The load client at a steady rate, beside whatever a story does meanwhile: every request is sent when it is due, counted, and its latency taken from then."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

from programs import LOAD_CORE, BenchError, on_core

PATIENCE_SECONDS = 60  # for an answer: longer than anything that rota lets a request wait
LONGEST_SECONDS = 600


class SteadyLoad:
    """GETs from the beginning of the context until its end, or until stop()."""

    def __init__(self, build: Path, port: int, rate: int, connections: int) -> None:
        options = {"to": f"127.0.0.1:{port}", "rate": rate, "seconds": LONGEST_SECONDS, "connections": connections}
        options |= {"timeout": f"{PATIENCE_SECONDS}s", "quiet-failures": 0}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._command = on_core(LOAD_CORE, [str(build / "load-client"), *words, "--allow-failures"])

    def __enter__(self) -> SteadyLoad:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def stop(self) -> dict:
        """Nothing more is due; what the load client reports when all that was due is answered, with `kept`: the part of it that was sent in time."""
        self._process.terminate()
        try:
            text, _ = self._process.communicate(timeout=2 * PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise BenchError("the load client did not end") from None
        if not text:
            raise BenchError(f"the load client failed: exit {self._process.returncode}")
        report = json.loads(text)
        return report | {"kept": report["sent_in_time"] / report["due"]}


def run_steady(build: Path, port: int, rate: int, connections: int, seconds: float) -> dict:
    with SteadyLoad(build, port, rate, connections) as load:
        time.sleep(seconds)
        return load.stop()
