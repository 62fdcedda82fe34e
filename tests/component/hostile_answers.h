// Answers that no instance should give, and what must become of them. Each `@` is the letter of the request that it answers; POISON is what nobody may get.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace rota::test {

// What the instance does behind its words.
enum class Then : std::uint8_t { stay, close, half_close, reset };

enum class Verdict : std::uint8_t {
  refused,  // the client gets rota's own answer, and nothing of these words but interim answers
  bad,      // that, or a beginning that the client sees to be cut
  whole,    // the request's own answer, to its end; what else was said is nobody's
  any,      // that, or rota's own answer
};

struct HostileAnswer {
  std::string name;
  std::string says;
  Verdict to_get;
  Verdict to_head;
  Then then = Then::stay;
};

inline void PrintTo(const HostileAnswer& row, std::ostream* out) { *out << row.name; }

namespace hostile {

using namespace std::string_literals;

inline const std::string kOk = "HTTP/1.1 200 OK\r\nX-Id: @\r\n";
inline const std::string kTwo = kOk + "Content-Length: 2\r\n\r\n@@";
inline const std::string kChunked = kOk + "Transfer-Encoding: chunked\r\n\r\n";
inline const std::string kHints = "HTTP/1.1 103 Early Hints\r\nX-Id: @\r\n\r\n";
inline const std::string kPoison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON";

inline std::string times(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

inline HostileAnswer refused(std::string name, std::string says, Then then = Then::stay) {
  return {std::move(name), std::move(says), Verdict::refused, Verdict::refused, then};
}
// As an answer to HEAD the head is all there is, and good.
inline HostileAnswer bad(std::string name, std::string says, Then then = Then::stay) {
  return {std::move(name), std::move(says), Verdict::bad, Verdict::whole, then};
}
inline HostileAnswer whole(std::string name, std::string says, Then then = Then::stay) {
  return {std::move(name), std::move(says), Verdict::whole, Verdict::whole, then};
}
// A 200 that says this of its framing.
inline HostileAnswer framed(std::string name, std::string_view fields, std::string_view body) {
  return refused(std::move(name), kOk + std::string(fields) + "\r\n\r\n" + std::string(body));
}

// No HTTP at all.
inline std::vector<HostileAnswer> garbage() {
  return {
      refused("words", "hello, world\r\n\r\n"),
      refused("NULs", std::string(100, '\0')),
      refused("a TLS alert", "\x15\x03\x01\x00\x02\x02\x46"s),
      refused("settings of HTTP 2", "\x00\x00\x12\x04\x00\x00\x00\x00\x00"s),
      refused("HTTP 0.9", "<html>POISON</html>", Then::close),
      refused("HTTP 2.0", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
      refused("a request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      refused("an empty line first", "\r\n" + kTwo),
      refused("nothing and an end", "", Then::close),
      refused("nothing and half an end", "", Then::half_close),
      refused("nothing and a reset", "", Then::reset),
      refused("nothing, for ever", ""),
      refused("half a head", "HTTP/1.1 200 OK\r\nX-Id: @\r\nX-", Then::close),
      refused("half a head, for ever", "HTTP/1.1 200 OK\r\nX-Id: @\r\nX-"),
      refused("a NUL in a field", kOk + "X: a\0b\r\nContent-Length: 0\r\n\r\n"s),
      refused("CR in a field", kOk + "X: a\rX-Id: POISON\r\nContent-Length: 0\r\n\r\n"),
      refused("LF for line ends", "HTTP/1.1 200 OK\nX-Id: @\nContent-Length: 2\n\n@@"),
      refused("a folded line", kOk + "X: a\r\n POISON\r\nContent-Length: 0\r\n\r\n"),
      refused("status 000", "HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n"),
      refused("status 999", "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n"),
      refused("an endless reason", "HTTP/1.1 200 " + std::string(50'000, 'x')),
      refused("an endless field", kOk + "X: " + std::string(50'000, 'x')),
      refused("endless fields", kOk + times(10'000, "X: y\r\n")),
  };
}

// Interim answers, of which a client gets at most sixteen.
inline std::vector<HostileAnswer> interims() {
  return {
      refused("103 without end", times(1000, kHints)),
      refused("100 without end", times(1000, "HTTP/1.1 100 Continue\r\nX-Id: @\r\n\r\n")),
      refused("102 and 100 in turn without end", times(500, "HTTP/1.1 102 Wait\r\nX-Id: @\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")),
      refused("199 without end", times(1000, "HTTP/1.1 199 \r\nX-Id: @\r\n\r\n")),
      refused("seventeen before an answer", times(17, kHints) + kTwo),
      whole("sixteen before an answer", times(16, kHints) + kTwo),
      refused("103 and an end", kHints, Then::close),
      refused("103 and a reset", kHints, Then::reset),
      refused("103 and nothing", kHints),
      refused("103 and garbage", kHints + "POISON\r\n\r\n"),
      refused("103 with a length", "HTTP/1.1 103 Hints\r\nContent-Length: 6\r\n\r\nPOISON" + kTwo),
      refused("103 in chunks", "HTTP/1.1 103 Hints\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nPOISON\r\n0\r\n\r\n" + kTwo),
      refused("103 that closes", "HTTP/1.1 103 Hints\r\nConnection: close\r\n\r\n" + kTwo),
      refused("101 that nobody asked for", "HTTP/1.1 101 Switch\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nPOISON"),
      refused("101 to nothing", "HTTP/1.1 101 Switch\r\n\r\nPOISON"),
  };
}

inline std::vector<HostileAnswer> lengths() {
  return {
      framed("two lengths", "Content-Length: 2\r\nContent-Length: 8", "@@POISON"),
      framed("one length twice", "Content-Length: 2\r\nContent-Length: 2", "@@"),
      framed("a list of lengths", "Content-Length: 2, 2", "@@"),
      framed("a negative length", "Content-Length: -2", "@@"),
      framed("a length past 64 bits", "Content-Length: 18446744073709551618", "@@"),
      framed("a length in hexadecimal", "Content-Length: 0x2", "@@"),
      framed("a length and chunks", "Content-Length: 2\r\nTransfer-Encoding: chunked", "2\r\n@@\r\n0\r\n\r\n"),
      framed("chunks and a length", "Transfer-Encoding: chunked\r\nContent-Length: 2", "2\r\n@@\r\n0\r\n\r\n"),
      framed("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "2\r\n@@\r\n0\r\n\r\n"),
      framed("gzip and chunked", "Transfer-Encoding: gzip, chunked", "2\r\n@@\r\n0\r\n\r\n"),
      framed("an unknown coding", "Transfer-Encoding: identity", "@@"),
      bad("a length that is too long", kOk + "Content-Length: 100\r\n\r\n@@", Then::close),
      bad("a length that is too long and half an end", kOk + "Content-Length: 100\r\n\r\n@@", Then::half_close),
      bad("a length that is too long and a reset", kOk + "Content-Length: 100\r\n\r\n@@", Then::reset),
      bad("a length that is too long, for ever", kOk + "Content-Length: 100\r\n\r\n@@"),
      bad("a huge length", kOk + "Content-Length: 999999999999999999\r\n\r\n@@", Then::close),
      whole("a length that is too short", kTwo + "POISON"),
      whole("a second answer", kTwo + kPoison),
      whole("a hundred answers", kTwo + times(100, kPoison)),
      whole("a CRLF too much", kTwo + "\r\n"),
      whole("an interim answer behind it", kTwo + "HTTP/1.1 103 POISON\r\n\r\n"),
      whole("a timeout behind it, and an end", kTwo + "HTTP/1.1 408 POISON\r\nConnection: close\r\n\r\n", Then::close),
      whole("an end behind it", kTwo, Then::close),
      whole("half an end behind it", kTwo, Then::half_close),
      whole("it says that it closes, and does not", "HTTP/1.1 200 OK\r\nX-Id: @\r\nConnection: close\r\nContent-Length: 2\r\n\r\n@@"),
      whole("without a length", kOk + "\r\n@@", Then::close),
      bad("without a length, and a reset", kOk + "\r\n@@", Then::reset),
      bad("without a length, for ever", kOk + "\r\n@@"),
  };
}

inline std::vector<HostileAnswer> bodies_of_none() {
  return {
      whole("204 and a body", "HTTP/1.1 204 No\r\nX-Id: @\r\n\r\nPOISON"),
      whole("204 with a length", "HTTP/1.1 204 No\r\nX-Id: @\r\nContent-Length: 6\r\n\r\nPOISON"),
      whole("204 with a length and no body", "HTTP/1.1 204 No\r\nX-Id: @\r\nContent-Length: 6\r\n\r\n"),
      whole("204 in chunks", "HTTP/1.1 204 No\r\nX-Id: @\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nPOISON\r\n0\r\n\r\n"),
      whole("304 and a body", "HTTP/1.1 304 No\r\nX-Id: @\r\n\r\nPOISON"),
      whole("304 with a length and a body", "HTTP/1.1 304 No\r\nX-Id: @\r\nContent-Length: 6\r\n\r\nPOISON"),
      whole("304 in chunks", "HTTP/1.1 304 No\r\nX-Id: @\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nPOISON\r\n0\r\n\r\n"),
      whole("a length of nothing and a body", kOk + "Content-Length: 0\r\n\r\nPOISON"),
  };
}

inline std::vector<HostileAnswer> chunks() {
  return {
      bad("a size that is none", kChunked + "2\r\n@@\r\nzz\r\nPOISON\r\n0\r\n\r\n"),
      bad("a size with a sign", kChunked + "2\r\n@@\r\n+6\r\nPOISON\r\n0\r\n\r\n"),
      bad("a size with 0x", kChunked + "2\r\n@@\r\n0x6\r\nPOISON\r\n0\r\n\r\n"),
      bad("a size past 64 bits", kChunked + "2\r\n@@\r\n10000000000000006\r\nPOISON\r\n0\r\n\r\n"),
      bad("a size that is too small", kChunked + "1\r\n@@\r\n0\r\n\r\n"),
      bad("a size that is too large", kChunked + "9\r\n@@@@", Then::close),
      bad("LF for CRLF", kChunked + "2\n@@\n0\n\n"),
      bad("no chunks where they are announced", kChunked + "@@POISON"),
      bad("an empty extension", kChunked + "2;\r\n@@\r\n0\r\n\r\n"),
      bad("an endless extension", kChunked + "2;x=" + std::string(50'000, 'x')),
      bad("an endless row of digits", kChunked + std::string(50'000, '0')),
      bad("no last chunk and an end", kChunked + "2\r\n@@\r\n", Then::close),
      bad("no last chunk and half an end", kChunked + "2\r\n@@\r\n", Then::half_close),
      bad("no last chunk and a reset", kChunked + "2\r\n@@\r\n", Then::reset),
      bad("half a last chunk", kChunked + "2\r\n@@\r\n0\r\n", Then::close),
      bad("a zero and an end", kChunked + "2\r\n@@\r\n0", Then::close),
      bad("a trailer that is none", kChunked + "2\r\n@@\r\n0\r\nPOISON\r\n\r\n"),
      bad("a trailer with LF in it", kChunked + "2\r\n@@\r\n0\r\nX: a\nPOISON: b\r\n\r\n"),
      bad("half a trailer", kChunked + "2\r\n@@\r\n0\r\nX: y\r\n", Then::close),
      bad("an endless trailer", kChunked + "2\r\n@@\r\n0\r\nX: " + std::string(50'000, 'x')),
      bad("endless trailers", kChunked + "2\r\n@@\r\n0\r\n" + times(10'000, "X: y\r\n")),
      whole("trailers that frame and route",
            kChunked + "2\r\n@@\r\n0\r\nContent-Length: 6\r\nTransfer-Encoding: x\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"),
      whole("an answer behind the last chunk", kChunked + "2\r\n@@\r\n0\r\n\r\n" + kPoison),
      whole("CRLF behind the last chunk", kChunked + "2\r\n@@\r\n0\r\n\r\n\r\n"),
  };
}

inline std::vector<HostileAnswer> all() {
  std::vector<HostileAnswer> rows;
  for (std::vector<HostileAnswer>& some : std::vector{garbage(), interims(), lengths(), bodies_of_none(), chunks()}) {
    for (HostileAnswer& row : some) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace hostile
}  // namespace rota::test
