#include "config/load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "base/rng.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kFile = R"(
listen: 127.0.0.1:1
defaults: { timeouts: { connect: 2s, response: 2s, body: 2s } }
services: { app: { timeouts: { connect: 3s }, instances: [127.0.0.1:9001] } }
)";

// A folder of its own, gone with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "rota-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name) << text;
    return path(name);
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string errors_of(const LoadResult& result) { return result ? "" : render(result.error()); }

TEST(Load, LayersWinInTheirOrder) {
  const Flags flags{.file = {}, .listen = {"127.0.0.1:3"}, .to = {}, .strategy = "random"};
  const Environment environment{
      {"ROTA_LISTEN", "127.0.0.1:2"}, {"ROTA_TIMEOUTS_CONNECT", "4s"}, {"ROTA_TIMEOUTS_RESPONSE", "4s"}, {"ROTA_STRATEGY", "round_robin"}};
  const auto by_file = parse_config(kFile, "f", {});
  EXPECT_EQ(by_file->config.listen[0].port, 1);
  EXPECT_EQ(by_file->config.limits.idle, 75s);  // a default
  const auto by_environment = parse_config(kFile, "f", environment);
  EXPECT_EQ(by_environment->config.listen[0].port, 2);
  EXPECT_EQ(by_environment->config.services[0].settings.timeouts.connect, 3s);   // the service's own key wins
  EXPECT_EQ(by_environment->config.services[0].settings.timeouts.response, 4s);  // over the file's default
  EXPECT_EQ(by_environment->config.services[0].settings.timeouts.body, 2s);
  const auto by_flags = parse_config(kFile, "f", environment, flags);
  ASSERT_EQ(by_flags->config.listen.size(), 1u);
  EXPECT_EQ(by_flags->config.listen[0].port, 3);
  EXPECT_EQ(by_flags->config.services[0].settings.strategy, StrategyKind::random);
}

// `rota proxy` is asked for nothing but to pass requests on.
TEST(Load, HasAnAdminListenerUnlessItIsProxy) {
  const auto admin_of = [](const LoadResult& loaded) {
    return !loaded ? errors_of(loaded) : loaded->config.admin.listen ? loaded->config.admin.listen->text() : "none";
  };
  const std::string file = std::string(kFile) + "admin: { listen: 127.0.0.1:5 }\n";
  const Flags proxy{.file = {}, .listen = {}, .to = {"a:1"}, .strategy = {}};
  const auto with = [](Flags flags, const char* admin) {
    flags.admin = admin;
    return flags;
  };
  EXPECT_EQ(admin_of(parse_config(kFile, "f", {})), "127.0.0.1:8090");
  EXPECT_EQ(admin_of(parse_config(file, "f", {})), "127.0.0.1:5");
  EXPECT_EQ(admin_of(parse_config(file, "f", {{"ROTA_ADMIN_LISTEN", "127.0.0.1:6"}})), "127.0.0.1:6");
  EXPECT_EQ(admin_of(parse_config(file, "f", {{"ROTA_ADMIN_LISTEN", "127.0.0.1:6"}}, with({}, "[::1]:7"))), "[::1]:7");
  EXPECT_EQ(admin_of(parse_config(file, "f", {}, with({}, "off"))), "none");
  EXPECT_EQ(admin_of(parse_config(file, "f", {}, with({}, "7"))), "--admin: '7' has no host; write :7\n");
  EXPECT_EQ(admin_of(load_config(proxy, {})), "none");
  EXPECT_EQ(admin_of(load_config(with(proxy, "127.0.0.1:8"), {})), "127.0.0.1:8");
}

TEST(Load, ListensOnTheStandardPortUnlessToldOtherwise) {
  const auto loaded = parse_config("services: { app: { instances: [a:1] } }", "f", {});
  ASSERT_EQ(loaded->config.listen.size(), 1u);
  EXPECT_EQ(loaded->config.listen[0].text(), "0.0.0.0:8080");
}

TEST(Load, ProxyNeedsNoFile) {
  const Flags flags{.file = {}, .listen = {":80"}, .to = {"127.0.0.1:9001", ":9002"}, .strategy = "random"};
  const auto loaded = load_config(flags, {{"ROTA_LIMITS_IDLE", "5s"}, {"ROTA_CONFIG", "/nowhere"}});
  ASSERT_TRUE(loaded) << errors_of(loaded);
  EXPECT_EQ(loaded->origin, "no file (flags)");
  EXPECT_EQ(loaded->config.listen[0].text(), "0.0.0.0:80");
  EXPECT_EQ(loaded->config.limits.idle, 5s);
  ASSERT_EQ(loaded->config.services.size(), 1u);
  EXPECT_EQ(loaded->config.services[0].name, "default");
  EXPECT_EQ(loaded->config.services[0].settings.strategy, StrategyKind::random);
  ASSERT_EQ(loaded->config.services[0].instances.size(), 2u);
  EXPECT_EQ(loaded->config.services[0].instances[1].address.text(), "127.0.0.1:9002");
}

TEST(Load, NamesTheFlagThatIsWrong) {
  const Flags flags{.file = {}, .listen = {"x"}, .to = {"a:1", "A:1", "b"}, .strategy = "randm"};
  EXPECT_EQ(errors_of(load_config(flags, {})),
            "--from: 'x' has no port; write x:8080\n"
            "--strategy: unknown strategy 'randm'; these are known: round_robin, random\ndid you mean 'random'?\n"
            "--to: a:1 is given twice\n"
            "--to: 'b' has no port; write b:8080\n");
  EXPECT_EQ(errors_of(load_config({.file = "f", .listen = {}, .to = {"a:1"}, .strategy = {}}, {})),
            "-c: with --to there is no file; give one of the two\n");
  EXPECT_EQ(errors_of(parse_config(kFile, "f", {}, {.file = {}, .listen = {"x"}, .to = {}, .strategy = {}})),
            "--listen: 'x' has no port; write x:8080\n");
}

TEST(Load, LooksForTheFileInItsOrder) {
  const Folder folder;
  const std::string by_flag = folder.write("flag.yaml", kFile);
  const std::string by_variable = folder.write("variable.yaml", kFile);
  const std::string second = folder.write("second.yaml", kFile);
  const std::string first = folder.path("first.yaml");
  const std::array<std::string_view, 2> standard{first, second};
  const Flags flags{.file = by_flag, .listen = {}, .to = {}, .strategy = {}};
  EXPECT_EQ(load_config(flags, {{"ROTA_CONFIG", by_variable}}, standard)->origin, by_flag);
  EXPECT_EQ(load_config({}, {{"ROTA_CONFIG", by_variable}}, standard)->origin, by_variable);
  EXPECT_EQ(load_config({}, {}, standard)->origin, second);
  folder.write("first.yaml", kFile);
  EXPECT_EQ(load_config({}, {}, standard)->origin, first);
}

TEST(Load, SaysWhereItLookedForAFile) {
  constexpr std::array<std::string_view, 2> kNowhere{"no-such-folder/rota.yaml", "/no-such-folder/rota.yaml"};
  EXPECT_EQ(errors_of(load_config({}, {}, kNowhere)),
            "rota: no config file: looked for -c, $ROTA_CONFIG, no-such-folder/rota.yaml, /no-such-folder/rota.yaml\n"
            "try it without a file: rota proxy --to 127.0.0.1:9001\n");
  ASSERT_EQ(standard_files().size(), 2u);
  EXPECT_EQ(standard_files()[0], "rota.yaml");
  EXPECT_EQ(standard_files()[1], "/etc/rota/rota.yaml");
}

TEST(Load, SaysWhyAFileCannotBeRead) {
  const Folder folder;
  const std::string missing = folder.path("missing.yaml");
  EXPECT_EQ(errors_of(load_config({.file = missing, .listen = {}, .to = {}, .strategy = {}}, {})),
            missing + ": cannot be read: No such file or directory\n");
  EXPECT_EQ(errors_of(load_config({}, {{"ROTA_CONFIG", missing}})),
            missing + ": cannot be read: No such file or directory\nthe environment variable ROTA_CONFIG names it\n");
  // What is there but cannot be read is not passed over.
  std::filesystem::create_directory(folder.path("rota.yaml"));
  const std::string directory = folder.path("rota.yaml");
  const std::array<std::string_view, 1> standard{directory};
  EXPECT_EQ(errors_of(load_config({}, {}, standard)), directory + ": cannot be read: Is a directory\n");
  const std::string large = folder.write("large.yaml", "#" + std::string(2'000'000, 'a'));
  EXPECT_EQ(errors_of(load_config({.file = large, .listen = {}, .to = {}, .strategy = {}}, {})),
            large + ": larger than 1 MiB; that is no config file\n");
}

TEST(Load, NamesTheVariableThatIsWrong) {
  EXPECT_EQ(errors_of(parse_config(kFile, "f", {{"ROTA_TIMEOUTS_CONNECT", "5"}, {"ROTA_STRATEGY", "randm"}, {"ROTA_WORKERS", ""}})),
            "ROTA_WORKERS: a value is expected\n"
            "ROTA_STRATEGY: unknown strategy 'randm'; these are known: round_robin, random\ndid you mean 'random'?\n"
            "ROTA_TIMEOUTS_CONNECT: '5' needs a unit: 5ms, 5s or 5m\n");
}

TEST(Load, TakesSeveralListenAddressesFromTheEnvironment) {
  const auto loaded = parse_config(kFile, "f", {{"ROTA_LISTEN", "127.0.0.1:2, [::1]:3"}});
  ASSERT_EQ(loaded->config.listen.size(), 2u);
  EXPECT_EQ(loaded->config.listen[1].text(), "[::1]:3");
}

TEST(Load, WarnsOfVariablesItDoesNotKnow) {
  const auto loaded = parse_config(kFile, "f",
                                   {{"ROTA_STRATEG", "random"},
                                    {"ROTA_PORT_80_TCP", "x"},
                                    {"ROTA_CONFIG", "x"},
                                    {"ROTA_ADMIN", "x"},
                                    {"ROTA_ADMIN_TOKEN", "long-enough"},
                                    {"ROTATE", "x"},
                                    {"OTHER", "x"}});
  ASSERT_TRUE(loaded) << errors_of(loaded);
  EXPECT_EQ(render(loaded->warnings),
            "ROTA_PORT_80_TCP: no key of rota's; it is not read\n"
            "ROTA_STRATEG: no key of rota's; it is not read\ndid you mean 'ROTA_STRATEGY'?\n");
}

TEST(Load, ReadsAVariableFromAFile) {
  const Folder folder;
  const std::string file = folder.write("workers", "3\n");
  const auto loaded = parse_config(kFile, "f", {{"ROTA_WORKERS_FILE", file}});
  ASSERT_TRUE(loaded) << errors_of(loaded);
  EXPECT_EQ(loaded->config.workers, 3u);
  EXPECT_TRUE(loaded->warnings.empty());
  folder.write("workers", "3\n\n");  // only one newline is an ending
  EXPECT_EQ(errors_of(parse_config(kFile, "f", {{"ROTA_WORKERS_FILE", file}})),
            "ROTA_WORKERS_FILE: '3?' is not a number of threads; write auto, or 1 to 1024\n");
  EXPECT_EQ(errors_of(parse_config(kFile, "f", {{"ROTA_WORKERS_FILE", file}, {"ROTA_WORKERS", "2"}})),
            "ROTA_WORKERS_FILE: ROTA_WORKERS is set as well; keep one of them\n");
  EXPECT_EQ(errors_of(parse_config(kFile, "f", {{"ROTA_WORKERS_FILE", "/no-such-file"}})),
            "ROTA_WORKERS_FILE: '/no-such-file' cannot be read: No such file or directory\n");
}

TEST(Load, ReadsASecretFromAFileAndSaysNothingOfIt) {
  const Folder folder;
  const std::string file = folder.write("token", "long-enough\n");
  const auto loaded = parse_config(kFile, "f", {{"ROTA_ADMIN_TOKEN_FILE", file}});
  ASSERT_TRUE(loaded) << errors_of(loaded);
  EXPECT_EQ(loaded->config.admin.token, "long-enough");
  EXPECT_TRUE(loaded->warnings.empty());
  folder.write("token", "not for you\n");
  EXPECT_EQ(errors_of(parse_config(kFile, "f", {{"ROTA_ADMIN_TOKEN_FILE", file}})),
            "ROTA_ADMIN_TOKEN_FILE: this must be 8 to 1024 visible ASCII characters, without spaces\n");
}

TEST(Load, TakesTheEnvironmentAsMainGotIt) {
  const char* const entries[] = {"A=1", "B=", "C=x=y", "nonsense", nullptr};
  EXPECT_EQ(environment_from(entries), (Environment{{"A", "1"}, {"B", ""}, {"C", "x=y"}}));
  EXPECT_TRUE(environment_from(nullptr).empty());
}

TEST(Load, SkipsAByteOrderMark) {
  EXPECT_EQ(errors_of(parse_config("\xef\xbb\xbfworkers: x\nservices: { app: { instances: [a:1] } }", "f", {})).substr(0, 7), "f:1:10:");
}

// A reason and never a crash: with sanitizers this finds what reads past the end.
TEST(Load, EndsWithAConfigOrAReasonWhateverTheFile) {
  const std::string valid = R"(listen: [":8080", { address: "[::1]:8081" }]
admin: { listen: off, token: "${TOKEN:-long-enough}", hosts: [a.example] }
limits: { header_bytes: 16KiB, idle: "${IDLE:-off}" }
defaults: { strategy: random, timeouts: { connect: 2s }, health: { path: /h, expect: [200, 300-302] }, breaker: { ratio: 50% } }
services:
  app:
    retry: off
    max_requests: { limit: 5, wait: 1s }
    instances:
      - 127.0.0.1:9001
      - { address: app:9002, weight: 2 }
routes:
  - { host: "*.example.com", path: /api/, service: app, timeouts: { body: off } }
  - { service: app }
)";
  constexpr std::string_view kBytes =
      "\n\t :-[]{}#&*!|>'\"%@`$\\\x00\xff\xc3"
      "09az";
  ASSERT_TRUE(parse_config(valid, "f", {}));
  Rng rng(1);
  int refused = 0;
  for (int round = 0; round < 200; ++round) {
    std::string text = valid;
    for (std::uint64_t change = 0; change <= rng.below(4); ++change) {
      const std::size_t place = rng.below(text.size());
      const std::size_t length = std::min<std::size_t>(rng.below(10), text.size() - place);
      switch (rng.below(4)) {
        case 0:
          text[place] = kBytes[rng.below(kBytes.size())];
          break;
        case 1:
          text.insert(place, 1, kBytes[rng.below(kBytes.size())]);
          break;
        case 2:
          text.erase(place, length);
          break;
        default:
          text.insert(rng.below(text.size()), text.substr(place, length));
          break;
      }
    }
    const auto loaded = parse_config(text, "f", {});
    if (loaded) continue;
    ++refused;
    EXPECT_FALSE(errors_of(loaded).empty()) << text;
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace rota
