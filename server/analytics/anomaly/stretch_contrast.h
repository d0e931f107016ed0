#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// Sums of numbers up to each row.
class RunningSums {
 public:
  explicit RunningSums(std::span<const double> numbers);

  [[nodiscard]] double Sum(size_t from, size_t to) const { return sum_[to] - sum_[from]; }
  [[nodiscard]] double Mean(size_t from, size_t to) const { return Sum(from, to) / static_cast<double>(to - from); }
  [[nodiscard]] size_t size() const { return sum_.size() - 1; }
  /// The sums themselves: entry i is that of the first i numbers.
  [[nodiscard]] const double* data() const { return sum_.data(); }

 private:
  std::vector<double> sum_;
};

/// What is compared, and with what: the mean level, or the log of the mean scatter, of a stretch with those on either
/// side of it, or of the rows from a place on with as many before it.
enum class Look { kLevel, kScatter, kLevelStep, kScatterStep };

/// Whether scatter is compared, not the level.
[[nodiscard]] constexpr bool IsScatter(Look look) { return look == Look::kScatter || look == Look::kScatterStep; }
/// Whether what comes from a place on is compared with what was before it.
[[nodiscard]] constexpr bool IsStep(Look look) { return look == Look::kLevelStep || look == Look::kScatterStep; }

/// A stretch and how rare its difference is. A step begins at `first`; it was seen in the rows up to `end` and in as
/// many before.
struct Stretch {
  size_t first = 0;
  size_t end = 0;
  double surprise = 0;
  double distance = 0;  ///< its difference in usual ones
  Look look = Look::kLevel;
  bool ended = false;  ///< of a step: what it began ends at `end`

  [[nodiscard]] size_t Length() const { return end - first; }
  [[nodiscard]] size_t SeenFrom() const { return first > Length() ? first - Length() : 0; }
  [[nodiscard]] size_t SeenTo() const { return IsStep(look) ? end : end + Length(); }
  [[nodiscard]] size_t CoreEnd() const { return IsStep(look) ? first + 1 : end; }

  /// Whether neither lies within what the other was compared with.
  [[nodiscard]] bool IsApartFrom(const Stretch& other) const {
    return (first >= other.SeenTo() || other.SeenFrom() >= CoreEnd()) &&
           (other.first >= SeenTo() || SeenFrom() >= other.CoreEnd());
  }
};

/// How stretches of a series differ from what is around them. The sums must outlive it.
class StretchContrast {
 public:
  /// `sums` are those of the values, or for a look at the scatter those of magnitudes; `floor` (above 0) is a magnitude
  /// that hardly counts.
  StretchContrast(const RunningSums& sums, Look look, double floor) : sums_(sums), look_(look), floor_(floor) {}

  [[nodiscard]] Look look() const { return look_; }

  /// The difference of [first, end): of means in the values' unit, or log of the ratio. At the ends of the series one
  /// side has to do.
  [[nodiscard]] double Difference(size_t first, size_t end) const;

  /// Where the stretches of a length that All looks at begin: the first of them, and how far they are apart.
  [[nodiscard]] size_t Offset(size_t length) const;
  [[nodiscard]] static size_t Stride(size_t length);

  /// Magnitudes of the differences of the stretches of this length that begin `every` strides apart.
  void All(size_t length, size_t every, std::vector<float>& magnitudes) const;

  /// The standard deviation of the differences of this length, were they normal: by the half and by the nine tenths
  /// that lie within, the larger of both.
  [[nodiscard]] double UsualDifference(size_t length) const;

  /// Moves the ends of a stretch, by no more than half its length, to where they separate the means best.
  void Sharpen(Stretch& stretch) const;

 private:
  size_t BestCut(size_t low, size_t high, size_t from, size_t to) const;

  const RunningSums& sums_;
  Look look_;
  double floor_;
};

}  // namespace bellwether
