"""The budget of a request, held by counting, so that it cannot rot. The figures are in bench/budget.py. Times are no test's: ./do bench shows them.

Eight connections are in flight, as in the bench, and share what a turn of rota's loop costs. Counted so, a request's instructions are the same to
0.3 %, on a busy machine, too; its allocations and system calls are the same.
"""

import sys
from contextlib import ExitStack, contextmanager

import pytest
from lock_step import CONNECTIONS, ENVIRONMENT, OPEN_FILES, REQUEST, connect, cost, cost_of, each_on_its_own, read_answer, system_calls
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
def instances():
    with TestInstance(log=False) as one, TestInstance(log=False) as two, TestInstance(log=False) as three:
        yield [one.address, two.address, three.address]


@pytest.fixture(scope="module")
def small(instances):
    """What a request costs with three instances and no routes."""
    return cost(REQUESTS, config=counted.unrouted_config(instances))


def assert_within(figure, number):
    assert round(number, figure.digits) <= figure.held, f"{figure.what}: {figure.text(number)}, and bench/budget.py lets {figure.held:,} pass"


# ---- of a request


def test_its_instructions_are_within_the_budget(small):
    assert_within(budget.INSTRUCTIONS, small.instructions)


def test_it_allocates_nothing(small):
    assert_within(budget.ALLOCATIONS, small.allocations)


def test_the_count_of_allocations_sees_that_of_a_new_connection(instances):
    assert round(cost_of(400, to=instances, ask=each_on_its_own).allocations, 1) >= 1


def test_it_makes_four_system_calls_and_waits(instances):
    calls = system_calls(4_000, to=instances)
    print({name: count for name, count in calls.items() if round(count, 2) > 0})
    assert_within(budget.SYSTEM_CALLS, sum(count for name, count in calls.items() if name not in measure.WAITING))


# ---- the same with 10,000 of something


@pytest.mark.slow
def test_ten_thousand_instances_cost_what_three_cost(small):
    """All of 127.1.*.* is one instance's address, and each is kept a connection to: the first round of the wheel, which opens them, is not counted."""
    assert OPEN_FILES > MANY + 300, "the hard limit of open files is too low for so many connections"
    with TestInstance(log=False, host="0.0.0.0") as instance:
        large = cost(REQUESTS, before=MANY + MANY % CONNECTIONS, config=counted.many_instances_config(instance.port, MANY))
    assert_within(budget.INSTANCES, large.instructions / small.instructions)


@pytest.mark.slow
def test_ten_thousand_routes_cost_what_none_cost(small, instances):
    large = cost(REQUESTS, config=counted.routed_config(instances))
    assert_within(budget.ROUTES, large.instructions / small.instructions)


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
