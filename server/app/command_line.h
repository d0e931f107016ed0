#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Runs the command line: parses `argv`, runs the command it names, returns the exit code (0 done, 1 failed, 2 wrong
/// usage). Exceptions end here.
[[nodiscard]] int RunCommandLine(int argc, char** argv, CommandContext& context);

}  // namespace bellwether
