#pragma once

#include <cstddef>
#include <span>

namespace bellwether {

/// How the noise of a series depends on its own past: (1 - slow B)(1 - fast B) z = (1 - average B) e with independent
/// e, B being the shift by one step. `slow` = 1 is a random walk, with an `average` above 0 one that is seen through
/// noise.
struct NoiseShape {
  double slow = 0;     ///< 0 to 1
  double fast = 0;     ///< above -1, below 1
  double average = 0;  ///< 0 to below 1
  friend bool operator==(const NoiseShape&, const NoiseShape&) = default;

  /// How many of its numbers are used.
  [[nodiscard]] size_t parameters() const { return (slow != 0 ? 1 : 0) + (fast != 0 || average != 0 ? 1 : 0); }
};

/// Turns noise of a shape into its innovations, given the first two values.
class NoiseFilter {
 public:
  static constexpr size_t kLost = 2;  ///< first values that have no innovation

  explicit NoiseFilter(const NoiseShape& shape)
      : one_(shape.slow + shape.fast), two_(-shape.slow * shape.fast), average_(shape.average) {}

  /// Innovations of `values`, 0 at the first two. Both of one size.
  void Apply(std::span<const double> values, std::span<double> innovations) const;

  /// Multiplies by the transpose of what Apply does to values that are 0 at the first two: so the inner product of
  /// `numbers` with the innovations of a step at p is the sum of the answer from p on.
  void ApplyTransposed(std::span<const double> numbers, std::span<double> answer) const;

  /// Innovations of a step of 1 and of a line that rises by `rise` a step, both from the first place on that has an
  /// innovation: what a step or a bend at any later place adds, moved to the front.
  void Responses(double rise, std::span<double> step, std::span<double> line) const;

 private:
  double one_;
  double two_;
  double average_;
};

}  // namespace bellwether
