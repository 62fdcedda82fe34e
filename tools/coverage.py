#!/usr/bin/env python3
"""Shows which lines of the parsers the kept corpora reach: replays them on fuzzers that were built to count (preset `coverage`), and asks llvm-cov.
usage: coverage.py BUILD_FOLDER [--least PERCENT]    --least: exits with 1 where less of src/http is reached"""

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


def count(folder):
    """What the replay of all corpora gives, in lcov's format."""
    fuzzers = sorted(folder.glob("*_fuzz"))
    if not fuzzers:
        sys.exit(f"coverage.py: no fuzzer in {folder}; build the preset `coverage`")
    profiles = []
    for fuzzer in fuzzers:
        corpus = ROOT / "fuzz" / "corpus" / fuzzer.name.removesuffix("_fuzz")
        profiles.append(folder / f"{fuzzer.name}.profraw")
        run(fuzzer, "-runs=0", corpus, LLVM_PROFILE_FILE=str(profiles[-1]))
    whole = folder / "all.profdata"
    run("llvm-profdata-19", "merge", "-sparse", *profiles, "-o", whole)
    objects = [word for fuzzer in fuzzers[1:] for word in ("-object", fuzzer)]
    return run("llvm-cov-19", "export", "-format=lcov", f"-instr-profile={whole}", fuzzers[0], *objects)


def read(lcov, root=ROOT):
    """For each file below `root`: how many lines can run, and those that none ran."""
    files, path = {}, None
    for line in lcov.splitlines():
        kind, _, rest = line.partition(":")
        if kind == "SF":
            path = Path(rest)
            path = str(path.relative_to(root)) if path.is_relative_to(root) else None
        elif kind == "DA" and path:
            number, times = rest.split(",")[:2]
            lines, missed = files.setdefault(path, (set(), set()))
            lines.add(int(number))
            if times == "0":
                missed.add(int(number))
    return {path: (len(lines), sorted(missed)) for path, (lines, missed) in files.items()}


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
    lines, code = report(read(count(Path(arguments[0]).resolve())), least)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
