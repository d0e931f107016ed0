#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Adds `bellwether detect`: marks what is unusual in each series of a table.
void AddDetectCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
