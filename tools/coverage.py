#!/usr/bin/env python3
"""Shows which lines of the parsers the kept corpora reach: replays them on fuzzers that were built to count (preset `coverage`), and asks llvm-cov.
usage: coverage.py BUILD_FOLDER [--least PERCENT]    --least: exits with 1 where less of src/http is reached"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HELD, SHOWN = "src/http", ("src/http", "src/config")


def run(*command, **environment):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=os.environ | environment)
    if result.returncode:
        sys.exit(f"coverage.py: {command[0]} failed\n{result.stderr[-4000:]}")
    return result.stdout


def replay(fuzzer):
    """What one fuzzer's corpus gives: its lines in lcov's format, its functions as llvm-cov describes them, and the names of those that the program has."""
    corpus = ROOT / "fuzz" / "corpus" / fuzzer.name.removesuffix("_fuzz")
    raw, profile = fuzzer.with_suffix(".profraw"), fuzzer.with_suffix(".profdata")
    run(fuzzer, "-runs=0", corpus, LLVM_PROFILE_FILE=str(raw))
    run("llvm-profdata-19", "merge", raw, "-o", profile)
    lines = run("llvm-cov-19", "export", "-format=lcov", f"-instr-profile={profile}", fuzzer)
    functions = json.loads(run("llvm-cov-19", "export", f"-instr-profile={profile}", fuzzer))["data"][0]["functions"]
    names = run("llvm-profdata-19", "show", "--all-functions", profile).splitlines()
    return lines, functions, {line.strip().removesuffix(":") for line in names if line.startswith("  ") and line.endswith(":")}


def count(folder):
    """For each file: how many lines can run, and those that none of the fuzzers ran. They are asked one by one: of several programs together, llvm-cov
    believes the first, which may not use what another one runs."""
    fuzzers = sorted(folder.glob("*_fuzz"))
    if not fuzzers:
        sys.exit(f"coverage.py: no fuzzer in {folder}; build the preset `coverage`")
    replays = [replay(fuzzer) for fuzzer in fuzzers]
    present = set().union(*(names for _, _, names in replays))
    absent = [function for _, functions, _ in replays for function in functions if function["name"] not in present]
    return read([lines for lines, _, _ in replays], compiled_away(absent))


def compiled_away(absent, root=ROOT):
    """The lines of functions that no program has, because the compiler itself ran them to make tables: (path, line). Others that no program has count."""
    away = set()
    for function in absent:
        path, (first, _, last, *_) = Path(function["filenames"][0]), function["regions"][0]
        if path.is_relative_to(root) and "constexpr" in " ".join(path.read_text().splitlines()[max(0, first - 3) : first]).rpartition(";")[2]:
            away |= {(str(path.relative_to(root)), line) for line in range(first, last + 1)}
    return away


def read(exports, away, root=ROOT):
    """For each file below `root`: how many lines can run, and those that none ran."""
    files, path = {}, None
    for line in (line for lcov in exports for line in lcov.splitlines()):
        kind, _, rest = line.partition(":")
        if kind == "SF":
            path = Path(rest)
            path = str(path.relative_to(root)) if path.is_relative_to(root) else None
        elif kind == "DA" and path:
            number, times = rest.split(",")[:2]
            lines, ran = files.setdefault(path, (set(), set()))
            lines.add(int(number))
            if times != "0":
                ran.add(int(number))
    missed = {path: sorted(number for number in lines - ran if (path, number) not in away) for path, (lines, ran) in files.items()}
    return {path: (len(ran) + len(missed[path]), missed[path]) for path, (_, ran) in files.items()}


def percent(files):
    lines = sum(count for count, _ in files)
    return 100 * (lines - sum(len(missed) for _, missed in files)) / lines if lines else 0.0


def shown(numbers):
    """Lines that follow each other as one range."""
    ranges = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def report(files, least):
    """What is said, and the exit code."""
    lines = []
    for folder in SHOWN:
        own = {path: seen for path, seen in sorted(files.items()) if path.startswith(folder + "/")}
        lines += [f"{percent([seen]):6.1f} %  {path}{'  not: ' + shown(seen[1]) if seen[1] else ''}" for path, seen in own.items()]
        lines.append(f"{percent(own.values()):6.1f} %  {folder}, {sum(count for count, _ in own.values())} lines")
    held = percent([seen for path, seen in files.items() if path.startswith(HELD + "/")])
    if held < least:
        lines.append(f"FAILED: the corpora reach {held:.1f} % of {HELD}, which is less than {least:g} %")
    return lines, 1 if held < least else 0


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        sys.exit(__doc__)
    least = float(arguments[arguments.index("--least") + 1]) if "--least" in arguments else 0
    lines, code = report(count(Path(arguments[0]).resolve()), least)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
