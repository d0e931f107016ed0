#pragma once

#include <functional>
#include <istream>
#include <ostream>
#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace bellwether {

/// Exit codes of the command line.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

/// What a command reads and writes, so that tests can hand it their own. `exit_code` is what the program ends with.
struct CommandContext {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;  ///< progress of long work is shown only there
  int exit_code = kExitOk;

  /// Prints "bellwether: <message>" on err and sets the exit code.
  void Fail(int code, const std::string& message) {
    err << "bellwether: " << message << '\n';
    exit_code = code;
  }
};

// Each command is one file pair that adds a CLI::App subcommand whose callback runs it:
//   void AddDetectCommand(CLI::App& app, CommandContext& context);

}  // namespace bellwether
