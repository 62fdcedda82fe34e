// Any bytes as a response head: splitting them anywhere changes nothing, and what is accepted and written for a client is read back as the
// same. The first byte is the request's method.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "http/padded.h"
#include "http/response_parser.h"
#include "http/response_writer.h"

namespace {

using namespace rota;
using namespace rota::http;

constexpr HeadLimits kLimits{.bytes = 1024, .fields = 16};
constexpr HeadLimits kWider{.bytes = kLimits.bytes + 128, .fields = kLimits.fields + 2};

ResponseManner manner_of(const ResponseHead& head) {
  if (head.body.framing == Framing::chunked) return {.framing = ClientFraming::chunked};
  if (head.body.framing == Framing::until_close) return {.framing = ClientFraming::until_close, .close = true};
  return {};
}

std::string written(const ResponseHead& head) {
  std::string out(kWider.bytes, '#');
  TextWriter writer(out);
  write_response_head(head, manner_of(head), writer);
  out.resize(writer.size());
  return out;
}

bool is_same_message(const ResponseHead& a, const ResponseHead& b) {
  return a.status == b.status && a.status_text == b.status_text && a.body.framing == b.body.framing && a.body.length == b.body.length &&
         written(a) == written(b);
}

void check_splits(std::string_view bytes, Method method, const Result<bool>& whole, const ResponseParser& whole_parser,
                  const ResponseHead& whole_head) {
  ResponseParser parser(kLimits, method);
  ResponseHead head;
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
    CHECK(is_same_message(head, whole_head) && head.version == whole_head.version && head.keep_alive == whole_head.keep_alive);
    return;
  }
  CHECK(whole && !*whole);
}

// Behind an interim head the same parser reads the next one as if there had been none.
void check_restart(std::string_view bytes, ResponseParser parser, const ResponseHead& head) {
  const std::size_t size = parser.size();
  parser.restart();
  ResponseHead again;
  const Result<bool> read = parser.parse(bytes, again);
  CHECK(read && *read && parser.size() == size && is_same_message(head, again) && head.keep_alive == again.keep_alive);
}

void check_round_trip(const ResponseHead& head, Method method) {
  const Padded forwarded(written(head));
  ResponseParser parser(kWider, method);
  ResponseHead again;
  const Result<bool> read = parser.parse(forwarded.view(), again);
  CHECK(read && *read && parser.size() == forwarded.view().size());
  CHECK(again.version == Version::http_1_1 && is_same_message(head, again));
  CHECK(again.keep_alive == (head.body.framing != Framing::until_close));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Method method = data[0] % 4 == 0 ? Method::head : Method::get;
  const std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
  const Padded padded(bytes);
  ResponseParser parser(kLimits, method);
  ResponseHead head;
  const Result<bool> whole = parser.parse(padded.view(), head);
  if (whole && *whole) {
    CHECK(parser.size() <= kLimits.bytes && padded.view().substr(0, parser.size()).ends_with("\r\n\r\n"));
    CHECK(head.status >= 100 && head.status <= 599);
    CHECK(head.body.framing == Framing::none || (method != Method::head && !head.is_interim() && head.status != 204 && head.status != 304));
    CHECK(!head.keep_alive || head.body.framing != Framing::until_close);
  }
  check_splits(bytes, method, whole, parser, head);
  if (whole && *whole) check_restart(padded.view(), parser, head);
  if (whole && *whole) check_round_trip(head, method);
  return 0;
}
