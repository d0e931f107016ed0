#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Adds `bellwether forecast`: continues each series of a table, with an interval.
void AddForecastCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
