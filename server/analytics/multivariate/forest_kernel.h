#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace bellwether {

/// Levels of splits in a tree: what 256 rows need when halved.
inline constexpr size_t kTreeLevels = 8;

/// Places of a complete tree: 1 is the root, 2i and 2i + 1 are below i, and 256 + j are its leaves.
inline constexpr size_t kTreePlaces = size_t{1} << kTreeLevels;

/// Rows that go down the trees side by side.
inline constexpr size_t kGroupRows = 16;

/// Features are dealt with in blocks of this many, so that the codes of a group and block fill 128 bytes.
inline constexpr size_t kFeatureBlock = 8;

/// The most features of a forest.
inline constexpr size_t kMaxForestFeatures = 64;

/// The cuts of one feature, at most 255, as a complete search tree: a number's code is how many cuts are at most it.
struct alignas(64) CutTree {
  std::array<float, kTreePlaces> cut;  ///< by place; entry 0 is unused, absent cuts are +infinity
  double centre = 0;                   ///< numbers are measured from here …
  double inverse_scale = 1;            ///< … in these units, before they are compared
};

/// Four trees in the form in which they score fastest. Place p at level l of tree t stands at 4 * 2^l + t * 2^l + (p -
/// 2^l), so that 2v and 2v + 1 are below v whichever tree it is; the first entries are unused.
struct alignas(64) TreeQuad {
  std::array<uint8_t, 4 * kTreePlaces> cut;      ///< a row goes right when the code of the feature is at least this
  std::array<uint8_t, 4 * kTreePlaces> feature;  ///< FeatureByte of the split's feature
  std::array<uint8_t, 4 * kTreePlaces> length;   ///< of leaf j of tree t at 256 t + j, in kLengthUnit
};

/// How a split names its feature: the place within the block in bits 4 to 6, the block in bits 0 to 2.
[[nodiscard]] constexpr uint8_t FeatureByte(size_t feature) {
  return static_cast<uint8_t>(((feature % kFeatureBlock) << 4) | (feature / kFeatureBlock));
}

/// What 1 in a path length means: 18.2, the longest that 256 rows allow, still fits a byte.
inline constexpr double kLengthUnit = 1.0 / 14;

/// Bytes of the codes of one group of rows: 16 for each feature, in blocks whose number is a power of two.
[[nodiscard]] constexpr size_t GroupBytes(size_t features) {
  const size_t blocks = (features + kFeatureBlock - 1) / kFeatureBlock;
  size_t held = 1;
  while (held < blocks) {
    held *= 2;
  }
  return held * kFeatureBlock * kGroupRows;
}

/// The furthest that numbers lie from the centre, in units: they are compared as floats.
inline constexpr double kMostUnits = std::numeric_limits<float>::max();

/// How many of the cuts are at most the units: their code.
[[nodiscard]] uint8_t CodeOfUnits(const CutTree& tree, float units);

/// The ways of coding rows and walking trees that there are; all give the same codes and sums.
enum class ForestKernel {
  kPortable,
  kAvx2,    ///< look-ups by shuffles of 16 bytes, 32 rows down each of 4 trees at once
  kAvx512,  ///< look-ups by permutations of 128 bytes, 64 rows and trees at once; needs VBMI and VNNI
};

/// Those that this processor can run, the fastest last.
[[nodiscard]] std::span<const ForestKernel> AvailableForestKernels();

/// Codes `values`, up to a whole number of groups, for the feature: the code of row i goes to codes[i / kGroupRows *
/// group_bytes + feature * kGroupRows + i % kGroupRows]. Rows past the end get the code of the centre.
void EncodeFeature(const CutTree& tree, std::span<const double> values, size_t feature, size_t group_bytes,
                   std::span<uint8_t> codes, ForestKernel kernel = AvailableForestKernels().back());

/// Adds to sums[i] the path lengths of row i over all trees. `sums` is a whole number of groups, `codes` is what
/// EncodeFeature wrote for each of `features` features, at most kMaxForestFeatures.
void AddPathLengths(std::span<const TreeQuad> quads, size_t features, std::span<const uint8_t> codes,
                    std::span<uint32_t> sums, ForestKernel kernel = AvailableForestKernels().back());

}  // namespace bellwether
