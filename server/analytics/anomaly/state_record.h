#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/statusor.h"

namespace bellwether {

/// Collects members in the order in which they are visited, as the bytes of little-endian machines.
class StateWriter {
 public:
  template <class Number>
  void operator()(const Number& number) {
    static_assert(std::is_arithmetic_v<Number>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof(number));
  }
  template <class Number, size_t Size>
  void operator()(const std::array<Number, Size>& numbers) {
    static_assert(std::is_arithmetic_v<Number>);
    bytes_.append(reinterpret_cast<const char*>(numbers.data()), sizeof(numbers));
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Fills members from bytes in the order in which they are visited. Numbers that are not finite count as damage.
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : bytes_(bytes) {}

  template <class Number>
  void operator()(Number& number) {
    Take(&number, 1);
  }
  template <class Number, size_t Size>
  void operator()(std::array<Number, Size>& numbers) {
    Take(numbers.data(), Size);
  }

  /// All bytes were used, none was missing, every number is finite.
  [[nodiscard]] bool Complete() const { return sound_ && bytes_.empty(); }

 private:
  template <class Number>
  void Take(Number* numbers, size_t count) {
    static_assert(std::is_arithmetic_v<Number>);
    if (bytes_.size() < count * sizeof(Number)) {
      sound_ = false;
      return;
    }
    std::memcpy(numbers, bytes_.data(), count * sizeof(Number));
    bytes_.remove_prefix(count * sizeof(Number));
    if constexpr (std::is_floating_point_v<Number>) {
      for (size_t i = 0; i < count; ++i) {
        if (!std::isfinite(numbers[i])) {
          numbers[i] = 0;
          sound_ = false;
        }
      }
    }
  }

  std::string_view bytes_;
  bool sound_ = true;
};

/// CRC-32 (IEEE 802.3) of the bytes.
[[nodiscard]] uint32_t StateChecksum(std::string_view bytes);

/// A record that tells what it is: "BWST", version, name of the method, the state's bytes, checksum over all of them.
[[nodiscard]] std::string WrapState(std::string_view method, uint16_t version, std::string_view state);

/// The state's bytes in a record; INVALID_ARGUMENT says in what way it is no whole record of this method and version.
[[nodiscard]] absl::StatusOr<std::string_view> UnwrapState(std::string_view method, uint16_t version,
                                                           std::string_view record);

}  // namespace bellwether
