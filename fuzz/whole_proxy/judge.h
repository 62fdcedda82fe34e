// What must be so at the end, whatever clients and instances did:
// (1) What each connection to an instance heard is whole requests, one behind the other, the last of which may be cut; each has one host, one framing, and
//     rota's own four fields once.
// (2) Each of them is a request that its client meant, in the order of meaning: the same method, target, host, field lines and body, or the beginning of it.
//     Only what may be repeated comes twice, under the same id.
// (3) What each client got is whole answers, the last of which may be cut; each is rota's own, or what an instance said to a request of that client.
// (4) Behind a 101 both ends have what the other said, or the beginning of it.
// (5) Who stayed is answered: behind the last answer there is no whole request, unless that one said that it is the last.
// What is not so ends the process, in words.
#pragma once

#include <span>

#include "fuzz/whole_proxy/stage.h"

namespace rota::plain {

void judge(std::span<const ClientRecord> clients, std::span<const InstanceRecord> instances);

}  // namespace rota::plain
