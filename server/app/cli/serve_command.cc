#include "server/app/cli/serve_command.h"

#include <cstdlib>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "server/app/backend.h"
#include "server/app/version.h"
#include "server/plugin/plugin_process.h"
#include "server/telemetry/log/fd_logger.h"

namespace bellwether {
namespace {

struct ServeArguments {
  std::string address = "127.0.0.1:50051";
  std::string csv_folder;
};

void RunServe(const ServeArguments& arguments, CommandContext& context) {
  BackendOptions options;
  options.csv_folder = arguments.csv_folder;
  const std::unique_ptr<Backend> backend = Backend::Create(options);
  FdLogger logger({.module = "bellwether"}, backend->clock());
  MetricRegistry registry;
  PluginServerOptions server;
  server.version = kVersion;
  context.exit_code =
      RunStandalone(arguments.address, backend->service(), registry, logger, backend->clock(), server) == 0
          ? kExitOk
          : kExitFailed;
}

}  // namespace

void AddServeCommand(CLI::App& app, CommandContext& context) {
  CLI::App* const command =
      app.add_subcommand("serve", "Run the plugin's gRPC server without Grafana, for development");
  const auto arguments = std::make_shared<ServeArguments>();
  command->add_option("--address", arguments->address, "Where to listen: a loopback address and port, or unix:/path")
      ->capture_default_str();
  command->add_option("--csv-folder", arguments->csv_folder, "The folder whose CSV files may be read");
  command->footer("Example: bellwether serve --address 127.0.0.1:50051 --csv-folder ./data");
  command->callback([arguments, &context] { RunServe(*arguments, context); });
}

}  // namespace bellwether
