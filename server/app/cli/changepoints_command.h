#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Adds `bellwether changepoints`: lists where level, slope or variance of each series changes and stays so for a
/// while.
void AddChangepointsCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
