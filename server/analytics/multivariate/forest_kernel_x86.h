#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "server/analytics/multivariate/forest_kernel.h"

namespace bellwether {

/// The portable walk, which the others use for what is left over. Arguments as of AddPathLengths, with the bytes of a
/// group.
void WalkPortable(std::span<const TreeQuad> quads, size_t group_bytes, std::span<const uint8_t> codes,
                  std::span<uint32_t> sums);

#if defined(__x86_64__)
/// Whether this processor has what the AVX-512 kernel needs.
[[nodiscard]] bool HasAvx512Kernel();

/// Codes whole groups of rows, as EncodeFeature, from the feature's place in the first group on.
void EncodeAvx2(const CutTree& tree, const double* values, size_t groups, size_t group_bytes, uint8_t* codes);
void EncodeAvx512(const CutTree& tree, const double* values, size_t groups, size_t group_bytes, uint8_t* codes);

/// 16 rows down 4 trees at once.
void WalkAvx512(std::span<const TreeQuad> quads, size_t group_bytes, std::span<const uint8_t> codes,
                std::span<uint32_t> sums);

/// 32 rows down each of 4 trees at once.
void WalkAvx2(std::span<const TreeQuad> quads, size_t group_bytes, std::span<const uint8_t> codes,
              std::span<uint32_t> sums);
#endif

}  // namespace bellwether
