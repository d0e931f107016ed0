// Started by Grafana (the plugin host's magic cookie is in the environment) this is the plugin, else the command line.

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include "server/app/backend.h"
#include "server/app/command_line.h"
#include "server/app/version.h"
#include "server/plugin/handshake/plugin_environment.h"
#include "server/plugin/plugin_process.h"
#include "server/telemetry/log/fd_logger.h"
#include "server/telemetry/metrics/metric_registry.h"

namespace {

std::string EnvironmentText(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int RunAsPlugin(const bellwether::PluginEnvironment& environment) {
  bellwether::BackendOptions options;
  // Grafana passes the key csv_folder of the ini section [plugin.bellwether-datasource] under this name.
  options.csv_folder = EnvironmentText("GF_PLUGIN_CSV_FOLDER");
  const std::unique_ptr<bellwether::Backend> backend = bellwether::Backend::Create(options);
  bellwether::FdLogger logger({.level_min = bellwether::LogLevel::kDebug, .module = ""}, backend->clock());
  bellwether::MetricRegistry registry;
  bellwether::PluginServerOptions server;
  server.version = bellwether::kVersion;
  return bellwether::RunPlugin(backend->service(), registry, logger, backend->clock(), environment, server);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const bellwether::PluginEnvironment environment =
        bellwether::ReadPluginEnvironment([](const char* name) -> const char* { return std::getenv(name); });
    if (environment.cookie_present && argc <= 1) {
      return RunAsPlugin(environment);
    }
    if (argc <= 1) {
      std::cerr
          << "This program is a Grafana data source plugin: Grafana starts it, it is not meant to be run by hand.\n"
             "To use it on files, see `bellwether --help`.\n";
      return bellwether::kExitFailed;  // as go-plugin expects of a plugin without its cookie
    }
    bellwether::CommandContext context{std::cin, std::cout, std::cerr, isatty(STDERR_FILENO) == 1};
    return bellwether::RunCommandLine(argc, argv, context);
  } catch (const std::exception& error) {
    std::cerr << "bellwether: an unexpected error ended the program: " << error.what() << '\n';
    return bellwether::kExitFailed;
  }
}
