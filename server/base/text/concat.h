#pragma once

#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace bellwether {

/// `text` as Abseil's own string_view: Debian 12 builds Abseil with a type of its own.
[[nodiscard]] inline absl::string_view AbslView(std::string_view text) { return {text.data(), text.size()}; }

/// absl::StrCat that takes std::string_view as well.
template <typename... Parts>
[[nodiscard]] std::string Concat(const Parts&... parts) {
  const auto piece = []<typename Part>(const Part& part) -> decltype(auto) {
    if constexpr (std::is_same_v<Part, std::string_view>) {
      return AbslView(part);
    } else {
      return (part);
    }
  };
  return absl::StrCat(piece(parts)...);
}

/// "a, b, c".
[[nodiscard]] inline std::string JoinNames(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) {
    text += text.empty() ? "" : ", ";
    text += name;
  }
  return text;
}

}  // namespace bellwether
