#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Adds `bellwether analyze`: the whole story of each series of a table, in words or as JSON.
void AddAnalyzeCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
