"""Whatever happens, the books agree: what the clients counted, the lines of the access log, the metrics, and what the instances wrote down."""

import json
import re
from collections import Counter

from story import LONG, RATE, set_faults
from support.rota import eventually, request

SAMPLE = re.compile(r'(?m)^(rota_\w+)\{([^}]*)\} (\d+)$')


def samples_of(stage):
    """{name: [(labels, value)]} of the counters."""
    text = request(stage.rota.admin_port, path="/metrics", seconds=LONG).body.decode()
    found = {}
    for name, labels, value in SAMPLE.findall(text):
        found.setdefault(name, []).append((dict(re.findall(r'(\w+)="([^"]*)"', labels)), int(value)))
    return found


def by_code(samples):
    counts = Counter()
    for labels, value in samples:
        counts[labels["code"]] += value
    return +counts


def test_clients_log_metrics_and_instances_agree_on_every_request(story, tmp_path):
    log = tmp_path / "access"
    stage = story(workers=4, admin=True, log=f"{{ format: json, path: {log} }}", more="breaker: { open: 500ms, max_open: 1s }")
    dying, failing, _ = stage.instances
    with stage.traffic(post=20) as traffic:
        stage.after_requests(RATE // 2)
        dying.kill()
        stage.wait_for(dying, "failing")
        set_faults(failing, status=500, percent=50)
        stage.wait_for(failing, "open")
        stage.restart(dying)
        set_faults(failing)
        stage.wait_for([dying, failing], "healthy")
        result = traffic.result()
    told = Counter({"200": result["answered"]})
    for kind, count in result["kinds"].items():
        assert kind.startswith("status "), result["kinds"]
        told[kind.split()[1]] += count
    eventually(lambda: log.read_text().count("\n") >= result["due"], LONG, "the last line")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert Counter(str(line["status"]) for line in lines) == told
    samples = samples_of(stage)
    assert by_code(samples["rota_requests_total"]) == told
    # Every attempt that came to an instance is in its log; some were broken before it had read them.
    written = sum(len(instance.requests()) for instance in stage.instances)
    attempts = sum(line["attempts"] for line in lines)
    assert sum(value for _, value in samples["rota_instance_requests_total"]) <= written <= attempts
    retries = sum(value for _, value in samples["rota_retries_total"])
    assert attempts == result["due"] + retries, (attempts, result["due"], retries)
    events = json.loads(request(stage.rota.admin_port, path="/api/v1/events", seconds=LONG).body)
    types = [event["type"] for event in events["events"] if event.get("instance") == dying.address]
    assert "instance_failing" in types and "instance_healthy" in types, types
