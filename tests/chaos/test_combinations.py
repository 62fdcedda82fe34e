"""Seeded combinations of faults on three instances, one of which is always left alone: no GET fails, nothing is mixed up or done twice, what the clients count is
what the instances' logs say, and nothing is left over."""

import random
import signal

import pytest
from story import LONG, RATE, Story, set_faults
from support.rota import SANITIZED, eventually

SEEDS = 30
AT_ONCE = 3  # seeds that are seen to whatever else is left out
DAMAGE = ("kill", "stop", "slow", "refuse", "half", "sick", "reload")


class Damage:
    """What happens to one instance, and how it is made good. Each is over when its context is."""

    def __init__(self, stage, rng):
        self.stage = stage
        self.rng = rng
        self.broken = {}

    def step(self, instance):
        """Something else is the matter with it from now on; or nothing."""
        self.mend(instance)
        kind = self.rng.choice(DAMAGE)
        if kind == "kill":
            instance.kill()
        elif kind == "stop":
            instance.signal(signal.SIGSTOP)
            self.stage._stopped.add(instance)
        elif kind == "slow":
            set_faults(instance, delay=self.rng.choice([200, 1000, 2500]))
        elif kind == "refuse":
            set_faults(instance, status=self.rng.choice([502, 503, 504]), percent=100)
        elif kind == "half":
            set_faults(instance, status=503, percent=self.rng.choice([10, 50]))
        elif kind == "sick":
            set_faults(instance, health=500)
        elif kind == "reload":
            self.stage.rota.signal(signal.SIGHUP)
        self.broken[instance] = kind

    def mend(self, instance):
        kind = self.broken.pop(instance, "nothing")
        if kind == "kill":
            self.stage.restart(instance)
        elif kind == "stop":
            instance.signal(signal.SIGCONT)
            self.stage._stopped.discard(instance)
            set_faults(instance)
        else:
            set_faults(instance)


def play(stage, seed):
    rng = random.Random(seed)
    damage = Damage(stage, rng)
    spared = rng.choice(stage.instances)
    victims = [instance for instance in stage.instances if instance is not spared]
    at_first = stage.rota.descriptors()
    story = []
    with stage.traffic(rate=RATE // 4, post=10, seed=seed) as traffic:
        stage.after_requests(RATE // 16)
        for _ in range(rng.randint(3, 5)):
            victim = rng.choice(victims)
            damage.step(victim)
            story.append((stage.instances.index(victim), damage.broken[victim]))
            stage.after_requests(int(RATE / 4 * rng.uniform(0.2, 0.8)))
        for victim in victims:
            damage.mend(victim)
        result = traffic.result()
    gets = [failure for failure in result["failures"] if failure["method"] == "GET"]
    assert not gets, (seed, story, len(gets), gets[:10])
    posts = {failure["kind"].split()[1] for failure in result["failures"] if failure["kind"].startswith("status")}
    assert posts <= {"502", "503", "504"} and all(failure["kind"].startswith("status ") for failure in result["failures"]), (seed, story, result["kinds"])
    assert result["answered"] + result["failed"] == result["due"]
    stage.wait_for(stage.instances, "healthy")
    eventually(lambda: stage.rota.descriptors() <= at_first + 3 * 2000, LONG)
    return story
