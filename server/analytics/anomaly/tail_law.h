#pragma once

#include <cstddef>
#include <cstdint>

namespace bellwether {

/// Bins of a TailSketch: four an octave, ten octaves.
inline constexpr size_t kTailBins = 40;

/// What a TailSketch knows of one side, and what it answers.
struct TailSide {
  const uint16_t* weight;  ///< of each bin, kTailBins
  uint8_t* surprise;       ///< at the lower edge of each bin, kTailBins, in kTailUnit: is filled
};

/// What both sides share.
struct TailTotals {
  uint32_t base;    ///< bits of the lower edge of bin 0
  uint32_t total;   ///< weight of all values of both sides
  float per_value;  ///< values that a unit of weight is: less where neighbouring values rest on the same rows
  size_t sides;     ///< 1 or 2
};

/// The unit of the surprises that a sketch keeps, and the largest that fits.
inline constexpr float kTailUnit = 1.0f / 32;
inline constexpr float kLargestTailSurprise = 7.95f;

/// Weight of a value that counts as one.
inline constexpr uint32_t kFullWeight = 8;

/// The constants of the law.
namespace tail_law {
inline constexpr int kTailShift = 21;  // bits of a float below exponent and the first two bits of the mantissa
inline constexpr float kTailShare = 0.03f;
inline constexpr float kMinTailValues = 32;
inline constexpr float kPriorValues = 4;      // the prior of the tail's mean excess is worth this many values
inline constexpr float kPriorExcess = 0.25f;  // of where the tail begins
inline constexpr float kShapePriorValues = 40;
inline constexpr float kPriorShape = 0.15f;
inline constexpr float kLeastShape = 0.02f;
inline constexpr float kMostShape = 0.6f;
inline constexpr float kLeastScale = 0.02f;    // of where the tail begins
inline constexpr float kDecadesBeyond = 2;     // at most, of what is called rarer than once in all that was seen
inline constexpr float kFurthestTail = 1e30f;  // in scales over shape
}  // namespace tail_law

/// Brings the answers of one side up to date: -log10 of the share of values at or above each bin, from the weights in
/// the bulk and from a generalised Pareto law beyond the largest three percent (TailSketch says how).
void FitTail(const TailTotals& totals, const TailSide& side);

/// The magnitude that has this one-sided surprise; 0 within bin 0.
[[nodiscard]] float TailMagnitude(const uint8_t* surprise, uint32_t base, float wanted);

}  // namespace bellwether
