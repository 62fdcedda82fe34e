#include "http/field_names.h"

#include <gtest/gtest.h>

#include <string>

#include "http/padded.h"
#include "http/text.h"

namespace rota::http {
namespace {

TEST(FieldNames, AreKnownByEachOfTheirBytes) {
  for (const auto& known : field_names_detail::kKnown) {
    std::string upper(known.name);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
    EXPECT_EQ(identify_exactly(Padded(known.name).view()), known.id) << known.name;
    EXPECT_EQ(identify_exactly(Padded(upper, 'z').view()), known.id) << upper;
    EXPECT_NE(identify_exactly(Padded(std::string(known.name) + "x").view()), known.id) << known.name;
    EXPECT_NE(identify_exactly(Padded(known.name.substr(1)).view()), known.id) << known.name;
    for (std::size_t i = 0; i < known.name.size(); ++i) {
      for (int byte = 0; byte < 256; ++byte) {
        if (!is_token_char(static_cast<char>(byte))) continue;  // they are tokens
        std::string other(known.name);
        other[i] = static_cast<char>(byte);
        EXPECT_EQ(identify_exactly(Padded(other).view()) == known.id, equals_lower(other, known.name)) << other << " and " << known.name;
      }
    }
  }
}

}  // namespace
}  // namespace rota::http
