// The program: reads the command line and starts the command it names.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/admin_commands.h"
#include "app/commands.h"
#include "app/demo.h"
#include "app/version.h"

extern char** environ;

namespace rota {
namespace {

constexpr std::string_view kExamples = R"(Try:
  rota demo                                                        three instances, traffic, what to try
  rota proxy --from :8080 --to 127.0.0.1:9001 --to 127.0.0.1:9002  your own application behind rota
  rota run -c rota.yaml                                            the same from a file; `rota schema --markdown` tells its keys
)";

struct CommandLine {
  Flags flags;
  AdminFlags admin;
  bool json = false;
  bool markdown = false;
  bool check = false;
};

void add_file(CLI::App& command, CommandLine& line) {
  command.add_option("-c,--config", line.flags.file, "config file (default: $ROTA_CONFIG, ./rota.yaml, /etc/rota/rota.yaml)")
      ->type_name("FILE");
}

void add_admin(CLI::App& command, CommandLine& line) {
  command.add_option("--admin", line.admin.url, fmt::format("where its admin API is (default {}), also unix:/path", kDefaultAdminUrl))
      ->envname("ROTA_ADMIN")
      ->type_name("URL");
}

ExitCode run(int argc, char** argv) {
  CommandLine line;
  ExitCode result = ExitCode::fine;
  const Environment environment = environment_from(environ);

  CLI::App app("rota shares HTTP requests out over the instances of an application.", "rota");
  app.footer(std::string(kExamples));
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", fmt::format("rota {}", kVersion));

  auto* run_command = app.add_subcommand("run", "Serve, in the foreground, as a config file says");
  add_file(*run_command, line);
  run_command->add_option("--listen", line.flags.listen, "address to listen on, instead of the file's")->type_name("ADDRESS");
  run_command->add_option("--admin", line.flags.admin, "address of the admin API, or off (default 127.0.0.1:8090)")->type_name("ADDRESS");
  run_command->callback([&] { result = load_and_serve(line.flags, environment); });

  auto* proxy = app.add_subcommand("proxy", "Serve without a file: one service, made of the instances named here");
  proxy->add_option("--from", line.flags.listen, "address to listen on (default 0.0.0.0:8080)")->type_name("ADDRESS");
  proxy->add_option("--to", line.flags.to, "an instance; once for each")->type_name("ADDRESS")->required();
  proxy->add_option("--strategy", line.flags.strategy, "how the next instance is chosen (default round_robin)")->type_name("NAME");
  proxy->add_option("--admin", line.flags.admin, "address of the admin API (default: there is none)")->type_name("ADDRESS");
  proxy->callback([&] { result = load_and_serve(line.flags, environment); });

  auto* validate_command = app.add_subcommand("validate", "Say whether a config file is valid, and what is wrong with it");
  add_file(*validate_command, line);
  validate_command->add_flag("--json", line.json, "as JSON");
  validate_command->callback([&] { result = validate(line.flags, environment, line.json); });

  auto* status = app.add_subcommand("status", "Show the services and instances of a running rota");
  add_admin(*status, line);
  status->add_option("--token", line.admin.token, "admin token")->envname("ROTA_ADMIN_TOKEN")->type_name("TOKEN");
  status->add_flag("--json", line.json, "as JSON");
  status->callback([&] { result = print_status(line.admin, line.json); });

  auto* check = app.add_subcommand("healthcheck", "Say whether a running rota is ready, in one line; for a container's health check");
  add_admin(*check, line);
  check->callback([&] { result = healthcheck(line.admin); });

  auto* schema = app.add_subcommand("schema", "Print the config's JSON Schema");
  schema->add_flag("--markdown", line.markdown, "as docs/configuration.md instead");
  schema->callback([&] { result = print_schema(line.markdown); });

  auto* demo_command = app.add_subcommand("demo", "Start the example application three times with rota in front, and some traffic");
  demo_command->add_flag("--check", line.check, "play the story without a person, and say whether it went well");
  demo_command->callback([&] { result = demo(line.check); });

  app.add_subcommand("version", "Print the version")->callback([&] { result = print_version(); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? ExitCode::fine : ExitCode::usage;
  }
  if (argc == 1) fmt::print("{}", app.help());
  return result;
}

}  // namespace
}  // namespace rota

int main(int argc, char** argv) { return static_cast<int>(rota::run(argc, argv)); }
