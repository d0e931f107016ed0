#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Adds `bellwether backtest`: says how often a rule would have fired on a table, at several budgets at once.
void AddBacktestCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
