#include "app/version.h"

namespace rota {

const std::string_view kVersion = ROTA_VERSION;

}  // namespace rota
