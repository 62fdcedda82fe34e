// What a command ends with. The same numbers everywhere, because scripts rely on them.
#pragma once

namespace rota {

enum class ExitCode : int { fine = 0, failed = 1, usage = 64 };

}  // namespace rota
