#pragma once

#include <span>
#include <string>

#include "server/analytics/analysis_method.h"
#include "server/app/cli/command.h"
#include "server/app/cli/series_table.h"

namespace CLI {
class App;
}  // namespace CLI

namespace bellwether {

/// Methods with what they assume, what they are for and the options they obey, for people.
[[nodiscard]] std::string MethodListText(std::span<const AnalysisMethod> methods);

/// Adds --method, which takes the ids of `methods`, and --list-methods to a command that looks at series together.
void AddGroupMethodOptions(CLI::App& command, std::span<const AnalysisMethod> methods, const std::string& help,
                           std::string& method, bool& list_methods);

/// True where the command ends here: it prints the list asked for, or fails because no --series-column was given.
[[nodiscard]] bool ListsMethods(bool list_methods, std::span<const AnalysisMethod> methods, const TablePaths& paths,
                                CommandContext& context);

}  // namespace bellwether
