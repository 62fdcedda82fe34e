// Switching protocols (RFC 9110 section 7.8): WebSocket and others. What is asked of an instance passes on only where one protocol is asked for, clearly,
// and a tunnel begins only behind a 101 that switches to just that one.
#pragma once

#include <string_view>

#include "http/request_head.h"
#include "http/text_writer.h"

namespace rota::http {

// The protocol of the only Upgrade line; empty where there is none, or several, or anything but one protocol.
std::string_view only_protocol(const FieldList& fields);

// What a request whose Connection says `upgrade` asks for, where that passes on. Never: over HTTP/1.0, together with a body (its end would be the tunnel's
// beginning), HTTP/2 (rota would be blind to its requests), or a WebSocket handshake that is not RFC 6455's (section 4.1). Such a request goes on as if it
// had asked for nothing, which every server may do with every Upgrade.
std::string_view asked_protocol(const RequestHead& head);

// The two lines that say it on the next connection.
void append_upgrade(std::string_view protocol, TextWriter& out);

}  // namespace rota::http
