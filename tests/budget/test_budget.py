"""The budget of a request, held by counting, so that it cannot rot. The figures are in bench/budget.py. Times are no test's: ./do bench shows them.

Eight connections are in flight, as in the bench. Two turns of rota's loop are enough for all eight, one up and one down; how many it takes is the
scheduler's doing, up to two for each where the client is starved. So the turns are counted, and what a turn takes, and the instructions are those in two
turns: 0.1 % from one run to the next, on a busy machine, too.
"""

import sys
from contextlib import ExitStack, contextmanager

import pytest
from lock_step import CONNECTIONS, ENVIRONMENT, OPEN_FILES, REQUEST, connect, cost, each_on_its_own, one_by_one, read_answer, system_calls
from support.rota import ROOT, SANITIZED, TestInstance, eventually, is_readable, room_for
from support.wire import SECONDS

sys.path.append(str(ROOT / "bench"))
import budget  # noqa: E402
import counted  # noqa: E402
import measure  # noqa: E402

pytestmark = pytest.mark.skipif(SANITIZED, reason="a sanitizer's own instructions and memory are no budget's")

REQUESTS = 8_000
MANY = 10_000


@pytest.fixture(scope="module")
def port():
    """Of one process that is every instance: it listens on all of 127.*.*.*. Several would each answer when the scheduler lets them."""
    with TestInstance(log=False, host="0.0.0.0") as instance:
        yield instance.port


@pytest.fixture(scope="module")
def instances(port):
    return [f"127.0.0.{number}:{port}" for number in (1, 2, 3)]


@pytest.fixture(scope="module")
def small(instances):
    """What a request costs with three instances and no routes."""
    return cost(REQUESTS, config=counted.unrouted_config(instances))


@pytest.fixture(scope="module")
def instructions(small, instances):
    """Those of a Cost, in two turns for eight requests. What a turn takes is the difference to one request at a time, which takes two turns alone."""
    alone = cost(REQUESTS // 4, ask=one_by_one, config=counted.unrouted_config(instances))
    turn = (alone.instructions - small.instructions) / (alone.turns - small.turns)
    return lambda cost: cost.in_turns(2 / CONNECTIONS, turn)


def assert_within(figure, number):
    assert round(number, figure.digits) <= figure.held, f"{figure.what}: {figure.text(number)}, and bench/budget.py lets {figure.held:,} pass"


# ---- of a request


def test_its_instructions_are_within_the_budget(small, instructions):
    assert_within(budget.INSTRUCTIONS, instructions(small))


def test_it_allocates_nothing(small):
    assert_within(budget.ALLOCATIONS, small.allocations)


def test_the_count_of_allocations_sees_that_of_a_new_connection(instances):
    assert round(cost(400, to=instances, ask=each_on_its_own).allocations, 1) >= 1


def test_it_makes_four_system_calls_and_waits(instances):
    calls = system_calls(4_000, to=instances)
    print({name: count for name, count in calls.items() if round(count, 2) > 0})
    assert_within(budget.SYSTEM_CALLS, sum(count for name, count in calls.items() if name not in measure.WAITING))


# ---- the same with 10,000 of something


@pytest.mark.slow
def test_ten_thousand_instances_cost_what_three_cost(small, instructions, port):
    """A connection is kept to each: the first round of the wheel, which opens them, is not counted."""
    assert OPEN_FILES > MANY + 300, "the hard limit of open files is too low for so many connections"
    large = cost(REQUESTS, before=MANY + MANY % CONNECTIONS, config=counted.many_instances_config(port, MANY))
    assert_within(budget.INSTANCES, instructions(large) / instructions(small))


@pytest.mark.slow
def test_ten_thousand_routes_cost_what_none_cost(small, instructions, instances):
    large = cost(REQUESTS, config=counted.routed_config(instances))
    assert_within(budget.ROUTES, instructions(large) / instructions(small))


# ---- of a connection

RESTING = 4_000


@pytest.mark.slow
@pytest.mark.parametrize("asks", [False, True], ids=["new", "kept"])
def test_a_connection_that_rests_takes_next_to_no_memory(rota, instances, asks):
    environment = ENVIRONMENT | {"ROTA_LIMITS_CONNECTIONS": str(RESTING), "ROTA_LIMITS_HEADER_TIMEOUT": "10m"}
    balancer = rota(to=instances, env=environment, open_files=(2 * RESTING + 400, 2 * RESTING + 400))
    alone = balancer.descriptors()
    with resting(balancer.port, 64, asks=True):
        pass
    eventually(lambda: balancer.descriptors() <= alone + len(instances), SECONDS, "all having gone")
    before = measure.anonymous_bytes(balancer.pid)
    with resting(balancer.port, RESTING, asks):
        eventually(lambda: balancer.descriptors() >= alone + RESTING, SECONDS, "all being accepted")
        # What a request took is given back a moment after its answer is there.
        eventually(lambda: (measure.anonymous_bytes(balancer.pid) - before) / RESTING <= budget.IDLE_BYTES.held, SECONDS, "being within the budget")


@contextmanager
def resting(port, count, asks):
    """So many connections, opened one after the other, each after one request where it `asks`. None may be closed meanwhile."""
    with room_for(count), ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(count)]
        for client in clients if asks else ():
            client.sendall(REQUEST)
            read_answer(client)
        yield
        assert not any(is_readable(client) for client in clients)
