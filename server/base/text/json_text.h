#pragma once

#include <string>

namespace bellwether {

/// Whether a character of a JSON string must be escaped: quotes, backslashes and control characters.
[[nodiscard]] inline bool NeedsJsonEscape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// Appends the escape of a character that needs one.
void AppendJsonEscape(std::string& out, char c);

}  // namespace bellwether
