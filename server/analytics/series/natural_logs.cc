#include "server/analytics/series/natural_logs.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <numbers>

#include "server/analytics/series/simd.h"

namespace bellwether {
namespace {

/// Exponent and mantissa are taken apart and the logarithm of the mantissa is the odd series of (m - 1) / (m + 1).
inline __attribute__((always_inline)) double LogOf(double x) {
  constexpr uint64_t kHalfRoot = 0x3fe6a09e667f3bcd;  // sqrt(1/2): the mantissa lies between it and sqrt(2)
  constexpr uint64_t kMantissa = 0x000fffffffffffff;
  const uint64_t shifted = std::bit_cast<uint64_t>(x) - kHalfRoot;
  // The exponent, at most 1023 either way, through the lower bits of a double: not every vector unit converts 64 bits.
  constexpr double kMagic = 6755399441055744;  // 1.5 * 2^52
  const auto whole = static_cast<uint64_t>(static_cast<int64_t>(shifted) >> 52);
  const double exponent = std::bit_cast<double>(std::bit_cast<uint64_t>(kMagic) + whole) - kMagic;
  const double mantissa = std::bit_cast<double>((shifted & kMantissa) + kHalfRoot);
  const double s = (mantissa - 1) / (mantissa + 1);
  const double square = s * s;
  double series = 1.0 / 21;
  for (const double divisor : {19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0}) {
    series = series * square + 1 / divisor;
  }
  return exponent * std::numbers::ln2 + 2 * (s + s * square * series);
}

BELLWETHER_SIMD_CLONES
void LogsOf(double* numbers, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    numbers[i] = LogOf(numbers[i]);
  }
}

}  // namespace

void NaturalLogs(std::span<double> numbers) { LogsOf(numbers.data(), numbers.size()); }

}  // namespace bellwether
