#include "config/load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "config/check_together.h"
#include "config/entries.h"
#include "config/field.h"
#include "config/interpolate.h"
#include "config/read_config.h"
#include "config/read_file.h"
#include "config/read_routes.h"
#include "config/yaml.h"

namespace rota {
namespace {

constexpr std::array<std::string_view, 2> kStandardFiles{"rota.yaml", "/etc/rota/rota.yaml"};
constexpr std::string_view kProxyHint = "try it without a file: rota proxy --to 127.0.0.1:9001";

struct File {
  std::string path;
  std::string text;
};

std::vector<Diagnostic> one_error(std::string file, std::string message, std::string hint = {}) {
  return {{.file = std::move(file), .message = std::move(message), .hint = std::move(hint)}};
}

std::expected<File, int> open_file(std::string_view path) {
  auto text = read_file(std::string(path), kLargestYaml + 1);  // one more than is allowed, so that parse_yaml sees it
  if (!text) return std::unexpected(text.error());
  return File{.path = std::string(path), .text = *std::move(text)};
}

std::string cannot_read(int error) { return fmt::format("cannot be read: {}", std::strerror(error)); }

// A file that was asked for by name has to be there; of the standard ones, the first that is there counts, readable or not.
std::expected<File, std::vector<Diagnostic>> find_file(const Flags& flags, const Environment& environment,
                                                       std::span<const std::string_view> files) {
  std::optional<std::string> named = flags.file;
  const auto variable = environment.find("ROTA_CONFIG");
  if (!named && variable != environment.end() && !variable->second.empty()) named = variable->second;
  if (named) {
    auto file = open_file(*named);
    const std::string_view hint = flags.file ? "" : "the environment variable ROTA_CONFIG names it";
    if (!file) return std::unexpected(one_error(*named, cannot_read(file.error()), std::string(hint)));
    return *std::move(file);
  }
  for (const std::string_view path : files) {
    auto file = open_file(path);
    if (file) return *std::move(file);
    if (file.error() != ENOENT && file.error() != ENOTDIR) return std::unexpected(one_error(std::string(path), cannot_read(file.error())));
  }
  const std::string where = fmt::format("no config file: looked for -c, $ROTA_CONFIG, {}", fmt::join(files, ", "));
  return std::unexpected(one_error("rota", where, std::string(kProxyHint)));
}

template <class Owner>
void apply_flag(std::string_view flag, const std::optional<std::string>& value, std::span<const Key<Owner>> keys, std::string_view path,
                Owner& owner, Report& report) {
  if (!value) return;
  auto set = set_field(std::ranges::find(keys, path, &Key<Owner>::path)->field, owner, *value);
  if (!set) report.about(std::string(flag), std::move(set.error().message), std::move(set.error().hint));
}

void apply_flags(const Flags& flags, Config& config, Report& report) {
  const std::string listen_flag = flags.to.empty() ? "--listen" : "--from";
  std::vector<Address> listen;
  for (const std::string& text : flags.listen) {
    if (auto added = add_listen(listen, text); !added) report.about(listen_flag, std::move(added.error().message));
  }
  if (!listen.empty()) config.listen = std::move(listen);
  apply_flag("--admin", flags.admin, global_keys(), "admin.listen", config, report);
  apply_flag("--strategy", flags.strategy, service_keys(), "strategy", config.defaults, report);
}

void add_default_service(const Flags& flags, Config& config, Report& report) {
  ServiceConfig service{.name = "default", .settings = config.defaults, .instances = {}};
  for (const std::string& text : flags.to) {
    auto address = Address::to_connect(text);
    if (!address) {
      report.about("--to", std::move(address.error()));
    } else if (std::ranges::find(service.instances, *address, &InstanceConfig::address) != service.instances.end()) {
      report.about("--to", fmt::format("{} is given twice", address->text()));
    } else {
      service.instances.push_back({.address = *std::move(address)});
    }
  }
  config.services.push_back(std::move(service));
}

// Services come after the layers above the file, because they begin with the defaults that those have their say about; then routes, which begin
// with their service's.
LoadResult build(const YamlNode* root, const Environment& environment, const Flags& flags, Report& report, Report warnings,
                 std::string origin) {
  Loaded loaded{.config = {}, .warnings = {}, .origin = std::move(origin)};
  if (flags.to.empty()) loaded.config.admin.listen = *Address::to_listen(kDefaultAdminListen);
  if (root != nullptr) read_globals(*root, loaded.config, report);
  apply_environment(environment, loaded.config, report, warnings);
  apply_flags(flags, loaded.config, report);
  if (root != nullptr) read_services(*root, loaded.config, report);
  if (root != nullptr) read_routes(*root, loaded.config, report, warnings);
  if (!flags.to.empty()) add_default_service(flags, loaded.config, report);
  if (loaded.config.listen.empty()) loaded.config.listen.push_back(*Address::to_listen(kDefaultListen));
  if (report.is_empty()) {
    const Layers layers{.file = root, .environment = environment, .is_admin_flag = flags.admin.has_value()};
    check_together(loaded.config, layers, report, warnings);
  }
  if (!report.is_empty()) return std::unexpected(report.take());
  loaded.warnings = warnings.take();
  return loaded;
}

}  // namespace

std::span<const std::string_view> standard_files() { return kStandardFiles; }

LoadResult load_config(const Flags& flags, const Environment& environment, std::span<const std::string_view> files) {
  if (!flags.to.empty()) {
    if (flags.file) return std::unexpected(one_error("-c", "with --to there is no file; give one of the two"));
    Report report("", "");
    return build(nullptr, environment, flags, report, Report("", ""), "no file (flags)");
  }
  const auto file = find_file(flags, environment, files);
  if (!file) return std::unexpected(file.error());
  return parse_config(file->text, file->path, environment, flags);
}

LoadResult parse_config(std::string_view text, std::string_view file, const Environment& environment, const Flags& flags) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark: harmless, and no column of its own
  Report report{std::string(file), text};
  auto root = parse_yaml(text, report);
  if (!root) return std::unexpected(report.take());
  interpolate_tree(*root, environment, report);
  return build(&*root, environment, flags, report, Report(std::string(file), text), std::string(file));
}

}  // namespace rota
