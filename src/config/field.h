// A field of the schema as text: read into its member, written back, described. Only what every field has in common; no files, no
// positions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/checked.h"
#include "config/schema.h"

namespace rota {

// The entries of a list are separated by commas here. On an error the member keeps its value.
template <class Owner>
Checked set_field(const Field<Owner>& field, Owner& owner, std::string_view text);

// Whether the field's value may also be given as single entries.
template <class Owner>
bool is_list(const Field<Owner>& field);

// Each of them as a text: what is wrong with it, if anything is. The member becomes what is well of it.
template <class Owner>
std::vector<Checked> set_entries(const Field<Owner>& field, Owner& owner, std::span<const std::string_view> texts);

// As one would write it; set_field reads it back. Of a secret, no more than that there is one.
template <class Owner>
std::string field_text(const Field<Owner>& field, Owner owner);

// Whether both have the same there, secrets too. Neither is changed.
template <class Owner>
bool field_equals(const Field<Owner>& field, Owner& a, Owner& b);

// What may be written, for a person: "1 to 1000".
template <class Owner>
std::string field_values(const Field<Owner>& field);

}  // namespace rota
