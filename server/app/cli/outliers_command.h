#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Adds `bellwether outliers`: lists the series of a table that are unlike the others, and when.
void AddOutliersCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
