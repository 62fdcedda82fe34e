#!/usr/bin/env python3
"""Plants known bugs into a copy of src/, one at a time, and expects a test to notice each: a test that cannot fail is a defect.

Usage: tools/mutants.py [BUILD]    BUILD is a built tree of the preset `dev` (build/dev by default). Nothing in it, or in src/, is changed.

Only what includes the changed file is compiled again; the rest is linked from BUILD. Exit code 0: each mutant was caught by the test that is named beside it.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST_SECONDS = 300  # of one run of a test


@dataclass(frozen=True)
class Mutant:
    what: str
    file: str  # in src/
    old: str  # must be there exactly once
    new: str
    caught_by: str


MUTANTS = [
    Mutant(
        "instances that were tried are not excluded",
        "proxy/attempts.cpp",
        "  tried_.add(index_);\n",
        "",
        "FailingFleet.LosesNoRequestThatCouldHaveBeenSaved",
    ),
    Mutant(
        "a POST is replayed",
        "proxy/may_retry.h",
        "failed.body_is_replayable && http::is_idempotent(method)",
        "failed.body_is_replayable || http::is_idempotent(method)",
        "FailingFleet.LosesNoRequestThatCouldHaveBeenSaved",
    ),
    Mutant(
        "there is no half rule",
        "balance/fleet_rule.h",
        "able / 2",
        "able",
        "FailingFleet.TakesOutAtMostHalfOfThoseAlive",
    ),
    Mutant(
        "what waits for a dead instance goes on waiting",
        "proxy/upstream_pool.cpp",
        "if (waiting->movable_) ",
        "if (waiting->movable_ && waiting == nullptr) ",
        "FailingFleet.MovesWhatWaitsForAnInstanceThatHangs",
    ),
    Mutant(
        "retries after an answer cost nothing",
        "proxy/attempts.cpp",
        ".has_value() && charge();",
        ".has_value() && (charge() || true);",
        "FailingFleet.GetsHardlyMoreThanItsClientsSendWhereEverybodyFails",
    ),
]


class Wrong(Exception):
    """The mutant could not be tried at all."""


def output_of(command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


class Build:
    def __init__(self, folder):
        self.folder = folder
        self.ninja = re.search(r"CMAKE_MAKE_PROGRAM:\w+=(.+)", (folder / "CMakeCache.txt").read_text())[1]
        self.commands = {self.object_of(entry): entry for entry in json.loads((folder / "compile_commands.json").read_text())}
        self.link = shlex.split(output_of([self.ninja, "-C", folder, "-t", "commands", "-s", "rota-tests"]).strip().splitlines()[-1])

    def object_of(self, entry):
        words = shlex.split(entry["command"])
        return words[words.index("-o") + 1]

    def including(self, file):
        """The objects of the tests and of what they link that were compiled with this file."""
        objects, current = set(), None
        for line in output_of([self.ninja, "-C", self.folder, "-t", "deps"]).splitlines():
            if line and not line.startswith(" "):
                current = line.split(":")[0]
            elif line.strip() and (self.folder / line.strip()).resolve() == file:
                objects.add(current)
        return sorted(name for name in objects if name in self.commands and re.search(r"/(rota_core|rota-tests)\.dir/", "/" + name))


def mutate(mutant, copy):
    file = copy / mutant.file
    text = file.read_text()
    if text.count(mutant.old) != 1:
        raise Wrong(f"src/{mutant.file} has {text.count(mutant.old)} times: {mutant.old.strip()}")
    file.write_text(text.replace(mutant.old, mutant.new))


def compile_again(build, name, copy, out):
    """`name`, with `copy` in the place of src/."""
    entry = build.commands[name]
    source = str(ROOT / "src")
    words = [word.replace(source, str(copy)) for word in shlex.split(entry["command"])]
    words[words.index("-o") + 1] = str(out)
    result = subprocess.run(words, cwd=entry["directory"], capture_output=True, text=True)
    if result.returncode != 0:
        raise Wrong(f"{name} does not compile any more:\n{result.stderr[-2000:]}")


def link_again(build, objects, out):
    """The tests with these objects in the place of their namesakes. What is in the library comes before it, so that its own is never asked for."""
    words, of_library = [], [str(path) for name, path in objects.items() if "rota_core.dir" in name]
    for word in build.link:
        if word.endswith("librota_core.a"):
            words += of_library
        words.append(str(objects.get(word, word)))
    words = words[: words.index("&&", 2)] if "&&" in words[2:] else words
    words = words[words.index("&&") + 1 :] if "&&" in words else words
    words[words.index("-o") + 1] = str(out)
    result = subprocess.run(words, cwd=build.folder, capture_output=True, text=True)
    if result.returncode != 0:
        raise Wrong(f"the tests do not link any more:\n{result.stderr[-2000:]}")


def passes(tests, name):
    """False: the test failed, or the program broke down in it."""
    try:
        result = subprocess.run([tests, f"--gtest_filter={name}"], capture_output=True, text=True, errors="replace", timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        raise Wrong(f"{name} did not end within {MOST_SECONDS} s") from None
    if "[ RUN      ]" not in result.stdout:
        raise Wrong(f"there is no test {name}")
    return result.returncode == 0


def is_caught(build, mutant):
    with tempfile.TemporaryDirectory(prefix="rota-mutant-") as temporary:
        copy = Path(temporary) / "src"
        shutil.copytree(ROOT / "src", copy)
        mutate(mutant, copy)
        names = build.including((ROOT / "src" / mutant.file).resolve())
        if not names:
            raise Wrong(f"nothing in {build.folder} was compiled with src/{mutant.file}")
        objects = {name: Path(temporary) / f"{number}.o" for number, name in enumerate(names)}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda name: compile_again(build, name, copy, objects[name]), names))
        tests = Path(temporary) / "rota-tests"
        link_again(build, objects, tests)
        return not passes(tests, mutant.caught_by)


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "dev").resolve()
    subprocess.run(["cmake", "--build", folder, "--target", "rota-tests"], check=True, stdout=subprocess.DEVNULL)
    build = Build(folder)
    for name in sorted({mutant.caught_by for mutant in MUTANTS}):
        if not passes(folder / "rota-tests", name):
            raise Wrong(f"{name} fails without any mutant")
    survivors = 0
    for mutant in MUTANTS:
        caught = is_caught(build, mutant)
        survivors += not caught
        print(f"{'caught' if caught else 'SURVIVED'}: {mutant.what} (src/{mutant.file}, {mutant.caught_by})", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Wrong as wrong:
        sys.exit(f"mutants: {wrong}")
