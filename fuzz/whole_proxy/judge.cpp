#include "fuzz/whole_proxy/judge.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>

#include "fuzz/whole_proxy/plain_reader.h"

namespace rota::plain {
namespace {

// One request as an instance's connection heard it, and what was said to it.
struct Attempt {
  Message request;
  std::size_t client = 0;
  std::size_t came_at = 0;
  std::vector<Message> interims;
  std::optional<Message> answer;
  bool switched = false;
  std::string_view heard_behind;  // of one that switched: the tunnel's bytes
  std::string_view said_behind;
};

// All attempts that carry one id.
struct Forwarded {
  std::string_view id;
  std::vector<const Attempt*> attempts;
};

// What a client meant to send.
struct Meant {
  std::vector<Message> requests;  // the last may be without its end
  std::string tail;               // the first line of what is no request, or not yet
};

[[noreturn]] void wrong(std::string_view what, std::string_view where) {
  std::cerr << "the whole proxy: " << what << "\n---\n" << where << "\n---\n";
  std::abort();
}
void require(bool holds, std::string_view what, std::string_view where) {
  if (!holds) wrong(what, where);
}

bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 6> kIdempotent{"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
  return std::ranges::find(kIdempotent, method) != kIdempotent.end();
}

// Whether those of `part` that are not `of_a_hop` stand in `whole`, in that order, to the byte.
bool is_in_order(const std::vector<std::string>& part, const std::vector<std::string>& whole,
                 const std::set<std::string, std::less<>>& of_a_hop) {
  auto from = whole.begin();
  for (const std::string& line : part) {
    if (of_a_hop.contains(lower(name_of(line)))) continue;
    from = std::find(from, whole.end(), line);
    if (from == whole.end()) return false;
    ++from;
  }
  return true;
}

// What must not come behind the body it would be about.
void check_trailers(const Message& message) {
  static const std::set<std::string, std::less<>> kNoTrailers{
      "host",   "content-length", "transfer-encoding", "connection",      "upgrade",
      "cookie", "content-type",   "authorization",     "x-forwarded-for", "x-request-id"};
  for (const std::string& line : message.trailers) {
    std::string name = lower(name_of(line));
    std::ranges::replace(name, '_', '-');
    require(!kNoTrailers.contains(name), "a trailer that must not be one", line);
  }
}

// ---- what the instances heard

void check_fields(const Message& request, std::string_view heard) {
  require(request.word(2) == "HTTP/1.1", "another version than 1.1 was forwarded", heard);
  for (const std::string_view name : {"host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id"}) {
    require(request.count(name) == 1, "a field that stands once in every forwarded head does not", heard);
  }
  require(request.count("content-length") + request.count("transfer-encoding") <= 1, "a request is framed twice", heard);
  require(request.value("x-forwarded-proto") == "http" && request.value("x-request-id").size() == 36, "rota's own fields are not rota's",
          heard);
  require(lower(request.value("x-forwarded-host")) == lower(request.value("host")), "two hosts", heard);
}

// What was said to the request that stands at [begin, end) of what was heard: said when some of it had come, and nothing of the next.
std::string_view said_to(const InstanceRecord& record, std::size_t begin, std::size_t end) {
  const auto value_behind = [&record](std::size_t heard) {
    const auto first = std::ranges::find_if(record.said_from, [heard](const InstanceRecord::Mark& mark) { return mark.heard > heard; });
    return first == record.said_from.end() ? record.said.size() : first->value;
  };
  const std::size_t from = value_behind(begin);
  return std::string_view(record.said).substr(from, value_behind(end) - from);
}

void read_answers(const InstanceRecord& record, std::string_view said, Attempt& attempt) {
  const bool may_switch = attempt.request.count("upgrade") == 1;
  for (std::size_t at = 0;;) {
    Message answer = read_response(said, at, attempt.request.word(0), record.ended_in_order);
    if (!answer.has_head) return;
    at = answer.end;
    if (status_of(answer) == 101) {
      attempt.switched = may_switch;
      attempt.said_behind = said.substr(at);
      if (may_switch) attempt.interims.push_back(std::move(answer));
      return;
    }
    if (status_of(answer) >= 200) {
      attempt.answer = std::move(answer);
      return;
    }
    attempt.interims.push_back(std::move(answer));
  }
}

std::size_t client_of(std::string_view address, std::span<const ClientRecord> clients, std::string_view heard) {
  const auto found = std::ranges::find(clients, address, &ClientRecord::address);
  require(found != clients.end(), "X-Forwarded-For is nobody's address", heard);
  return static_cast<std::size_t>(found - clients.begin());
}

std::size_t time_of(const InstanceRecord& record, std::size_t at) {
  std::size_t time = 0;
  for (const InstanceRecord::Mark& mark : record.came_at) {
    if (mark.heard <= at) time = mark.value;
  }
  return time;
}

void read_attempts(const InstanceRecord& record, std::span<const ClientRecord> clients, std::vector<Attempt>& attempts) {
  const std::string_view heard = record.heard;
  for (std::size_t at = 0; at < heard.size();) {
    Attempt attempt;
    attempt.request = read_request(heard, at, false);
    require(attempt.request.ended != Ended::malformed, "what an instance got is no request", heard.substr(at));
    if (!attempt.request.has_head) return;
    check_fields(attempt.request, heard.substr(at));
    check_trailers(attempt.request);
    attempt.client = client_of(attempt.request.value("x-forwarded-for"), clients, heard.substr(at));
    attempt.came_at = time_of(record, at);
    const bool whole = attempt.request.ended == Ended::whole;
    read_answers(record, said_to(record, at, whole ? attempt.request.end : heard.size()), attempt);
    at = attempt.request.end;
    if (attempt.switched) attempt.heard_behind = heard.substr(at);
    // Behind a 101 both sides go on as they like, so what is said does not stop at what is heard.
    if (attempt.switched)
      attempt.said_behind = std::string_view(record.said).substr(static_cast<std::size_t>(attempt.said_behind.data() - record.said.data()));
    const bool last = !whole || attempt.switched;
    attempts.push_back(std::move(attempt));
    if (last) return;
  }
}

// ---- what a client meant

Meant read_meant(const ClientRecord& client) {
  Meant meant;
  for (std::size_t at = 0;;) {
    Message request = read_request(client.sent, at, true);
    if (!request.has_head) {
      meant.tail = client.sent.substr(request.begin);
      return meant;
    }
    at = request.end;
    const bool whole = request.ended == Ended::whole;
    meant.requests.push_back(std::move(request));
    if (!whole) return meant;
  }
}

// Whether an instance got just that, or the beginning of it.
bool is_of(const Attempt& attempt, const Message& meant, const ClientRecord& client) {
  static const std::set<std::string, std::less<>> kOfAHop{"host",
                                                          "connection",
                                                          "transfer-encoding",
                                                          "te",
                                                          "upgrade",
                                                          "keep-alive",
                                                          "x-forwarded-for",
                                                          "x-forwarded-host",
                                                          "x-forwarded-proto",
                                                          "x-request-id"};
  const Message& got = attempt.request;
  if (got.word(0) != meant.word(0) || got.word(1) != origin_form(meant.word(1)) || lower(got.value("host")) != host_of(meant)) return false;
  if (!std::string_view(meant.body).starts_with(got.body)) return false;
  if (!is_in_order(got.lines, meant.lines, kOfAHop) || !is_in_order(got.trailers, meant.trailers, {})) return false;
  if (!std::string_view(client.sent).substr(meant.end).starts_with(attempt.heard_behind)) return false;
  return got.ended != Ended::whole || (meant.ended == Ended::whole && got.body.size() == meant.body.size());
}

bool are_of(const Forwarded& forwarded, const Message& meant, const ClientRecord& client) {
  return std::ranges::all_of(forwarded.attempts, [&](const Attempt* attempt) { return is_of(*attempt, meant, client); });
}

std::vector<Forwarded> forwarded_of(std::size_t client, const std::vector<Attempt>& attempts) {
  std::vector<const Attempt*> own;
  for (const Attempt& attempt : attempts) {
    if (attempt.client == client) own.push_back(&attempt);
  }
  std::ranges::sort(own, {}, [](const Attempt* attempt) { return std::pair{attempt->came_at, attempt}; });
  std::vector<Forwarded> all;
  for (const Attempt* attempt : own) {
    const std::string_view id = attempt->request.value("x-request-id");
    auto found = std::ranges::find(all, id, &Forwarded::id);
    if (found == all.end()) found = all.insert(all.end(), Forwarded{.id = id, .attempts = {}});
    found->attempts.push_back(attempt);
  }
  return all;
}

// The first request from `next` on that it is; as many as there are: none.
std::size_t find_meant(const Forwarded& forwarded, const Meant& meant, const ClientRecord& client, std::size_t next) {
  while (next < meant.requests.size() && !are_of(forwarded, meant.requests[next], client)) ++next;
  return next;
}

// `all` in the order in which the client meant them. Which of those that came at the same time was the first nobody saw: any may have been.
std::vector<Forwarded> as_meant(std::vector<Forwarded> all, const Meant& meant, const ClientRecord& client) {
  std::vector<Forwarded> ordered;
  for (std::size_t next = 0; !all.empty(); ++next) {
    const std::size_t now = all.front().attempts.front()->came_at;
    auto first = all.begin();
    std::size_t place = find_meant(*first, meant, client, next);
    for (auto other = all.begin() + 1; other != all.end() && other->attempts.front()->came_at == now; ++other) {
      const std::size_t its = find_meant(*other, meant, client, next);
      if (its >= place) continue;
      first = other;
      place = its;
    }
    const Message& request = first->attempts.front()->request;
    require(place < meant.requests.size(), "an instance got what its client did not mean: " + request.first, client.sent);
    require(first->attempts.size() == 1 || is_idempotent(request.word(0)), "what must not be repeated was", request.first);
    next = place;
    ordered.push_back(std::move(*first));
    all.erase(first);
  }
  return ordered;
}

// ---- what a client got

const std::set<std::string, std::less<>> kOfAnAnswersHop{"connection", "transfer-encoding", "upgrade"};

bool is_own(const Message& answer) {
  if (!answer.value("proxy-status").starts_with("rota; error=") || answer.value("content-type") != "application/problem+json") return false;
  if (answer.value("x-request-id").size() != 36 || answer.count("content-length") != 1) return false;
  constexpr std::string_view kBegin = R"({"type":"about:blank","title":")";
  const std::string_view body = answer.body;
  if (answer.ended != Ended::whole) return body.starts_with(kBegin.substr(0, body.size()));
  return body.empty() || (body.starts_with(kBegin) && body.ends_with("\"}\n"));
}

bool is_same_head(const Message& got, const Message& said) {
  return std::string_view(got.first).substr(9) == std::string_view(said.first).substr(9) &&
         is_in_order(got.lines, said.lines, kOfAnAnswersHop);
}

bool is_answer_of(const Message& got, const Attempt& attempt) {
  if (!attempt.answer || !is_same_head(got, *attempt.answer)) return false;
  const Message& said = *attempt.answer;
  if (!std::string_view(said.body).starts_with(got.body) || !is_in_order(got.trailers, said.trailers, {})) return false;
  return got.ended != Ended::whole || (said.ended == Ended::whole && got.body.size() == said.body.size());
}

bool is_interim_of(const Message& got, const std::vector<Forwarded>& all) {
  if (got.first == "HTTP/1.1 100 Continue" && got.lines.empty()) return true;  // rota's way to ask whether the client is still there
  for (const Forwarded& forwarded : all) {
    for (const Attempt* attempt : forwarded.attempts) {
      for (const Message& interim : attempt->interims) {
        if (is_same_head(got, interim)) return true;
      }
    }
  }
  return false;
}

// The answers that a client got, held against what was meant and what the instances said.
class Answers {
 public:
  Answers(const ClientRecord& client, const Meant& meant, const std::vector<Forwarded>& all) : client_(client), meant_(meant), all_(all) {}

  void check() {
    const std::string_view received = client_.received;
    for (std::size_t at = 0; at < received.size();) {
      const Message answer = read_response(received, at, method(), client_.end == End::in_order);
      require(answer.ended != Ended::malformed, "what a client got is no answer", received.substr(at));
      check_trailers(answer);
      if (!answer.has_head) return;
      at = answer.end;
      if (status_of(answer) == 101) return check_switch(received.substr(at));
      if (status_of(answer) < 200) {
        require(is_interim_of(answer, all_), "an interim answer that nobody gave to this client", answer.first);
        continue;
      }
      check_final(answer, received);
      if (answer.ended == Ended::cut) return;
      if (method() == "HEAD" && is_own(answer) && received.substr(at).starts_with('{')) return;  // to what it could not know to be a HEAD
      ++next_;
      was_last_ = answer.value("connection") == "close";
    }
    check_nobody_waits();
  }

 private:
  std::string_view method() const {
    return next_ < meant_.requests.size() ? meant_.requests[next_].word(0) : std::string_view(meant_.tail).substr(0, meant_.tail.find(' '));
  }

  void check_nobody_waits() const {
    if (was_last_ || client_.may_be_lost || client_.end != End::in_order || next_ >= meant_.requests.size()) return;
    const Message& request = meant_.requests[next_];
    require(request.ended != Ended::whole || request.end > client_.answerable, "a request without an answer: " + request.first,
            client_.sent);
  }

  void check_final(const Message& answer, std::string_view received) {
    require(next_ <= meant_.requests.size(), "more answers than requests", received);
    if (is_own(answer)) return;
    require(next_ < meant_.requests.size(), "an answer that is not rota's own to what is no request", received);
    for (; from_ < all_.size(); ++from_) {
      if (!are_of(all_[from_], meant_.requests[next_], client_)) continue;
      for (const Attempt* attempt : all_[from_].attempts) {
        if (is_answer_of(answer, *attempt)) return static_cast<void>(++from_);
      }
    }
    wrong("an answer that nobody gave to this request: " + answer.first + ", to " + meant_.requests[next_].first, received);
  }

  void check_switch(std::string_view behind) {
    for (; from_ < all_.size(); ++from_) {
      for (const Attempt* attempt : all_[from_].attempts) {
        if (attempt->switched && attempt->said_behind.starts_with(behind)) return;
      }
    }
    wrong("a tunnel that no instance opened", behind);
  }

  const ClientRecord& client_;
  const Meant& meant_;
  const std::vector<Forwarded>& all_;
  std::size_t next_ = 0;  // of what was meant
  std::size_t from_ = 0;  // of what was forwarded
  bool was_last_ = false;
};

}  // namespace

void judge(std::span<const ClientRecord> clients, std::span<const InstanceRecord> instances) {
  std::vector<Attempt> attempts;
  for (const InstanceRecord& record : instances) read_attempts(record, clients, attempts);
  std::set<std::string_view> ids;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const Meant meant = read_meant(clients[i]);
    const std::vector<Forwarded> all = as_meant(forwarded_of(i, attempts), meant, clients[i]);
    for (const Forwarded& forwarded : all) require(ids.insert(forwarded.id).second, "two requests of one id", forwarded.id);
    Answers(clients[i], meant, all).check();
  }
}

}  // namespace rota::plain
