"""docs/status-{light,dark,narrow}.png: the status page of a real rota before six instances of which half are ill, under load. Takes half a minute, and needs chromium.

usage: tools/screenshots.py [folder]   (build/release first: ./do build, and test-instance and load-client)
"""

import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/chaos")]

from story import Victim, set_faults  # noqa: E402
from support.rota import Rota, eventually, load, request  # noqa: E402

CONFIG = """
defaults: {{ health: {{ path: /health, interval: 1s, timeout: 500ms, latency: 100ms }}, breaker: {{ open: 1m }}, slow_start: 2s, timeouts: {{ response: 3s }} }}
services:
  app: {{ instances: [{app}] }}
  checkout: {{ instances: [{checkout}] }}
routes: [{{ path: /checkout, service: checkout }}, {{ service: app }}]
"""
SHOTS = {"light": (1440, 1180, 0), "dark": (1440, 1180, 1), "narrow": (400, 1400, 0)}


def states(balancer):
    return sorted(instance["state"] for instance in request(balancer.admin_port, "GET", "/api/v1/instances").json()["instances"])


def take(page, folder):
    for name, (width, height, dark) in SHOTS.items():
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={width},{height}", f"--blink-settings=preferredColorScheme={1 - dark}"]
        subprocess.run(["chromium", *options, f"--screenshot={folder}/status-{name}.png", page], check=True, capture_output=True, timeout=60)


def main(folder):
    with ExitStack() as stack:
        app = [stack.enter_context(Victim(f"app-{number}")) for number in range(1, 7)]
        checkout = [stack.enter_context(Victim(f"checkout-{number}")) for number in (1, 2, 3)]
        named = {"app": ", ".join(each.address for each in app), "checkout": ", ".join(each.address for each in checkout)}
        balancer = stack.enter_context(Rota(CONFIG.format(**named), probes=True, admin=True))
        for number, instance in enumerate(app + checkout):
            set_faults(instance, delay=2 + number % 3)
        loads = [threading.Thread(target=load, args=(balancer,), kwargs={"rate": 400, "requests": 10_000, "connections": 32, "codes": (0, 1, 2)})]
        for thread in loads:
            thread.start()
        set_faults(app[3], delay=140)
        set_faults(app[4], status=500, percent=60)
        app[5].kill()
        eventually(lambda: states(balancer) == sorted(["failing", "open", "slow"] + ["healthy"] * 6), 20, "three being ill")
        with tempfile.TemporaryDirectory() as temporary:
            page = Path(temporary) / "status.html"
            page.write_bytes(request(balancer.admin_port, "GET", "/status?refresh=off").body)
            take(page.as_uri(), folder)
        for thread in loads:
            thread.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs")
