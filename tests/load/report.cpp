#include "report.h"

#include <chrono>
#include <cstdio>
#include <map>
#include <string_view>
#include <type_traits>

namespace load {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append("\\").push_back(c);
    } else if (byte >= 0x20 && byte < 0x7f) {
      out.push_back(c);
    } else {  // whatever a server sent: a byte is shown as the character of that number
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      out += escaped;
    }
  }
  return out + "\"";
}

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

std::string number(std::uint64_t value) { return std::to_string(value); }

// 1,812
std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

double seconds(Time time) { return std::chrono::duration<double>(time).count(); }

std::string line(const char* what, const std::string& rest) {
  char name[16];
  std::snprintf(name, sizeof name, "  %-12s", what);
  return name + rest + "\n";
}

// {"name": value, ...}, each value already JSON.
class Object {
 public:
  template <typename Value>
  Object& with(std::string_view name, const Value& value) {
    text_ += (text_.empty() ? "" : ", ") + quoted(name) + ": ";
    if constexpr (std::is_arithmetic_v<Value>) {
      text_ += number(value);
    } else {
      text_ += value;
    }
    return *this;
  }

  std::string text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

template <typename List, typename Write>
std::string list_of(const List& list, Write write) {
  std::string text;
  for (const auto& entry : list) text += (text.empty() ? "" : ", ") + write(entry);
  return "[" + text + "]";
}

std::string counts_of(const std::map<std::string, std::uint64_t>& counts) {
  Object object;
  for (const auto& [name, count] : counts) object.with(name, count);
  return object.text();
}

std::string latency_of(const Samples& samples) {
  return Object()
      .with("p50", samples.at(500))
      .with("p90", samples.at(900))
      .with("p99", samples.at(990))
      .with("p999", samples.at(999))
      .with("max", samples.most())
      .text();
}

std::string failure_of(const Outcome& outcome, const Failure& failure) {
  return Object()
      .with("id", quoted(outcome.plan.id(failure.n)))
      .with("method", quoted(outcome.plan.is_post(failure.n) ? "POST" : "GET"))
      .with("kind", quoted(failure.kind))
      .with("detail", quoted(failure.detail))
      .with("connection", quoted(failure.connection))
      .with("due_s", seconds(outcome.plan.due(failure.n)))
      .with("failed_s", seconds(failure.at))
      .text();
}

std::string check_of(const Check& check) {
  if (!check.asked) return "null";
  return Object()
      .with("ok", std::string(check.faults.empty() ? "true" : "false"))
      .with("lines", check.lines)
      .with("repeated_gets", check.repeated_gets)
      .with("faults", counts_of(check.faults))
      .with("listed", list_of(check.listed, quoted))
      .text();
}

std::string verdict_of(const Outcome& outcome, const Summary& summary, const Check& check) {
  if (!summary.kept_its_rate()) {
    return "sent " + grouped(summary.sent_in_time) + " of " + grouped(summary.due) + " in time: the load client could not keep its rate";
  }
  if (!check.faults.empty()) return "the logs contradict what was sent and answered";
  return outcome.kinds.empty() ? "fine" : "requests failed";
}

}  // namespace

std::string json_of(const Outcome& outcome, const Summary& summary, const Check& check) {
  const Options& options = outcome.options;
  return Object()
             .with("run", quoted(options.run))
             .with("exit", static_cast<std::uint64_t>(exit_code(outcome, summary, check)))
             .with("verdict", quoted(verdict_of(outcome, summary, check)))
             .with("rate", Object().with("asked", options.rate).with("reached", summary.reached).text())
             .with("seconds", seconds(outcome.length))
             .with("due", summary.due)
             .with("posts", summary.posts)
             .with("sent", summary.sent)
             .with("sent_in_time", summary.sent_in_time)
             .with("answered", summary.answered)
             .with("failed", summary.failed)
             .with("unsent", summary.unsent)
             .with("kinds", counts_of(outcome.kinds))
             .with("failures", list_of(outcome.failures, [&](const Failure& failure) { return failure_of(outcome, failure); }))
             .with("latency_ms", latency_of(summary.latency))
             .with("late_ms", latency_of(summary.late))
             .with("connections", Object().with("opened", outcome.opened).with("most_open", outcome.most_open).text())
             .with("bytes", Object().with("sent", outcome.bytes_sent).with("received", outcome.bytes_received).text())
             .with("check", check_of(check))
             .text() +
         "\n";
}

std::string text_of(const Outcome& outcome, const Summary& summary, const Check& check) {
  const auto ms = [](const Samples& samples, std::uint64_t permille) { return number(samples.at(permille)) + " ms"; };
  std::string text = "load-client " + outcome.options.run + ": " + verdict_of(outcome, summary, check) + "\n";
  text += line("sent", grouped(summary.sent) + " of " + grouped(summary.due) + ", " + number(summary.reached) + "/s of " +
                           grouped(outcome.options.rate) + "/s, at most " + ms(summary.late, 1000) + " late");
  text += line("answered", grouped(summary.answered) + " in " + number(seconds(outcome.length)) + " s");
  text += line("latency", "p50 " + ms(summary.latency, 500) + ", p90 " + ms(summary.latency, 900) + ", p99 " + ms(summary.latency, 990) +
                              ", p99.9 " + ms(summary.latency, 999) + ", max " + ms(summary.latency, 1000));
  text += line("connections", grouped(outcome.opened) + " opened, at most " + grouped(outcome.most_open) + " at a time");
  if (check.asked)
    text += line("logs", grouped(check.lines) + " lines of this run, " + grouped(check.repeated_gets) + " GETs more than once");
  for (const auto& [kind, count] : outcome.kinds) text += line("failed", grouped(count) + " " + kind);
  for (const Failure& failure : outcome.failures) {
    text += line("", outcome.plan.id(failure.n) + ", due at " + number(seconds(outcome.plan.due(failure.n))) + " s, " + failure.connection +
                         " connection: " + failure.kind + ", " + failure.detail);
  }
  for (const auto& [kind, count] : check.faults) text += line("in the logs", grouped(count) + " " + kind);
  for (const std::string& fault : check.listed) text += line("", fault);
  return text;
}

}  // namespace load
