#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bellwether {

/// A growing row of bits, packed least significant bit first as Arrow's validity bitmaps are, so that encoding is a
/// copy. Invariant: bits past `size()` in the last byte are zero.
class Bitmap {
 public:
  Bitmap() = default;

  /// `size` bits, all equal to `value`.
  Bitmap(size_t size, bool value);

  /// `size` bits read from `bytes` (at least ceil(size / 8) of them).
  static Bitmap FromBytes(std::span<const uint8_t> bytes, size_t size);

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool operator[](size_t i) const { return (bytes_[i / 8] >> (i % 8) & 1U) != 0; }
  [[nodiscard]] std::span<const uint8_t> bytes() const { return bytes_; }
  [[nodiscard]] size_t CountZeros() const;

  void Set(size_t i, bool value);
  void PushBack(bool value);
  void Reserve(size_t size) { bytes_.reserve((size + 7) / 8); }

  friend bool operator==(const Bitmap&, const Bitmap&) = default;

 private:
  std::vector<uint8_t> bytes_;
  size_t size_ = 0;
};

}  // namespace bellwether
