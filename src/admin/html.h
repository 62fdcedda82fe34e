// HTML under construction. Markup is what stands in this program's own text; everything else goes through text(), which is the one place where it is made
// inert: between tags and inside of quoted attribute values, and nowhere else.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace rota {

class Html {
 public:
  // Of a literal, and of nothing that is made while running.
  struct Markup {
    template <std::size_t Size>
    consteval Markup(const char (&literal)[Size]) : text(literal, Size - 1) {}  // NOLINT: meant to be implicit
    std::string_view text;
  };

  static constexpr std::size_t kMostText = 300;  // bytes

  Html& markup(Markup markup) {
    out_ += markup.text;
    return *this;
  }
  // Any bytes. What has a meaning in HTML becomes a reference; controls, marks that turn the direction of writing and what is no UTF-8 become visible as \xXX;
  // what is longer than `most` is cut, with an ellipsis.
  Html& text(std::string_view value, std::size_t most = kMostText);

  std::string take() { return std::move(out_); }

 private:
  void append(std::string_view plain);
  Html& ellipsis() {
    out_ += "…";
    return *this;
  }

  std::string out_;
};

}  // namespace rota
