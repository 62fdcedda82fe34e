#include "admin/access.h"

#include <algorithm>

#include "admin/base64.h"
#include "admin/problem.h"
#include "http/text.h"

namespace rota {
namespace {

// "LOCALHOST:80", "localhost", "[::1]" as the address that they name; the port is not looked at.
std::optional<Address> host_of(std::string_view authority) {
  if (authority.empty() || authority.front() == ':') return std::nullopt;  // which an Address would take for 127.0.0.1
  const bool has_port = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0) != std::string_view::npos;
  auto address = Address::to_connect(has_port ? std::string(authority) : std::string(authority) + ":80");
  if (!address || address->family == Address::Family::unix_path) return std::nullopt;
  return *std::move(address);
}

bool is_every_interface(const Address& address) { return address.host == "0.0.0.0" || address.host == "::"; }

// Of digests, which tell nothing of what they were made of; and not ending early all the same.
bool is_same(const Sha256& a, const Sha256& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

// The part of "Scheme credentials" behind `scheme`, which is lower case; nothing where it is another.
std::optional<std::string_view> credentials(std::string_view value, std::string_view scheme) {
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos || !http::equals_lower(value.substr(0, space), scheme)) return std::nullopt;
  return http::trim_ows(value.substr(space));
}

}  // namespace

AccessCheck::AccessCheck(const AdminAccess& access) : hosts_{"localhost", "127.0.0.1", "::1"} {
  if (!access.token.empty()) token_ = sha256(access.token);
  for (const Address& address : access.listens) {
    if (is_every_interface(address)) any_ip_ = true;
    if (address.family != Address::Family::unix_path) hosts_.push_back(address.host);
  }
  for (const std::string& host : access.hosts) {
    if (const auto address = host_of(host)) hosts_.push_back(address->host);
  }
}

bool AccessCheck::is_own(std::string_view host) const {
  const auto address = host_of(host);
  if (!address) return false;
  if (any_ip_ && address->family != Address::Family::name) return true;
  return std::ranges::find(hosts_, address->host) != hosts_.end();
}

bool AccessCheck::has_token(const ServedRequest& request) const {
  for (const http::Field& field : request.head.fields) {
    if (field.id != http::FieldId::authorization) continue;
    const std::string_view value = request.head.fields.value(field);
    if (const auto bearer = credentials(value, "bearer")) return is_same(sha256(*bearer), *token_);
    const auto basic = credentials(value, "basic");
    const auto pair = basic ? from_base64(*basic) : std::nullopt;
    const std::size_t colon = pair ? pair->find(':') : std::string::npos;
    return colon != std::string::npos && is_same(sha256(std::string_view(*pair).substr(colon + 1)), *token_);
  }
  return false;
}

std::optional<ServedAnswer> AccessCheck::refusal(const ServedRequest& request, bool open) const {
  if (!is_own(request.head.host)) {
    return problem(421, "Host is neither an address of this rota nor in admin.hosts");
  }
  if (open || !token_ || has_token(request)) return std::nullopt;
  ServedAnswer answer = problem(401, "The admin token is needed: as a Bearer, or as the password of HTTP Basic");
  answer.fields.emplace_back("WWW-Authenticate", "Basic realm=\"rota\"");
  return answer;
}

}  // namespace rota
