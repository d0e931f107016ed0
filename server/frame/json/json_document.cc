#include "server/frame/json/json_document.h"

#include "nlohmann/json.hpp"

namespace bellwether {

bool IsJsonNestingBounded(std::string_view text) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kJsonNestingMax) {
        return false;
      }
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return true;
}

bool IsJsonDocument(std::string_view text) { return IsJsonNestingBounded(text) && nlohmann::json::accept(text); }

}  // namespace bellwether
