#include "server/base/text/json_text.h"

#include <string_view>

namespace bellwether {

void AppendJsonEscape(std::string& out, char c) {
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default: {
      constexpr std::string_view kHex = "0123456789abcdef";
      const auto code = static_cast<unsigned char>(c);
      out.append("\\u00");
      out.push_back(kHex[code >> 4U]);
      out.push_back(kHex[code & 0xFU]);
    }
  }
}

}  // namespace bellwether
