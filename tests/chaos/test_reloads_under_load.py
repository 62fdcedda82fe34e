"""HUP reads the config again under load: who is new takes part, who is gone is let go, what is wrong changes nothing, and no client notices any of it."""

import signal

import pytest
from story import LONG, RATE, Victim, set_faults, shares
from support.rota import eventually

RELOADED = "read again: "


def reload(stage, instances):
    told = stage.rota.log().count(RELOADED)
    stage.rota.config.write_text(stage.config_of(instances))
    stage.rota.signal(signal.SIGHUP)
    eventually(lambda: stage.rota.log().count(RELOADED) > told, LONG, "the reload")


@pytest.mark.slow
def test_an_instance_is_added_another_is_removed_and_a_weight_changes(story, started):
    stage = story()
    first, second, third = stage.instances
    added = started(Victim("instance-4"))
    set_faults(added)
    stage.instances.append(added)
    with stage.traffic(post=30) as traffic:
        stage.after_requests(RATE // 2)
        reload(stage, stage.instances)
        stage.wait_for(added, "healthy")
        eventually(lambda: min(shares(stage.after_requests(RATE // 2))) > 0.22, LONG, "four even shares")
        reload(stage, [second, third, added])
        assert stage.after_requests(RATE // 2)[0] <= 4 * RATE // 50  # what was under way
        assert stage.after_requests(RATE // 2)[0] == 0
        reload(stage, [f"{{ address: {second.address}, weight: 2 }}", third, added])
        eventually(lambda: 0.47 < shares(stage.after_requests(RATE // 2))[1] < 0.53, LONG, "two quarters of it")
        traffic.assert_nothing_failed()


def test_an_invalid_file_changes_nothing_and_is_said(story):
    stage = story()
    with stage.traffic(post=30) as traffic:
        stage.after_requests(RATE // 4)
        stage.rota.config.write_text(stage.config_of(stage.instances).replace("interval:", "intervall:"))
        stage.rota.signal(signal.SIGHUP)
        eventually(lambda: "intervall" in stage.rota.log(), LONG, "its being refused")
        assert "did you mean" in stage.rota.log() and RELOADED not in stage.rota.log()
        assert min(shares(stage.after_requests(RATE // 2))) > 0.3
        traffic.assert_nothing_failed()


def test_twenty_reloads_under_load_cost_nothing(story):
    stage = story(workers=4)
    with stage.traffic(post=30) as traffic:
        stage.after_requests(RATE // 2)
        for number in range(20):
            # Every second one takes an instance out or brings it back.
            reload(stage, stage.instances if number % 2 else stage.instances[: 2 + number % 4 // 2])
            stage.after_requests(RATE // 20)
        stage.wait_for(stage.instances, "healthy")
        traffic.assert_nothing_failed()


@pytest.mark.slow
def test_a_connection_without_an_end_outlives_reloads_of_the_same_file(story):
    """Connections and live state are kept: the load's own connections are opened once."""
    stage = story()
    with stage.traffic(rate=RATE // 4) as traffic:
        stage.after_requests(RATE // 4)
        for _ in range(5):
            reload(stage, stage.instances)
        stage.after_requests(RATE // 4)
        result = traffic.assert_nothing_failed()
    assert result["connections"]["opened"] == result["connections"]["most_open"]


def test_a_reload_says_nothing_of_what_has_not_changed(story):
    """However few connections the descriptors allow: that is no change of limits.connections."""
    stage = story(open_files=(400, 400))
    assert "open files allow 168 connections" in stage.rota.log()
    reload(stage, stage.instances)
    assert "waits for a restart" not in stage.rota.log()
