#include "server/app/command_line.h"

#include <exception>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "server/app/cli/analyze_command.h"
#include "server/app/cli/backtest_command.h"
#include "server/app/cli/changepoints_command.h"
#include "server/app/cli/demo_command.h"
#include "server/app/cli/detect_command.h"
#include "server/app/cli/forecast_command.h"
#include "server/app/cli/multivariate_command.h"
#include "server/app/cli/outliers_command.h"
#include "server/app/cli/periods_command.h"
#include "server/app/cli/serve_command.h"
#include "server/app/cli/trend_command.h"
#include "server/app/version.h"

namespace bellwether {
namespace {

void AddVersionCommand(CLI::App& app, CommandContext& context) {
  CLI::App* const command = app.add_subcommand("version", "Print the version");
  command->footer("Example: bellwether version");
  command->callback([&context] { context.out << "bellwether " << kVersion << '\n'; });
}

bool HasCommand(const CLI::App& app, const std::string& name) {
  for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->check_name(name)) {
      return true;
    }
  }
  return false;
}

/// What is wrong with the words after the program's name, and where the right ones are listed.
std::string UsageMessage(const CLI::App* app, const CLI::Error& error) {
  const std::vector<CLI::App*> commands = app->get_subcommands();
  const std::string command = "bellwether " + (commands.empty() ? "" : commands.front()->get_name() + " ");
  std::string message = std::string("bellwether: ") + error.what();
  if (message.back() != '.') {
    message += '.';
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !commands.empty() &&
      commands.front()->get_option_no_throw("--input") != nullptr) {
    message += " A file to read is named with --input.";
  }
  return message + " See `" + command + "--help`.\n";
}

int ParseAndRun(int argc, char** argv, CommandContext& context) {
  CLI::App app(
      "Anomalies, forecasts and trends of time series. In Grafana this program is a data source; here it does "
      "the same on files.",
      "bellwether");
  app.require_subcommand(1);
  app.set_version_flag("--version", "bellwether " + std::string(kVersion), "Print the version and exit");
  app.failure_message(UsageMessage);
  app.footer(
      "Example: bellwether detect --input cpu.csv --output scored.csv\n"
      "`bellwether COMMAND --help` tells more of each command.");
  AddDetectCommand(app, context);
  AddBacktestCommand(app, context);
  AddForecastCommand(app, context);
  AddChangepointsCommand(app, context);
  AddPeriodsCommand(app, context);
  AddAnalyzeCommand(app, context);
  AddTrendCommand(app, context);
  AddOutliersCommand(app, context);
  AddMultivariateCommand(app, context);
  AddDemoCommand(app, context);
  AddServeCommand(app, context);
  AddVersionCommand(app, context);
  if (argc > 1 && argv[1][0] != '-' && !HasCommand(app, argv[1])) {
    context.Fail(kExitUsage,
                 std::string("There is no command \"") + argv[1] + "\". See `bellwether --help` for those there are.");
    return context.exit_code;
  }
  if (argc > 1 && argv[1][0] == '-' && app.get_option_no_throw(argv[1]) == nullptr) {
    context.Fail(kExitUsage,
                 std::string("\"") + argv[1] + "\" stands where a command is expected. See `bellwether --help`.");
    return context.exit_code;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Asking for help is no mistake.
    return app.exit(error, context.out, context.err) == 0 ? kExitOk : kExitUsage;
  }
  return context.exit_code;
}

}  // namespace

int RunCommandLine(int argc, char** argv, CommandContext& context) {
  try {
    return ParseAndRun(argc, argv, context);
  } catch (const std::bad_alloc&) {
    context.Fail(kExitFailed, "There is not enough memory for this input. Split it into smaller files.");
  } catch (const std::exception& error) {
    context.Fail(kExitFailed, std::string("An unexpected error ended the command: ") + error.what());
  }
  return kExitFailed;
}

}  // namespace bellwether
