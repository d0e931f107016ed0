#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Constants of the Arrow IPC file format and of Grafana's use of it, shared by the encoder and the decoder.
namespace bellwether::arrow_format {

/// First and last bytes of a file; at the front two zero bytes follow.
inline constexpr std::string_view kMagic = "ARROW1";
inline constexpr size_t kLeadingMagicSize = 8;

/// Every message begins with this word and the int32 length of its metadata.
inline constexpr uint32_t kContinuation = 0xFFFFFFFF;
inline constexpr size_t kMessagePrefixSize = 8;

/// Metadata keys of a schema …
inline constexpr std::string_view kNameKey = "name";
inline constexpr std::string_view kRefIdKey = "refId";
inline constexpr std::string_view kMetaKey = "meta";
/// … and of a field.
inline constexpr std::string_view kLabelsKey = "labels";
inline constexpr std::string_view kConfigKey = "config";
inline constexpr std::string_view kTypeKey = "tstype";

/// `size` rounded up to a multiple of 8.
inline constexpr size_t PadTo8(size_t size) { return (size + 7) & ~size_t{7}; }

/// Whether the elements, of 8-byte alignment, of a flatbuffer's vector lie where they may be read. FlatBuffers'
/// verifier looks at the alignment of single fields only. A vector that is absent or empty has none to be read.
template <typename Vector>
[[nodiscard]] bool IsAligned(const Vector* vector) {
  return vector == nullptr || vector->size() == 0 || reinterpret_cast<uintptr_t>(vector->Data()) % 8 == 0;
}

}  // namespace bellwether::arrow_format
