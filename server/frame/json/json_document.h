#pragma once

#include <cstddef>
#include <string_view>

namespace bellwether {

/// Deepest nesting of arrays and objects that is read or sent. Ours need less than ten; the bound keeps recursive
/// readers, here and in Grafana, from running out of stack.
inline constexpr size_t kJsonNestingMax = 64;

/// Whether arrays and objects in `text` nest at most kJsonNestingMax deep. Looks at brackets outside strings only, so
/// it says nothing about the rest of the syntax.
[[nodiscard]] bool IsJsonNestingBounded(std::string_view text);

/// Whether `text` is one well-formed JSON document, nested at most kJsonNestingMax deep.
[[nodiscard]] bool IsJsonDocument(std::string_view text);

}  // namespace bellwether
