#!/usr/bin/env python3
"""Sums up what ./do test ran, from the results that the runners wrote, not from what they printed.

Reads FOLDER/steps, a line for each step: kind, name, exit code. A `suite` has FOLDER/name.json (GoogleTest) or name.xml (JUnit); one without it, or one
that left with an error though none of its tests failed, has crashed, and that is a failure too. The last line printed is `N passed, N failed[, N skipped]`.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Sum:
    passed: int = 0
    skipped: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, other: "Sum") -> None:
        self.passed += other.passed
        self.skipped += other.skipped
        self.failed += other.failed


def of_googletest(path: Path) -> Sum:
    total = Sum()
    for suite in json.loads(path.read_text())["testsuites"]:
        for test in suite["testsuite"]:
            if test.get("failures"):
                total.failed.append(f"{suite['name']}.{test['name']}")
            elif test.get("result") == "SKIPPED":
                total.skipped += 1
            elif test.get("status") == "RUN":
                total.passed += 1
    return total


def of_junit(path: Path) -> Sum:
    total = Sum()
    for test in ElementTree.parse(path).iter("testcase"):
        results = {child.tag for child in test}
        if results & {"failure", "error"}:
            total.failed.append(f"{test.get('classname')}::{test.get('name')}")
        elif "skipped" in results:
            total.skipped += 1
        else:
            total.passed += 1
    return total


def of_suite(folder: Path, name: str, code: int) -> Sum:
    for suffix, read in ((".json", of_googletest), (".xml", of_junit)):
        path = folder / (name + suffix)
        if not path.exists():
            continue
        try:
            total = read(path)
        except (ValueError, KeyError, ElementTree.ParseError) as error:
            return Sum(failed=[f"its result cannot be read: {error}"])
        if code != 0 and not total.failed:
            total.failed.append(f"left with exit code {code} though no test failed")
        if total.passed + len(total.failed) == 0:
            total.failed.append("ran no test")
        return total
    return Sum(failed=[f"left no result (exit code {code})"])


def of_step(folder: Path, kind: str, name: str, code: int) -> Sum:
    if kind == "suite":
        return of_suite(folder, name, code)
    if code != 0:
        return Sum(failed=[f"exit code {code}"])
    return Sum(passed=1 if kind == "check" else 0)


def main() -> int:
    folder = Path(sys.argv[1])
    total = Sum()
    for line in (folder / "steps").read_text().splitlines():
        kind, name, code = line.split("\t")
        part = of_step(folder, kind, name, int(code))
        if kind != "build" or part.failed:
            print(f"{name}: {part.passed} passed, {len(part.failed)} failed, {part.skipped} skipped")
        part.failed = [f"{name}: {what}" for what in part.failed]
        total.add(part)
    for what in total.failed:
        print(f"FAILED {what}")
    skipped = f", {total.skipped} skipped" if total.skipped else ""
    print(f"{total.passed} passed, {len(total.failed)} failed{skipped}")
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
