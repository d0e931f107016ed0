#pragma once

#include <string_view>

namespace bellwether {

/// A method that people may choose, for `/methods` and --list-methods. Each text is a sentence.
struct AnalysisMethod {
  std::string_view id;  ///< as the query spells it
  std::string_view name;
  std::string_view assumptions = {};
  std::string_view purpose = {};  ///< what it is for; may be empty
  std::string_view options = {};  ///< which options it obeys; may be empty
};

}  // namespace bellwether
