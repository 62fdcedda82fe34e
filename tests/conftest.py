"""What every pytest of this tree may use. The pieces are in support/rota.py; `from support.rota import …` works in each test file."""

import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from support.rota import Instance, RawUpstream, Rota, TestInstance  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: left out by ./do test --fast, and by the passes under sanitizers")


@pytest.fixture
def started():
    """started(Rota(…)) starts it and hands it back; all are stopped and checked at the end of the test, the latest first."""
    with ExitStack() as stack:
        yield stack.enter_context


@pytest.fixture
def rota(started):
    """rota(config_text) or rota(to=[…]): a running rota."""
    return lambda *args, **options: started(Rota(*args, **options))


@pytest.fixture
def instance(started):
    """instance(name): a running example application."""
    return lambda *args, **options: started(Instance(*args, **options))


@pytest.fixture
def test_instance(started):
    """test_instance(name, body=1000): a running fast instance."""
    return lambda *args, **options: started(TestInstance(*args, **options))


@pytest.fixture
def raw_upstream(started):
    """raw_upstream(bytes or function): a scripted TCP server."""
    return lambda *args, **options: started(RawUpstream(*args, **options))


@pytest.fixture
def three(instance):
    """Three running example applications: app-1, app-2, app-3."""
    return [instance(f"app-{number}") for number in (1, 2, 3)]
