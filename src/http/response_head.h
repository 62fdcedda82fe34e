// A response's head, read in place: every view points into the bytes it was parsed from.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/field.h"
#include "http/message.h"

namespace rota::http {

struct ResponseHead {
  std::uint16_t status = 0;
  Version version = Version::http_1_1;
  Body body;
  bool keep_alive = false;       // the instance would use this connection again
  std::string_view status_text;  // "200 OK": the status and its reason, as sent
  std::string_view upgrade;      // of a 101: the protocol that it switches to; empty where it says none, or several
  FieldList fields;              // `dropped` is set on what is not forwarded

  bool is_interim() const { return status < 200; }
};

}  // namespace rota::http
