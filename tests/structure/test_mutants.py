"""The tests of failing fleets can fail: what they are there for is broken on purpose, and they notice."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEV = ROOT / "build" / "dev"

spec = importlib.util.spec_from_file_location("mutants", ROOT / "tools" / "mutants.py")
mutants = importlib.util.module_from_spec(spec)
sys.modules["mutants"] = mutants
spec.loader.exec_module(mutants)


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: mutant.what.replace(" ", "-"))
def test_each_mutant_can_still_be_planted(mutant):
    assert (ROOT / "src" / mutant.file).read_text().count(mutant.old) == 1


@pytest.mark.slow  # it compiles what includes them
@pytest.mark.skipif(not (DEV / "CMakeCache.txt").exists(), reason="there is no build/dev to link with")
def test_each_mutant_is_caught():
    result = subprocess.run([sys.executable, ROOT / "tools" / "mutants.py", DEV], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("caught: ") == len(mutants.MUTANTS)
