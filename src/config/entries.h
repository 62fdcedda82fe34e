// One entry of a list each, added to what is there. What is there already is passed over, but for addresses, where it is a mistake. On an error the list
// keeps what it has.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/checked.h"
#include "model/settings.h"
#include "net/address.h"

namespace rota {

Checked add_listen(std::vector<Address>& listen, std::string_view text);

// A header's name.
Checked add_name(std::vector<std::string>& names, std::string_view text, std::size_t most);

// A host without a port.
Checked add_host(std::vector<std::string>& hosts, std::string_view text, std::size_t most);

// 200, or 200-399.
Checked add_status(std::vector<StatusRange>& ranges, std::string_view text, std::size_t most);

// The bit of a name, of which there are eight at most; `what` they are, for messages.
Checked add_bit(std::uint8_t& set, std::string_view text, std::string_view what, std::span<const std::string_view> names);

}  // namespace rota
