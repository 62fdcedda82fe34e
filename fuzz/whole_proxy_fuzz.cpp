// Any bytes as what two clients and the instances do: a whole worker on the in-memory network between them, and a judge that knows nothing of its code. The
// input is actions, parted by 0xff: a byte that names it, and its text. An action whose byte has the highest bit set happens in the same turn as the next one.
//   A B text   a client says it                  0 to 7 text  a connection to an instance says it, in the order of dialling
//   a b        a client ends its direction       e c z digit  it ends its direction, closes, resets
//   x y        a client resets                   M text       whatever comes whole to an instance is answered so; empty: by a small 200
//   p q digit  a client reads again; does not    m            or not any more
//   t digit    time passes                       d digit      how new connections to instances go
//   s byte     so much may be under way          f byte how   that operation of rota's from here on fails
//   L E        rota is asked to leave; to end
// Each '~' in a text is a letter of that action.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/whole_proxy/judge.h"
#include "fuzz/whole_proxy/stage.h"

// Each run takes and gives back the same few buffers: what is freed is kept from the next for long enough, and stays in the processor's cache.
extern "C" const char* __asan_default_options() { return "quarantine_size_mb=4:thread_local_quarantine_size_kb=256"; }

namespace {

using namespace rota;
using namespace std::chrono_literals;
using plain::Stage;

constexpr std::size_t kMostActions = 48;
constexpr std::string_view kSmallAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Letter: ~\r\n\r\n~~~";

std::size_t number_in(std::string_view text, std::size_t at, std::size_t bound) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) % bound : 0;
}

void act(Stage& stage, char action, std::string_view text, std::size_t number) {
  constexpr std::array<Duration, 8> kTimes{1ms, 10ms, 50ms, 100ms, 1s, 4s, 30s, 60s};
  const std::size_t connection = number_in(text, 0, Stage::kMostInstanceConnections);
  switch (action) {
    case 'A':
    case 'B':
      return stage.client_says(action == 'A' ? 0 : 1, plain::lettered(text, number));
    case 'a':
    case 'b':
      return stage.client_ends(action == 'a' ? 0 : 1);
    case 'x':
    case 'y':
      return stage.client_resets(action == 'x' ? 0 : 1);
    case 'p':
    case 'q':
      return stage.client_stops_reading(number_in(text, 0, 2), action == 'q');
    case 't':
      return stage.pass(kTimes[number_in(text, 0, kTimes.size())]);
    case 's':
      return stage.set_capacity(1 + number_in(text, 0, 256));
    case 'L':
      return stage.leave();
    case 'E':
      return stage.end_all();
    case 'e':
      return stage.instance_ends(connection);
    case 'c':
      return stage.instance_closes(connection);
    case 'z':
      return stage.instance_resets(connection);
    case 'M':
      return stage.answer_all(text.empty() ? kSmallAnswer : text);
    case 'm':
      return stage.answer_all({});
    case 'd':
      return stage.set_dials(static_cast<Stage::Dials>(number_in(text, 0, 4)));
    case 'f':
      return stage.fail_operation(number_in(text, 0, 256), number_in(text, 1, 2) == 0 ? Fault::trickle : Fault::reset);
    default:
      if (action >= '0' && action <= '7') stage.instance_says(static_cast<std::size_t>(action - '0'), plain::lettered(text, number));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr char kParts = '\xff';
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  Stage stage;
  for (std::size_t number = 0; !rest.empty() && number < kMostActions; ++number) {
    const std::string_view one = rest.substr(0, rest.find(kParts));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    if (one.empty()) continue;
    const bool together = (one.front() & 0x80) != 0;
    act(stage, static_cast<char>(one.front() & 0x7f), one.substr(1), number);
    if (!together) stage.run();
  }
  stage.finish();
  plain::judge(stage.clients(), stage.instances());
  return 0;
}
