// Any bytes as a chunked body: splitting them anywhere changes neither payload nor verdict, and what was decoded, chunked anew, decodes to
// the same. The first byte chooses the side, the next four the sizes of the pieces.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/check.h"
#include "http/chunked.h"
#include "http/padded.h"

namespace {

using namespace rota;
using namespace rota::http;
using Side = ChunkedDecoder::Side;

constexpr HeadLimits kLimits{.bytes = 256, .fields = 8};
constexpr std::size_t kPlan = 5;  // bytes that are not of the body

using Sizes = std::array<std::size_t, kPlan - 1>;

struct Decoded {
  std::optional<Error> error;
  bool done = false;
  std::string payload;
  std::string rest;
  std::string trailers;
};

bool is_same(const Decoded& a, const Decoded& b) {
  if (a.error || b.error) return a.error == b.error;
  return a.done == b.done && a.payload == b.payload && a.rest == b.rest && a.trailers == b.trailers;
}

// As a connection would: what was not used comes again, in front of what came since.
Decoded decode(std::string_view bytes, Side side, const Sizes& sizes) {
  ChunkedDecoder decoder(side, kLimits);
  Decoded decoded;
  for (std::size_t i = 0; !bytes.empty() && !decoded.done; ++i) {
    const std::size_t size = std::min(sizes[i % sizes.size()], bytes.size());
    decoded.rest += bytes.substr(0, size);
    bytes.remove_prefix(size);
    Padded padded(decoded.rest);
    const auto step = decoder.decode(padded.bytes());
    if (!step) {
      decoded.error = step.error();
      return decoded;
    }
    CHECK(step->payload <= step->used && step->used <= decoded.rest.size());
    decoded.payload += padded.view().substr(0, step->payload);
    decoded.rest.erase(0, step->used);
    decoded.done = decoder.is_done();
    CHECK(decoded.rest.size() < kLimits.bytes || decoded.done);
    if (decoded.done) decoder.trailers().for_each_forwarded_run([&decoded](std::string_view lines) { decoded.trailers += lines; });
  }
  decoded.rest += bytes;
  return decoded;
}

std::string chunked(std::string_view payload, std::string_view trailers, const Sizes& sizes) {
  std::string bytes;
  ChunkFrame frame;
  for (std::size_t i = 0; !payload.empty(); ++i) {
    const std::string_view piece = payload.substr(0, sizes[i % sizes.size()]);
    bytes.append(frame.make(piece.size())).append(piece).append("\r\n");
    payload.remove_prefix(piece.size());
  }
  return bytes.append(frame.make(0)).append(trailers).append("\r\n");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kPlan) return 0;
  const Side side = data[0] % 2 == 0 ? Side::request : Side::response;
  Sizes sizes;
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = 1U + data[i + 1] % 64U;
  const std::string_view bytes{reinterpret_cast<const char*>(data + kPlan), size - kPlan};
  Sizes all;
  all.fill(std::max<std::size_t>(bytes.size(), 1));

  const Decoded whole = decode(bytes, side, all);
  CHECK(is_same(whole, decode(bytes, side, sizes)));
  CHECK(is_same(whole, decode(bytes, side, {1, 1, 1, 1})));
  if (whole.error || !whole.done) return 0;

  const Decoded again = decode(chunked(whole.payload, whole.trailers, sizes), Side::response, sizes);
  CHECK(!again.error && again.done && again.rest.empty());
  CHECK(again.payload == whole.payload && again.trailers == whole.trailers);
  return 0;
}
