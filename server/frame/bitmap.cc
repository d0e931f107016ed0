#include "server/frame/bitmap.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace bellwether {
namespace {

// The bits of the last byte that are in use, for a row of `size` bits.
uint8_t LastByteMask(size_t size) {
  const size_t used = size % 8;
  return used == 0 ? uint8_t{0xFF} : static_cast<uint8_t>((1U << used) - 1U);
}

}  // namespace

Bitmap::Bitmap(size_t size, bool value) : bytes_((size + 7) / 8, value ? uint8_t{0xFF} : uint8_t{0}), size_(size) {
  if (!bytes_.empty()) {
    bytes_.back() &= LastByteMask(size);
  }
}

Bitmap Bitmap::FromBytes(std::span<const uint8_t> bytes, size_t size) {
  Bitmap result;
  const std::span<const uint8_t> used = bytes.first((size + 7) / 8);
  result.bytes_.assign(used.begin(), used.end());
  result.size_ = size;
  if (!result.bytes_.empty()) {
    result.bytes_.back() &= LastByteMask(size);
  }
  return result;
}

size_t Bitmap::CountZeros() const {
  size_t ones = 0;
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= bytes_.size(); i += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes_.data() + i, sizeof(word));
    ones += static_cast<size_t>(std::popcount(word));
  }
  for (; i < bytes_.size(); ++i) {
    ones += static_cast<size_t>(std::popcount(bytes_[i]));
  }
  return size_ - ones;
}

void Bitmap::Set(size_t i, bool value) {
  const auto bit = static_cast<uint8_t>(1U << (i % 8));
  bytes_[i / 8] = static_cast<uint8_t>(value ? bytes_[i / 8] | bit : bytes_[i / 8] & ~bit);
}

void Bitmap::PushBack(bool value) {
  if (size_ % 8 == 0) {
    bytes_.push_back(0);
  }
  ++size_;
  if (value) {
    Set(size_ - 1, true);
  }
}

}  // namespace bellwether
