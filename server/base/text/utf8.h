#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bellwether {

/// The length in bytes (1 to 4) of the well-formed UTF-8 sequence that starts `text`, or 0 when none does (overlong
/// forms, surrogates and values past U+10FFFF are not well-formed; Unicode Standard, table 3-7).
[[nodiscard]] size_t Utf8SequenceLength(std::string_view text);

/// Whether the whole of `text` is well-formed UTF-8.
[[nodiscard]] bool IsValidUtf8(std::string_view text);

/// `text` with every byte that is not part of a well-formed sequence replaced by U+FFFD.
[[nodiscard]] std::string ReplaceInvalidUtf8(std::string_view text);

/// The longest prefix of the well-formed `text` that has at most `bytes_max` bytes and ends between two characters.
[[nodiscard]] std::string_view TruncateUtf8(std::string_view text, size_t bytes_max);

}  // namespace bellwether
