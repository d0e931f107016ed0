#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Adds `bellwether trend`: says whether each series goes up or down, and how sure that is.
void AddTrendCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
