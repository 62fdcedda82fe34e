// Two clients and as many connections to two instances as rota makes, all of them moved by hand: an action happens, then rota runs until it has nothing more to
// do at this time, then what came out of it is written down. Nothing here knows HTTP, but the model that answers whatever is whole.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/component/staged_worker.h"

namespace rota::plain {

enum class End : std::uint8_t {
  none,
  in_order,  // nothing more came
  reset,
};

// What one client sent and got.
struct ClientRecord {
  std::string address;  // as rota must name it
  std::string sent;
  std::string received;
  End end = End::none;         // of what it received
  std::size_t answerable = 0;  // so many bytes were sent before that
  bool may_be_lost = false;    // it went away itself, or rota was ended or made to fail
};

// What one connection to an instance heard and said.
struct InstanceRecord {
  struct Mark {
    std::size_t heard;  // so much had come
    std::size_t value;
  };
  std::string heard;
  std::string said;
  std::vector<Mark> said_from;  // from that of its bytes on, what was said knew of what had come; each later than the one before
  std::vector<Mark> came_at;    // when the bytes from there on came
  bool ended_in_order = false;  // behind what was said
};

class Stage {
 public:
  static constexpr std::size_t kMostInstanceConnections = 8;

  Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // Actions. What has no meaning now (nobody is connected there any more) does nothing.
  void client_says(std::size_t client, std::string_view text);
  void client_ends(std::size_t client);
  void client_resets(std::size_t client);
  void client_stops_reading(std::size_t client, bool stops);
  void instance_says(std::size_t connection, std::string_view text);
  void instance_ends(std::size_t connection);
  void instance_closes(std::size_t connection);
  void instance_resets(std::size_t connection);
  // From here on whatever whole request comes to an instance is answered with this at once; empty: no more. Each '~' is another letter in each answer.
  void answer_all(std::string_view answer) { answer_ = answer; }
  // How the instances take new connections from here on.
  enum class Dials : std::uint8_t { taken, first_refuses, refused, silent };
  void set_dials(Dials dials);
  void set_capacity(std::size_t bytes) { staged_.network.set_capacity(bytes); }
  // The so many-th operation of rota from here on fails.
  void fail_operation(std::uint64_t from_here, Fault fault);
  void pass(Duration time) { staged_.clock.advance(time); }
  void leave();
  void end_all();

  // Until nothing more happens at this time.
  void run();
  // To the end of everything, however much time that takes. Whatever is left then is an error.
  void finish();

  const std::array<ClientRecord, 2>& clients() const { return clients_; }
  const std::vector<InstanceRecord>& instances() const { return instances_; }

 private:
  struct Connection {
    std::unique_ptr<Stream> stream;
    bool sends = true;
    bool reads = true;
  };
  void give_up_all();
  bool collect();
  bool drain(Connection& connection, std::string& into, End& end);
  bool answer_what_is_whole(std::size_t connection);
  void arrive(std::unique_ptr<Stream> stream);
  bool is_open(std::size_t connection) const {
    return connection < instances_.size() && instance_connections_[connection].stream != nullptr;
  }

  test::StagedWorker staged_;
  BufferPool buffers_;
  std::array<ClientRecord, 2> clients_;
  std::vector<InstanceRecord> instances_;
  std::array<Connection, 2> client_connections_;
  std::vector<Connection> instance_connections_;
  std::vector<std::size_t> answered_;  // of each instance's connection: as far as it was answered
  std::string answer_;
  std::size_t answers_ = 0;
  std::size_t collections_ = 0;
  bool listens_ = true;
};

// `text` with the letter of that number for each '~'.
std::string lettered(std::string_view text, std::size_t number);

}  // namespace rota::plain
