// What the schema's tables say, for editors and for people. Written by `rota schema`; nothing here knows a key by itself.
#pragma once

#include <string>

namespace rota {

// JSON Schema, draft 2020-12. Editors complete and check rota.yaml with it. Values with ${VAR} in them pass.
std::string json_schema();

// docs/configuration.md, whole.
std::string markdown();

}  // namespace rota
