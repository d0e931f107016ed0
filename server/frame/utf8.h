#pragma once

#include <string_view>

namespace bellwether {

/// Whether `text` is well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates, at most U+10FFFF).
[[nodiscard]] bool IsValidUtf8(std::string_view text);

}  // namespace bellwether
