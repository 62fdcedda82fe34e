#include "fuzz/whole_proxy/stage.h"

#include <algorithm>

#include "base/check.h"
#include "fuzz/whole_proxy/plain_reader.h"

namespace rota::plain {
namespace {

// Far more than any input of a few kilobytes needs. What needs more never ends.
constexpr int kMostTurns = 20'000;
constexpr std::size_t kInstances = 2;

Peer peer_of(std::size_t client) { return {.family = Peer::Family::ipv4, .bytes = {192, 0, 2, static_cast<std::uint8_t>(client + 1)}}; }

}  // namespace

std::string lettered(std::string_view text, std::size_t number) {
  std::string out(text);
  std::ranges::replace(out, '~', static_cast<char>('a' + number % 26));
  return out;
}

Stage::Stage()
    : staged_(kInstances, Limits{.header_bytes = 1024, .headers = 16, .body = 2048}, Timeouts{.request = std::chrono::seconds{90}}),
      buffers_(4096) {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    char text[Peer::kMostText];
    clients_[i].address.assign(text, peer_of(i).write(text));
  }
  instances_.reserve(kMostInstanceConnections);
  set_dials(Dials::taken);
}

void Stage::arrive(std::unique_ptr<Stream> stream) {
  if (instances_.size() == kMostInstanceConnections) return;  // closed at once
  instances_.emplace_back();
  instance_connections_.push_back({.stream = std::move(stream)});
  answered_.push_back(0);
}

void Stage::set_dials(Dials dials) {
  for (std::size_t i = 0; i < kInstances; ++i) {
    const Address& address = staged_.addresses[i];
    if (dials == Dials::silent) {
      staged_.dialer.announce_silent(address);
    } else if (dials == Dials::refused || (dials == Dials::first_refuses && i == 0)) {
      staged_.dialer.announce(address, nullptr);
    } else {
      staged_.dialer.announce(address, [this](std::unique_ptr<Stream> stream) { arrive(std::move(stream)); });
    }
  }
}

void Stage::client_says(std::size_t client, std::string_view text) {
  Connection& connection = client_connections_[client];
  if (!connection.stream && connection.sends && listens_) connection.stream = staged_.listener->arrive(peer_of(client));
  if (!connection.stream || !connection.sends) return;
  const Result<std::size_t> sent = connection.stream->write_without_waiting(text);
  if (sent) clients_[client].sent += text.substr(0, *sent);
  if (clients_[client].end == End::none) clients_[client].answerable = clients_[client].sent.size();
  connection.sends = sent.has_value();
}

void Stage::client_ends(std::size_t client) {
  Connection& connection = client_connections_[client];
  if (connection.stream && std::exchange(connection.sends, false)) connection.stream->shutdown_write();
}

void Stage::client_resets(std::size_t client) {
  Connection& connection = client_connections_[client];
  if (!connection.stream) return;
  connection.stream->reset_on_close();
  connection.stream = nullptr;
  connection.sends = false;
  clients_[client].may_be_lost = true;
}

void Stage::client_stops_reading(std::size_t client, bool stops) { client_connections_[client].reads = !stops; }

void Stage::instance_says(std::size_t connection, std::string_view text) {
  if (!is_open(connection) || !instance_connections_[connection].sends) return;
  InstanceRecord& record = instances_[connection];
  const Result<std::size_t> sent = instance_connections_[connection].stream->write_without_waiting(text);
  if (!sent) {
    instance_connections_[connection].sends = false;
    return;
  }
  record.said_from.push_back({.heard = record.heard.size(), .value = record.said.size()});
  record.said += text.substr(0, *sent);
}

void Stage::instance_ends(std::size_t connection) {
  if (!is_open(connection) || !std::exchange(instance_connections_[connection].sends, false)) return;
  instance_connections_[connection].stream->shutdown_write();
  instances_[connection].ended_in_order = true;
}

void Stage::instance_closes(std::size_t connection) {
  if (!is_open(connection)) return;
  instances_[connection].ended_in_order = true;
  instance_connections_[connection].stream = nullptr;
}

void Stage::instance_resets(std::size_t connection) {
  if (!is_open(connection)) return;
  instance_connections_[connection].stream->reset_on_close();
  instance_connections_[connection].stream = nullptr;
}

void Stage::give_up_all() {
  for (ClientRecord& client : clients_) client.may_be_lost = true;
}

void Stage::fail_operation(std::uint64_t from_here, Fault fault) {
  give_up_all();
  staged_.network.fail_operation(staged_.network.operations() + from_here, fault);
}

void Stage::leave() {
  listens_ = false;
  give_up_all();
  staged_.worker->leave();
}

void Stage::end_all() {
  listens_ = false;
  give_up_all();
  staged_.worker->end_all();
}

// Whether anything came.
bool Stage::drain(Connection& connection, std::string& into, End& end) {
  if (!connection.stream || !connection.reads) return false;
  bool any = false;
  while (end == End::none) {
    connection.stream->set_ready(Readiness::readable);
    const Result<Buffer> came = connection.stream->read_now(buffers_);
    if (!came) {
      end = came.error().code == ErrorCode::end_of_stream ? End::in_order : End::reset;
    } else if (!*came) {
      break;
    } else {
      into += came->view();
      any = true;
    }
  }
  return any;
}

bool Stage::answer_what_is_whole(std::size_t connection) {
  InstanceRecord& record = instances_[connection];
  bool any = false;
  while (!answer_.empty() && answered_[connection] < record.heard.size()) {
    const Message request = read_request(record.heard, answered_[connection], false);
    if (request.ended != Ended::whole) break;
    answered_[connection] = request.end;
    instance_says(connection, lettered(answer_, answers_++));
    any = true;
  }
  return any;
}

bool Stage::collect() {
  bool any = false;
  ++collections_;
  for (std::size_t i = 0; i < clients_.size(); ++i) any = drain(client_connections_[i], clients_[i].received, clients_[i].end) || any;
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    InstanceRecord& record = instances_[i];
    const std::size_t before = record.heard.size();
    End end = End::none;
    any = drain(instance_connections_[i], record.heard, end) || any;
    if (record.heard.size() > before) record.came_at.push_back({.heard = before, .value = collections_});
    any = answer_what_is_whole(i) || any;
  }
  return any;
}

void Stage::run() {
  int rounds = 0;
  do {
    CHECK(staged_.network.run_now(kMostTurns));
    CHECK(++rounds < kMostTurns);
  } while (collect());
}

void Stage::finish() {
  listens_ = false;
  staged_.worker->leave();
  int turns = 0;
  do {
    run();
    CHECK(++turns < kMostTurns);
  } while (staged_.network.pass_time());
  staged_.worker->end_all();
  run();
  for (Connection& client : client_connections_) client.reads = true;
  collect();
  for (std::size_t i = 0; i < clients_.size(); ++i) CHECK(!client_connections_[i].stream || clients_[i].end != End::none);
  CHECK(staged_.left_behind().empty());
}

}  // namespace rota::plain
