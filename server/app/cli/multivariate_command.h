#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Adds `bellwether multivariate`: takes the series of a table as features and marks the times at which they are
/// unusual together, with what each adds and what to do.
void AddMultivariateCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
