#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Adds `bellwether demo`: writes the demo page.
void AddDemoCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
