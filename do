#!/usr/bin/env bash
# What one does with rota's sources. Each command installs what it is missing (Debian 12, by apt), and builds only what it needs.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

usage() {
  cat <<'END'
usage: ./do COMMAND
  demo [--check]    three instances, rota in front of them, what to try; --check plays it without a person
  test [--fast]     every test; --fast: what takes under two minutes
  build             build/release/rota, and the example application beside it
  bench [story]     rota beside its peers: CPU, requests per second, latency, memory; and the budget as one table
  fuzz [seconds]    every fuzzer for that long (60)
  coverage          which lines of the parsers the fuzzers' kept inputs reach
  lint              clang-format, clang-tidy, shellcheck: complain
  format            clang-format: repair
  setup             install what any of these needs
  help              this
END
}

# ---- packages: what each command needs beside those of build
python=/usr/bin/python3  # Debian's own: the one that python3-pytest belongs to
build_packages=(clang-19 lld-19 cmake ninja-build pkg-config libfmt-dev nlohmann-json3-dev libyaml-dev libcli11-dev robin-map-dev libcpp-httplib-dev)
test_packages=(libclang-rt-19-dev llvm-19 libgtest-dev python3 python3-pytest python3-websockets curl shellcheck clang-format-19
  nginx-light haproxy apache2-bin lighttpd nodejs valgrind strace slowhttptest prometheus)
fuzz_packages=(libclang-rt-19-dev llvm-19)
bench_packages=(python3 haproxy nginx-light wrk nghttp2-client valgrind strace)
lint_packages=(libclang-rt-19-dev libgtest-dev clang-tidy-19 clang-format-19 shellcheck)
format_packages=(clang-format-19)

missing_of() {
  local have package
  # Asking for an unknown package is an error to dpkg, and the usual case here.
  have=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF "$package installed" <<<"$have" || echo "$package"
  done
}

need() {
  local missing package sudo=() policy=/usr/sbin/policy-rc.d
  if ! command -v dpkg-query apt-get >/dev/null; then
    echo "do: this is no Debian; these packages of Debian 12, or their like, have to be there: $*" >&2
    return
  fi
  mapfile -t missing < <(missing_of "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "do: installing ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "do: that takes root: run this as root, or install sudo" >&2; exit 1; }
    sudo=(sudo)
  fi
  if [ ! -e "$policy" ]; then  # so that no nginx, haproxy, lighttpd or prometheus is started by being installed
    # shellcheck disable=SC2064  # as they are now
    trap "${sudo[*]} rm -f $policy" EXIT
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
    "${sudo[@]}" chmod 755 "$policy"
  fi
  "${sudo[@]}" apt-get -q update </dev/null || echo "do: the package lists could not be brought up to date; trying with the old ones" >&2
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${missing[@]}" </dev/null ||
    { echo "do: apt-get could not install: ${missing[*]}" >&2; exit 1; }
  for package in "${missing[@]}"; do
    case $package in
      haproxy | nginx-light | lighttpd | prometheus)  # nor by the machine's next start
        ! command -v systemctl >/dev/null || "${sudo[@]}" systemctl -q disable "${package%-light}" || true
        ;;
    esac
  done
  # This shell may become another program, which runs no trap.
  if [ -n "$(trap -p EXIT)" ]; then
    "${sudo[@]}" rm -f "$policy"
    trap - EXIT
  fi
}

PATH=$PATH:/usr/lib/llvm-19/bin  # where the sanitizers find a symbolizer

# ---- building
build() {  # preset target…
  local preset=$1
  shift
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" || return
  cmake --build --preset "$preset" --target "$@"
}

files() { find . \( -path ./build -o -path ./.git -o -name node_modules \) -prune -o -type f \( "$@" \) -print; }
cpp_files() { files -name '*.h' -o -name '*.cpp'; }
shell_files() { files -name '*.sh' -o -path './do' -o -path './.ci/run'; }

# ---- testing: every step goes into a list, from which tools/sum_tests.py makes the sum
results=$PWD/build/test-results

step() {  # kind name command…: a `build` counts when it fails, a `check` is one test, a `suite` writes $results/NAME.json or .xml
  local kind=$1 name=$2 code=0
  shift 2
  printf '\n== %s\n' "$name"
  "$@" || code=$?
  printf '%s\t%s\t%s\n' "$kind" "$name" "$code" >>"$results/steps"
  return $code
}

unit_tests() { timeout -k 10 --foreground 1200 "build/$1/rota-tests" --gtest_brief=1 "--gtest_output=json:$results/unit-$1.json"; }

pytest() {  # name binary argument…
  local name=$1 binary=$2
  shift 2
  ROTA_BIN=$binary timeout -k 10 --foreground 2400 "$python" -m pytest -q -p no:cacheprovider "--junitxml=$results/$name.xml" "$@"
}

fuzz_options() {  # fuzzer
  local name=${1%_fuzz}
  case $name in
    whole_proxy) echo -max_len=4096 ;;  # its heads are held to 1 KiB, and its time goes with the actions
    *) echo -max_len=65536 ;;
  esac
  [ ! -f "fuzz/$name.dict" ] || echo "-dict=fuzz/$name.dict"
}

fuzzers() {
  local source
  for source in fuzz/*_fuzz.cpp; do
    [ ! -f "$source" ] || basename "$source" .cpp
  done
}

replay() {  # fuzzer
  mkdir -p "fuzz/corpus/${1%_fuzz}"
  timeout -k 10 --foreground 600 "build/fuzz/$1" -runs=0 "fuzz/corpus/${1%_fuzz}" >"$results/$1.log" 2>&1 || { tail -40 "$results/$1.log"; return 1; }
}

# Those of the parsers; `./do test` wants 95 % of src/http.
counting_fuzzers=(request_head_fuzz response_head_fuzz chunked_fuzz target_fuzz config_fuzz)
coverage() { "$python" tools/coverage.py build/coverage "$@"; }

run_tests() {
  local fast='' fuzzer names preset
  case ${1-} in
    --fast) fast=yes ;;
    '') ;;
    *) usage >&2; exit 64 ;;
  esac
  need "${build_packages[@]}" "${test_packages[@]}"
  rm -rf "$results"
  mkdir -p "$results"
  export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 PYTHONDONTWRITEBYTECODE=1

  local release='' skip_slow=(-m 'not slow')
  step build build-release build release rota rota-example-application test-instance load-client && release=yes
  if [ -n "$fast" ]; then
    step build build-dev build dev rota-tests && { step suite unit-dev unit_tests dev || true; }
    [ -z "$release" ] || step suite pytest-release pytest pytest-release build/release/rota "${skip_slow[@]}" tests || true
  else
    for preset in dev tsan; do
      step build "build-$preset" build "$preset" rota-tests rota || continue
      step suite "unit-$preset" unit_tests "$preset" || true
      # The example application's own tests meet no rota, and the demo runs the application beside it: once, in the release, is enough for them.
      [ -z "$release" ] || step suite "pytest-$preset" pytest "pytest-$preset" "build/$preset/rota" "${skip_slow[@]}" \
        --ignore=tests/integration/test_example_application.py --ignore=tests/integration/test_demo.py tests/integration tests/conformance tests/chaos || true
    done
    names=$(fuzzers)
    # shellcheck disable=SC2086  # one word a name
    if [ -n "$names" ] && step build build-fuzz build fuzz $names; then
      for fuzzer in $names; do step check "corpus-$fuzzer" replay "$fuzzer" || true; done
    fi
    step build build-coverage build coverage "${counting_fuzzers[@]}" && { step check coverage coverage --least 95 || true; }
    [ -z "$release" ] || step suite pytest-release pytest pytest-release build/release/rota tests || true
  fi
  echo
  exec "$python" tools/sum_tests.py "$results"
}

fuzz() {
  local seconds=${1:-60} fuzzer name failed=0 options names
  [[ $seconds =~ ^[1-9][0-9]*$ ]] || { usage >&2; exit 64; }
  need "${build_packages[@]}" "${fuzz_packages[@]}"
  mapfile -t names < <(fuzzers)
  [ ${#names[@]} -gt 0 ] || { echo "do: there is no fuzz/*_fuzz.cpp" >&2; exit 1; }
  build fuzz "${names[@]}"
  for fuzzer in "${names[@]}"; do
    name=${fuzzer%_fuzz}
    mkdir -p "fuzz/corpus/$name" "build/fuzz/findings/$name"
    mapfile -t options < <(fuzz_options "$fuzzer")
    printf '\n== %s\n' "$fuzzer"
    # New inputs go to the first folder; those worth keeping are copied to the corpus by hand.
    "build/fuzz/$fuzzer" "-max_total_time=$seconds" -print_final_stats=1 "-artifact_prefix=build/fuzz/findings/$name-" "${options[@]}" \
      "build/fuzz/findings/$name" "fuzz/corpus/$name" || failed=1
  done
  return $failed
}

lint() {
  local failed=0
  need "${build_packages[@]}" "${lint_packages[@]}"
  cpp_files | xargs clang-format-19 --dry-run -Werror || failed=1
  shell_files | xargs shellcheck || failed=1
  [ -f build/dev/compile_commands.json ] || cmake --preset dev
  run-clang-tidy-19 -quiet -p build/dev "$PWD/src/.*" || failed=1
  [ $failed -eq 0 ] && echo "lint: clean"
  return $failed
}

command=${1:-help}
[ $# -eq 0 ] || shift
case $command in
  setup) need "${build_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}" "${lint_packages[@]}" ;;
  build)
    need "${build_packages[@]}"
    build release rota rota-example-application
    ;;
  demo)
    need "${build_packages[@]}"
    build release rota rota-example-application
    exec build/release/rota demo "$@"
    ;;
  test) run_tests "$@" ;;
  bench)
    need "${build_packages[@]}" "${bench_packages[@]}"
    build release rota test-instance load-client bench-floor bench-publish
    exec "$python" bench/run.py "$@"
    ;;
  fuzz) fuzz "$@" ;;
  coverage)
    need "${build_packages[@]}" "${fuzz_packages[@]}"
    build coverage "${counting_fuzzers[@]}"
    coverage "$@"
    ;;
  lint) lint ;;
  format)
    need "${format_packages[@]}"
    cpp_files | xargs clang-format-19 -i
    ;;
  help | -h | --help) usage ;;
  *)
    echo "do: there is no command '$command'" >&2
    usage >&2
    exit 64
    ;;
esac
