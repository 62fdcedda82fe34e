"""The house keeps its order: floors, headers that stand alone, no leftovers, docs that say what is so. Each rule is a function that returns what breaks it."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROTA = ROOT / os.environ.get("ROTA_BIN", "build/release/rota")

# A file includes only its own folder and lower floors. This is the table of the design; ARCHITECTURE.md shows it.
FLOORS = {
    "base": 0,
    "http": 1, "metrics": 1, "log": 1, "runtime": 1,
    "balance": 2, "guard": 2, "net": 2,
    "model": 3,
    "config": 4, "proxy": 4, "control": 4,
    "docker": 5, "discovery": 5, "admin": 5,
    "app": 6,
}

COMPILER = ["clang++-19", "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", "c++", "-"]


def sources(root, *folders, suffixes=(".h", ".cpp")):
    found = [path for folder in folders for path in (root / folder).rglob("*") if path.suffix in suffixes]
    return sorted(path for path in found if "build" not in path.relative_to(root).parts)


def without_comments_and_strings(text):
    # One pass, so that a // in a string is no comment, and a quote in a comment opens no string.
    pattern = r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/'
    return re.sub(pattern, lambda match: '""' if match[0][0] in '"R' else " ", text, flags=re.DOTALL)


def broken_floors(root):
    broken = []
    for path in sources(root, "src"):
        own = path.relative_to(root / "src").parts[0]
        if own not in FLOORS:
            broken.append(f"{path.relative_to(root)}: {own}/ stands on no floor")
            continue
        for target in re.findall(r'^\s*#\s*include\s*"([^"]+)"', path.read_text(), re.MULTILINE):
            folder = target.split("/")[0]
            if folder == own or (folder == "tests" and path.name.endswith("_test.cpp")):
                continue
            if "/" not in target or folder not in FLOORS:
                broken.append(f'{path.relative_to(root)}: "{target}" is not written as folder/file.h of a known floor')
            elif FLOORS[folder] >= FLOORS[own]:
                broken.append(f'{path.relative_to(root)}: "{target}" is on floor {FLOORS[folder]}, not below {FLOORS[own]}')
    return broken


def headers_that_need_others(root, headers):
    def compile_alone(header):
        include = f'#include "{header.relative_to(root / "src")}"\n'
        result = subprocess.run([*COMPILER, f"-I{root / 'src'}"], input=include, capture_output=True, text=True)
        return None if result.returncode == 0 else f"{header.relative_to(root)}:\n{result.stderr[:2000]}"

    with ThreadPoolExecutor(2) as pool:
        return [reason for reason in pool.map(compile_alone, headers) if reason]


def leftovers(root):
    found = []
    self = Path(__file__).resolve()

    def look(paths, pattern, read=Path.read_text):
        for path in paths:
            if path.resolve() == self:
                continue
            for number, line in enumerate(read(path).splitlines(), 1):
                if re.search(pattern, line):
                    found.append(f"{path.relative_to(root)}:{number}: {line.strip()}")

    code = sources(root, "src", "examples", "tests", "fuzz", "bench")
    scripts = sources(root, "tests", "bench", "tools", suffixes=(".py", ".sh"))
    texts = [path for path in [root / "do", root / "CMakeLists.txt", *root.glob("*.md"), *(root / "docs").rglob("*.md")] if path.exists()]
    look(code, r"\bsleep_for\b")
    look([*code, *scripts, *texts], r"\b(TODO|FIXME|XXX)\b")
    look([*code, *scripts, *texts], r"(?<![\w.*])/(work|home)/")
    return found


def throws(root):
    # app/ and config/ meet people and files at start-up; below and beside them, errors are values.
    folders = [f"src/{folder}" for folder in FLOORS if folder not in ("app", "config")]
    return [
        str(path.relative_to(root))
        for path in sources(root, *folders)
        if not path.name.endswith("_test.cpp") and re.search(r"\bthrow\b", without_comments_and_strings(path.read_text()))
    ]


def exists_in_cpp(root, suite, name):
    pattern = re.compile(rf"\bTEST(?:_F|_P)?\(\s*{re.escape(suite)}\s*,\s*{re.escape(name)}\s*\)|\bTYPED_TEST\(\s*{re.escape(suite)}\s*,\s*{re.escape(name)}\s*\)")
    return any(pattern.search(path.read_text()) for path in sources(root, "src", "tests") if path.suffix == ".cpp")


def proof_exists(root, proof):
    if "::" in proof:
        file, _, name = proof.partition("::")
        path = root / file
        return path.is_file() and re.search(rf"^\s*(?:async )?def {re.escape(name.split('[')[0])}\(", path.read_text(), re.MULTILINE) is not None
    suite, _, name = proof.partition(".")
    return bool(suite and name) and exists_in_cpp(root, suite, name)


def unproven_rows(root, text):
    """Rows of the table `| What works | Proven by |` whose last column names no test, or one that is not there."""
    table = re.search(r"^\|\s*What works\s*\|\s*Proven by\s*\|\s*\n\|[-:| ]+\|\s*\n((?:\|.*\n?)*)", text, re.MULTILINE)
    if not table or not table[1].strip():
        return ["README.md has no table | What works | Proven by |"]
    broken = []
    for row in table[1].splitlines():
        proofs = re.findall(r"`([^`]+)`", row.strip().strip("|").split("|")[-1])
        missing = [proof for proof in proofs if not proof_exists(root, proof)]
        if missing or not proofs:
            broken.append(f"{row}\n    not there: {', '.join(missing) or 'any test'}")
    return broken


def names_of_nothing(root, text):
    """What a page names in backticks that is not there: tests, and files of the tree."""
    named = dict.fromkeys(re.findall(r"`([^`\s]+)`", text))
    tests = [name for name in named if re.fullmatch(r"[A-Z]\w*\.[A-Z]\w*|tests/[\w/.]+\.py::\w+", name)]
    files = [name for name in named if re.fullmatch(r"(?:bench|cmake|docs|examples|fuzz|src|tests|tools)/[\w/.-]*", name)]
    assert tests, "no test is named"
    return [name for name in tests if not proof_exists(root, name)] + [name for name in files if not (root / name).exists()]


def cases_without_rows(root, text):
    """Numbers of conformance cases that a page names, as `row 7`, `rows 1 to 12` or `rows 95, 96 and 100`, and that have no row."""
    listed = subprocess.run(
        [sys.executable, "-c", "from cases import SECTIONS; print(*{row.case for rows in SECTIONS.values() for row in rows})"],
        cwd=root / "tests/conformance", capture_output=True, text=True, check=True,
    ).stdout.split()
    named = []
    for numbers in re.findall(r"\brows? (\d+(?:(?:, | and | to )\d+)*)", text):
        for first, _, last in re.findall(r"(\d+)( to (\d+))?", numbers):
            named += range(int(first), int(last or first) + 1)
    assert named, "no row is named"
    return sorted(set(named) - set(map(int, listed)))


def report(broken):
    assert not broken, "\n" + "\n".join(broken)


def test_every_include_points_to_the_own_folder_or_a_lower_floor():
    report(broken_floors(ROOT))


def test_proxy_and_control_do_not_know_each_other():
    assert FLOORS["proxy"] == FLOORS["control"], "one floor: the rule above then forbids both directions"


@pytest.mark.parametrize(
    ("file", "include", "breaks"),
    [
        ("http/parser.h", "base/clock.h", False),
        ("http/parser.h", "http/scan.h", False),
        ("http/parser.h", "runtime/task.h", True),
        ("base/clock.h", "http/scan.h", True),
        ("proxy/forward.cpp", "control/publisher.h", True),
        ("control/publisher.cpp", "proxy/forward.h", True),
        ("proxy/forward.cpp", "forward.h", True),
        ("proxy/forward_test.cpp", "tests/support/fake.h", False),
        ("proxy/forward.cpp", "tests/support/fake.h", True),
        ("cellar/wine.h", "base/clock.h", True),
    ],
)
def test_the_floors_check_sees_a_planted_violation(tmp_path, file, include, breaks):
    path = tmp_path / "src" / file
    path.parent.mkdir(parents=True)
    path.write_text(f'#include <vector>\n#include "{include}"\n')
    assert bool(broken_floors(tmp_path)) == breaks


def test_every_header_compiles_alone():
    headers = sources(ROOT, "src", suffixes=(".h",))
    assert headers
    report(headers_that_need_others(ROOT, headers))


def test_the_header_check_sees_one_that_needs_another(tmp_path):
    header = tmp_path / "src" / "base" / "lonely.h"
    header.parent.mkdir(parents=True)
    header.write_text("#pragma once\ninline std::string lonely() { return {}; }\n")
    assert headers_that_need_others(tmp_path, [header])


def test_nothing_is_left_over_in_the_sources():
    report(leftovers(ROOT))


@pytest.mark.parametrize("line", ["std::this_thread::sleep_for(1s);", "// TODO: later", 'open("/home/somebody/x");'])
def test_the_leftovers_check_sees_what_was_planted(tmp_path, line):
    path = tmp_path / "src" / "base" / "planted.cpp"
    path.parent.mkdir(parents=True)
    path.write_text(line + "\n")
    assert leftovers(tmp_path)


def test_errors_are_values_below_app_and_config():
    report(throws(ROOT))


@pytest.mark.parametrize(("code", "breaks"), [("throw 1;", True), ("// never throw\n", False), ('log("// we throw"); throw 1;', True), ('"throw"', False)])
def test_the_throw_check_sees_code_and_not_words(tmp_path, code, breaks):
    path = tmp_path / "src" / "http" / "planted.cpp"
    path.parent.mkdir(parents=True)
    path.write_text(f"void f() {{ {code} }}\n")
    assert bool(throws(tmp_path)) == breaks


def test_each_row_of_the_readme_names_a_test_that_exists():
    report(unproven_rows(ROOT, (ROOT / "README.md").read_text()))


@pytest.mark.parametrize(
    ("proof", "breaks"),
    [
        ("`tests/structure/test_house.py::test_nothing_is_left_over_in_the_sources`", False),
        ("`tests/structure/test_house.py::test_that_nobody_wrote`", True),
        ("`tests/structure/test_nowhere.py::test_anything`", True),
        ("`NoSuchSuite.Test`", True),
        ("", True),
    ],
)
def test_the_readme_check_sees_a_row_without_its_test(proof, breaks):
    assert bool(unproven_rows(ROOT, f"text\n\n| What works | Proven by |\n|---|---|\n| something | {proof} |\n")) == breaks


def test_the_security_page_names_only_tests_rows_and_files_that_exist():
    page = (ROOT / "docs" / "security.md").read_text()
    report(names_of_nothing(ROOT, page))
    assert cases_without_rows(ROOT, page) == []


def test_the_page_check_sees_what_is_not_there():
    there = "`Target.IsSplitIntoPathQueryAndAuthority`, `tests/structure/test_house.py::test_nothing_is_left_over_in_the_sources`, `src/app/main.cpp`, `X.Real.IP`"
    assert names_of_nothing(ROOT, there) == []
    gone = ["Target.IsNot", "tests/structure/test_house.py::test_that_nobody_wrote", "src/app/nothing.cpp"]
    assert names_of_nothing(ROOT, there + "".join(f"\n`{name}`" for name in gone)) == gone
    assert cases_without_rows(ROOT, "row 7, rows 1 to 3 and rows 95, 96 and 100") == []
    assert cases_without_rows(ROOT, "row 700, rows 103 to 106 and rows 95, 196 and 100") == [105, 106, 196, 700]


def test_the_configuration_page_is_what_the_schema_prints():
    printed = subprocess.run([ROTA, "schema", "--markdown"], capture_output=True, text=True, check=True).stdout
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert printed == page, "run: build/release/rota schema --markdown > docs/configuration.md"


ANSWER = re.compile(r'\{(\d{3}),\s*"[^"]*",\s*"([^"]+)",\s*("[a-z_]+"|kBadRequest)')


def undocumented_answers(table, page):
    rows = {(status, title, "http_request_error" if token == "kBadRequest" else token.strip('"')) for status, title, token in ANSWER.findall(table)}
    assert len(rows) > 10, "the table was not found"
    return [row for row in sorted(rows) if f"| {row[0]} | `{row[2]}` | {row[1]} |" not in page]


def test_every_answer_of_rotas_own_is_in_docs_errors():
    table, page = (ROOT / "src/proxy/rescue.cpp").read_text(), (ROOT / "docs/errors.md").read_text()
    assert undocumented_answers(table, page) == []
    assert undocumented_answers(table, page.replace("| 504 |", "| 505 |")) != []


def seeds(*arguments):
    """The exit code of the script that gives the conformance rows to the fuzzers, and the files that it names."""
    result = subprocess.run([sys.executable, ROOT / "tests/conformance/seeds.py", *arguments], capture_output=True, text=True)
    assert not result.stderr, result.stderr
    return result.returncode, result.stdout.split()


def test_the_fuzzers_seeds_are_what_the_rows_say():
    assert seeds("--check") == (0, []), "run: tests/conformance/seeds.py"


def test_the_seeds_check_sees_what_is_not_so(tmp_path):
    assert seeds("--to", tmp_path)[0] == 0
    assert seeds("--check", "--to", tmp_path) == (0, [])
    changed, missing = sorted((tmp_path / "target").iterdir())[:2]
    changed.write_bytes(b"x")
    missing.unlink()
    (tmp_path / "chunked" / "c99_of_no_row").write_bytes(b"x")
    (tmp_path / "chunked" / "found").write_bytes(b"x")  # a fuzzer's own
    code, files = seeds("--check", "--to", tmp_path)
    assert (code, sorted(files)) == (1, sorted(["chunked/c99_of_no_row", f"target/{changed.name}", f"target/{missing.name}"]))


def test_the_shell_scripts_are_clean():
    scripts = [ROOT / "do", ROOT / ".ci" / "run", *sources(ROOT, "bench", "deploy", "tests", "tools", suffixes=(".sh",))]
    result = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_the_code_is_formatted():
    files = sources(ROOT, "src", "examples", "tests", "fuzz", "bench")
    result = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *files], capture_output=True, text=True)
    assert result.returncode == 0, "run ./do format\n" + result.stderr[:4000]
