#include "server/app/cli/method_list.h"

#include <vector>

#include "CLI/CLI.hpp"
#include "server/base/text/concat.h"

namespace bellwether {

std::string MethodListText(std::span<const AnalysisMethod> methods) {
  std::string text;
  const auto add = [&text](std::string_view what, std::string_view sentence) {
    text += sentence.empty() ? "" : Concat("\n  ", what, sentence);
  };
  for (const AnalysisMethod& method : methods) {
    text += Concat(method.id, ": ", method.name);
    add("assumes: ", method.assumptions);
    add("for:     ", method.purpose);
    add("options: ", method.options);
    text += "\n";
  }
  return text;
}

void AddGroupMethodOptions(CLI::App& command, std::span<const AnalysisMethod> methods, const std::string& help,
                           std::string& method, bool& list_methods) {
  std::vector<std::string> ids;
  for (const AnalysisMethod& one : methods) {
    ids.emplace_back(one.id);
  }
  command.add_option("--method", method, help)->check(CLI::IsMember(ids))->capture_default_str();
  command.add_flag("--list-methods", list_methods, "list the methods with what they assume and end");
}

bool ListsMethods(bool list_methods, std::span<const AnalysisMethod> methods, const TablePaths& paths,
                  CommandContext& context) {
  if (list_methods) {
    context.out << MethodListText(methods);
    return true;
  }
  if (paths.series_column.empty()) {
    context.Fail(kExitUsage,
                 "This command looks at several series together: name the column that tells them apart with "
                 "--series-column.");
    return true;
  }
  return false;
}

}  // namespace bellwether
