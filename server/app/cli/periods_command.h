#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Adds `bellwether periods`: lists the periods of each series, strongest first.
void AddPeriodsCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
