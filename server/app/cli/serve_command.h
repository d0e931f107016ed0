#pragma once

#include "server/app/cli/command.h"

namespace bellwether {

/// Adds `bellwether serve`: the plugin's gRPC server without a plugin host, for development.
void AddServeCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
