// A part of a message body on its way, out of any framing.
#pragma once

#include <string_view>

#include "http/field.h"

namespace rota {

struct BodyPiece {
  std::string_view bytes;
  bool last = true;                           // nothing comes behind it
  const http::FieldList* trailers = nullptr;  // with the last piece of a chunked body, where there are any; valid as long as `bytes`
};

}  // namespace rota
