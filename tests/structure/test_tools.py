"""What judges the other tests is tested too: the sum that ./do test prints, and the harness's own checks. A test that cannot fail is a defect."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.rota import Process, RawUpstream, eventually, exchange, free_port, request

ROOT = Path(__file__).resolve().parents[2]


def sum_up(folder, steps, **files):
    (folder / "steps").write_text("".join("\t".join(map(str, step)) + "\n" for step in steps))
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    result = subprocess.run([sys.executable, ROOT / "tools" / "sum_tests.py", folder], capture_output=True, text=True)
    return result.stdout.splitlines(), result.returncode


def googletest(*tests):
    return json.dumps({"testsuites": [{"name": "Wheel", "testsuite": [{"name": f"Test{number}", "status": "RUN"} | test for number, test in enumerate(tests)]}]})


PASSED, FAILED, SKIPPED = {"result": "COMPLETED"}, {"result": "COMPLETED", "failures": [{"failure": "1 != 2"}]}, {"result": "SKIPPED"}
JUNIT = '<testsuites><testsuite><testcase classname="a" name="b"/><testcase classname="a" name="c">{}</testcase></testsuite></testsuites>'


def test_the_sum_adds_what_the_runners_wrote(tmp_path):
    lines, code = sum_up(
        tmp_path,
        [("build", "release", 0), ("suite", "u", 0), ("check", "corpus", 0), ("suite", "p", 0)],
        u_json=googletest(PASSED, PASSED, SKIPPED),
        p_xml=JUNIT.format(""),
    )
    assert (lines[-1], code) == ("5 passed, 0 failed, 1 skipped", 0)


@pytest.mark.parametrize(
    ("step", "files", "last"),
    [
        (("suite", "u", 1), {"u_json": googletest(PASSED, FAILED)}, "2 passed, 1 failed"),
        (("suite", "u", 1), {"u_json": googletest(PASSED)}, "2 passed, 1 failed"),  # a leak found at the end
        (("suite", "u", 139), {}, "1 passed, 1 failed"),  # a crash
        (("suite", "u", 0), {}, "1 passed, 1 failed"),
        (("suite", "u", 0), {"u_json": "{"}, "1 passed, 1 failed"),
        (("suite", "u", 0), {"u_json": googletest()}, "1 passed, 1 failed"),
        (("suite", "p", 1), {"p_xml": JUNIT.format("<failure/>")}, "2 passed, 1 failed"),
        (("suite", "p", 1), {"p_xml": JUNIT.format("<error/>")}, "2 passed, 1 failed"),
        (("build", "dev", 1), {}, "1 passed, 1 failed"),
        (("check", "fuzzer", 77), {}, "1 passed, 1 failed"),
    ],
)
def test_the_sum_misses_no_failure(tmp_path, step, files, last):
    lines, code = sum_up(tmp_path, [("check", "other", 0), step], **files)
    assert (lines[-1], code) == (last, 1)
    assert any(line.startswith(f"FAILED {step[1]}: ") for line in lines)


def test_nothing_run_is_a_failure(tmp_path):
    lines, code = sum_up(tmp_path, [("build", "release", 0)])
    assert (lines[-1], code) == ("0 passed, 0 failed", 1)


def python_process(code):
    return Process([sys.executable, "-c", code], port=free_port(), wait=False)


ENDS_ON_TERM = "import signal, sys\n{}\nprint('ready', flush=True)\nsignal.sigwait([signal.SIGTERM])\nsys.exit({})"
BLOCK = "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])"


def run_and_stop(process):
    with process:
        eventually(lambda: "ready" in process.output(), 5, "it is ready")


def test_a_process_that_ends_well_is_fine():
    run_and_stop(python_process(ENDS_ON_TERM.format(BLOCK, 0)))


def test_a_wrong_exit_code_fails():
    with pytest.raises(AssertionError, match="exit code 3, not 0"):
        run_and_stop(python_process(ENDS_ON_TERM.format(BLOCK, 3)))


@pytest.mark.parametrize("report", ["==1==ERROR: AddressSanitizer: heap-use-after-free", "x.cpp:1:2: runtime error: overflow", "WARNING: ThreadSanitizer: data race"])
def test_a_sanitizers_report_fails(report):
    with pytest.raises(AssertionError, match="a sanitizer found something"):
        run_and_stop(python_process(ENDS_ON_TERM.format(f"{BLOCK}\nprint({report!r}, file=sys.stderr)", 0)))


def test_a_program_that_ends_at_once_fails_with_its_log():
    process = Process([sys.executable, "-c", "import sys; sys.exit('no such config')"], port=free_port())
    with pytest.raises(AssertionError, match="no such config"), process:
        pass


def test_a_raw_upstream_answers_and_remembers_every_byte():
    with RawUpstream(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") as upstream:
        assert request(upstream.port, "POST", "/x", body=b"body").body == b"hi"
        assert upstream.received[0].startswith(b"POST /x ") and upstream.received[0].endswith(b"body")


def test_a_raw_upstream_follows_its_script():
    def script(connection):
        assert connection.read_request() == b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n"
        connection.send(b"half an ans")
        connection.reset()

    with RawUpstream(script) as upstream:
        sent = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n"
        assert exchange(upstream.port, sent) in (b"half an ans", b"")  # a reset may overtake what was sent before it


def test_what_a_script_expects_in_vain_fails_the_test():
    def script(connection):
        assert connection.read_head() == b"something else"

    with pytest.raises(AssertionError), RawUpstream(script) as upstream:
        exchange(upstream.port, b"GET / HTTP/1.1\r\n\r\n")


def test_eventually_gives_up():
    with pytest.raises(AssertionError, match="not within 0.05 s: the impossible"):
        eventually(lambda: False, 0.05, "the impossible")


# ---- the fuzzers' reach


def coverage():
    spec = importlib.util.spec_from_file_location("coverage_of_corpora", ROOT / "tools" / "coverage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LCOV = """SF:/r/src/http/a.cpp
DA:1,5
DA:2,0
DA:3,0
DA:5,0
DA:6,{}
end_of_record
SF:/r/src/config/b.cpp
DA:1,0
end_of_record
SF:/usr/include/c.h
DA:1,0
end_of_record
"""


@pytest.mark.parametrize(("least", "code"), [(40, 0), (41, 1)])
def test_the_reach_of_the_corpora_counts_lines_and_is_held_to_a_least(least, code):
    files = coverage().read([LCOV.format(0), LCOV.format(1)], set(), Path("/r"))
    assert files == {"src/http/a.cpp": (5, [2, 3, 5]), "src/config/b.cpp": (1, [1])}
    lines, result = coverage().report(files, least)
    assert "  40.0 %  src/http/a.cpp  not: 2-3 5" in lines
    assert result == code


def test_what_only_the_compiler_runs_is_no_line(tmp_path):
    source = tmp_path / "a.cpp"
    source.write_text("constexpr int table() {\n  return 1;\n}\nint dead() {\n  return 2;\n}\n")
    functions = [{"filenames": [str(source)], "regions": [[first, 1, first + 2, 2]]} for first in (1, 4)]
    away = coverage().compiled_away(functions, tmp_path)
    assert away == {("a.cpp", 1), ("a.cpp", 2), ("a.cpp", 3)}
    assert coverage().read([f"SF:{source}\nDA:1,0\nDA:2,0\nDA:5,0\nDA:7,1\n"], away, tmp_path) == {"a.cpp": (2, [5])}


def test_no_line_at_all_is_no_reach():
    assert coverage().report({}, 1)[1] == 1
