// A field of the schema as text: read into its member, written back, described. Only what every field has in common; no files, no
// positions.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/schema.h"

namespace rota {

struct ValueError {
  std::string message;
  std::string hint = {};
};

using Checked = std::expected<void, ValueError>;

// Listen addresses are separated by commas here. On an error the member keeps its value.
template <class Owner>
Checked set_field(const Field<Owner>& field, Owner& owner, std::string_view text);

// As one would write it; set_field reads it back.
template <class Owner>
std::string field_text(const Field<Owner>& field, Owner owner);

// What may be written, for a person: "1 to 1000".
template <class Owner>
std::string field_values(const Field<Owner>& field);

// Appends one address to listen on, unless it is listened on already.
Checked add_listen(std::vector<Address>& listen, std::string_view text);
// The same with a header's name, in lower case.
Checked add_name(std::vector<std::string>& names, std::string_view text, std::size_t most);

}  // namespace rota
