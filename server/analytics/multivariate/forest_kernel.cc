#include "server/analytics/multivariate/forest_kernel.h"

#include <algorithm>

#include "server/analytics/multivariate/feature_scale.h"
#include "server/analytics/multivariate/forest_kernel_x86.h"

namespace bellwether {
namespace {

constexpr ForestKernel kKernels[] = {ForestKernel::kPortable, ForestKernel::kAvx2, ForestKernel::kAvx512};

/// The codes of one group, all rows one level further at a time.
void EncodeGroup(const float* cuts, const float* units, uint8_t* codes) {
  std::array<uint32_t, kGroupRows> place;
  place.fill(1);
  for (size_t level = 0; level < kTreeLevels; ++level) {
    for (size_t i = 0; i < kGroupRows; ++i) {
      place[i] = 2 * place[i] + (units[i] >= cuts[place[i]] ? 1 : 0);
    }
  }
  for (size_t i = 0; i < kGroupRows; ++i) {
    codes[i] = static_cast<uint8_t>(place[i]);  // place 256 + code, cut to 8 bits
  }
}

}  // namespace

std::span<const ForestKernel> AvailableForestKernels() {
#if defined(__x86_64__)
  return std::span(kKernels).first(HasAvx512Kernel() ? 3 : __builtin_cpu_supports("avx2") != 0 ? 2 : 1);
#else
  return std::span(kKernels).first(1);
#endif
}

// One row after the other down each tree, without a branch, so that many rows are under way at once.
void WalkPortable(std::span<const TreeQuad> quads, size_t group_bytes, std::span<const uint8_t> codes,
                  std::span<uint32_t> sums) {
  for (const TreeQuad& quad : quads) {
    for (size_t i = 0; i < sums.size(); ++i) {
      const uint8_t* const of_row = codes.data() + i / kGroupRows * group_bytes + i % kGroupRows;
      uint32_t sum = 0;
      for (size_t tree = 0; tree < 4; ++tree) {
        size_t place = 4 + tree;
        for (size_t level = 0; level < kTreeLevels; ++level) {
          const size_t named = quad.feature[place];
          const size_t offset = (named & 0x70) | ((named & 7) << 7);
          place = 2 * place + static_cast<size_t>(of_row[offset] >= quad.cut[place]);
        }
        sum += quad.length[place - 4 * kTreePlaces];
      }
      sums[i] += sum;
    }
  }
}

uint8_t CodeOfUnits(const CutTree& tree, float units) {
  size_t place = 1;
  while (place < kTreePlaces) {
    place = 2 * place + static_cast<size_t>(units >= tree.cut[place]);
  }
  return static_cast<uint8_t>(place - kTreePlaces);
}

void EncodeFeature(const CutTree& tree, std::span<const double> values, size_t feature, size_t group_bytes,
                   std::span<uint8_t> codes, ForestKernel kernel) {
  (void)kernel;
  uint8_t* const to = codes.data() + feature * kGroupRows;
  size_t coded = 0;
#if defined(__x86_64__)
  if (kernel != ForestKernel::kPortable) {
    coded = values.size() / kGroupRows * kGroupRows;
    const auto encode = kernel == ForestKernel::kAvx512 ? EncodeAvx512 : EncodeAvx2;
    encode(tree, values.data(), values.size() / kGroupRows, group_bytes, to);
  }
#endif
  std::array<float, kGroupRows> units{};
  for (; coded < values.size(); coded += kGroupRows) {
    const size_t count = std::min(kGroupRows, values.size() - coded);
    units.fill(0);
    ColumnToUnits({tree.centre, tree.inverse_scale}, values.subspan(coded, count), kMostUnits,
                  std::span(units).first(count));
    EncodeGroup(tree.cut.data(), units.data(), to + coded / kGroupRows * group_bytes);
  }
}

void AddPathLengths(std::span<const TreeQuad> quads, size_t features, std::span<const uint8_t> codes,
                    std::span<uint32_t> sums, ForestKernel kernel) {
  const size_t group_bytes = GroupBytes(features);
#if defined(__x86_64__)
  if (kernel == ForestKernel::kAvx2) {
    return WalkAvx2(quads, group_bytes, codes, sums);
  }
  if (kernel == ForestKernel::kAvx512) {
    return WalkAvx512(quads, group_bytes, codes, sums);
  }
#endif
  (void)kernel;
  WalkPortable(quads, group_bytes, codes, sums);
}

}  // namespace bellwether
