// Any bytes as a request head: splitting them anywhere changes nothing, and what is accepted and written for an instance is read back as
// the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "http/padded.h"
#include "http/request_parser.h"
#include "http/request_writer.h"
#include "http/text.h"

namespace {

using namespace rota;
using namespace rota::http;

constexpr HeadLimits kLimits{.bytes = 1024, .fields = 16};
constexpr HeadLimits kWider{.bytes = kLimits.bytes + kForwardedGrowth, .fields = kLimits.fields + 8};  // with what rota adds

std::string written(const RequestHead& head) {
  std::string out(kWider.bytes, '#');
  TextWriter writer(out);
  write_request_head(head, {.client = "192.0.2.1", .scheme = Scheme::http, .request_id = "0198c0de-0000-7000-8000-000000000001"}, writer);
  out.resize(writer.size());
  return out;
}

bool is_same(const RequestHead& a, const RequestHead& b) {
  return a.method == b.method && a.method_text == b.method_text && a.version == b.version && a.path == b.path && a.query == b.query &&
         a.host == b.host && a.body.framing == b.body.framing && a.body.length == b.body.length && a.keep_alive == b.keep_alive &&
         a.expects_continue == b.expects_continue && a.takes_trailers == b.takes_trailers && written(a) == written(b);
}

void check_splits(std::string_view bytes, const Result<bool>& whole, const RequestParser& whole_parser, const RequestHead& whole_head) {
  RequestParser parser(kLimits);
  RequestHead head;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const Padded padded(bytes.substr(0, size), size % 2 == 0 ? ':' : '\r');
    const Result<bool> grown = parser.parse(padded.view(), head);
    if (!grown) {
      CHECK(!whole && whole.error() == grown.error());
      return;
    }
    if (!*grown) continue;
    CHECK(whole && *whole);
    CHECK(size == parser.size() && size == whole_parser.size());
    CHECK(is_same(head, whole_head));
    return;
  }
  CHECK(whole && !*whole);
}

// What a log is told of a head that did not become one stands in the bytes, and is a path.
void check_description(std::string_view bytes, const RequestParser& parser) {
  RequestHead said;
  parser.describe(bytes, said);
  CHECK(bytes.contains(said.method_text) && bytes.contains(said.path));
  CHECK(said.method_text.empty() || parser.has_begun());
  CHECK(said.path.empty() || said.path.starts_with('/'));
}

void check_round_trip(const RequestHead& head) {
  const Padded forwarded(written(head));
  RequestParser parser(kWider);
  RequestHead again;
  const Result<bool> read = parser.parse(forwarded.view(), again);
  if (head.host.empty()) {  // an old client may come without; no request of today's version may, not even rota's
    CHECK(head.version == Version::http_1_0 && !read);
    return;
  }
  CHECK(read && *read && parser.size() == forwarded.view().size());
  CHECK(again.version == Version::http_1_1);
  CHECK(again.method == head.method && again.method_text == head.method_text);
  CHECK(again.path == head.path && again.query == head.query);
  CHECK(equals_without_case(again.host, head.host));
  CHECK(again.body.framing == head.body.framing && again.body.length == head.body.length);
  CHECK(again.expects_continue == head.expects_continue && again.upgrade == head.upgrade);
  CHECK(again.takes_trailers == (head.takes_trailers && head.upgrade.empty()));  // Connection says one of them
  CHECK(again.keep_alive);
  // Forwarded once more, it stays as it is: nothing that was dropped comes back, nothing gets lost.
  CHECK(equals_without_case(written(again), forwarded.view()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const Padded padded(bytes);
  RequestParser parser(kLimits);
  RequestHead head;
  const Result<bool> whole = parser.parse(padded.view(), head);
  if (whole && *whole) CHECK(parser.size() <= kLimits.bytes && padded.view().substr(0, parser.size()).ends_with("\r\n\r\n"));
  check_splits(bytes, whole, parser, head);
  if (whole && *whole) {
    check_round_trip(head);
  } else {
    check_description(padded.view(), parser);
  }
  return 0;
}
