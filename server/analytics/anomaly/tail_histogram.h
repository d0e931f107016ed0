#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bellwether {

/// A bounded sketch of a stream of magnitudes that answers "how rare is one this large?" and its inverse. Logarithmic
/// bins (three an octave, 21 octaves) hold the bulk; above the largest half percent the tail is a Pareto law in the
/// magnitude, an exponential one in the bin number, with a weak prior (the idea of SPOT: Siffer et al. 2017, "Anomaly
/// detection in streams with extreme value theory"). Old values fade with a memory of some 3,300 values. Scale-free:
/// the bins are placed by the first values. Zeros and everything below the bins share bin 0.
class TailHistogram {
 public:
  static constexpr size_t kWarmUp = 32;      ///< values needed before it has an opinion
  static constexpr double kMaxSurprise = 6;  ///< surprises are cut here: no history shows rarer things

  enum class Memory { kFading, kWhole };

  explicit TailHistogram(Memory memory = Memory::kFading);

  /// -log10 of the chance of a magnitude of at least this (0 to kMaxSurprise); 0 until warm.
  [[nodiscard]] double Surprise(double magnitude) const;

  /// The magnitude that has this surprise; 0 until something other than zeros was seen.
  [[nodiscard]] double MagnitudeAt(double surprise) const;

  /// Learns a magnitude (finite, at least 0).
  void Add(double magnitude);

  /// Surprise of the magnitude by what was seen before it, then Add.
  double Observe(double magnitude);

  [[nodiscard]] bool warm() const { return count_ >= kWarmUp; }

  /// Brings the answers up to date with everything added; Add does so by itself every few values.
  void Refresh();

 private:
  static constexpr size_t kBins = 64;
  static constexpr double kBinsPerOctave = 3;

  double PositionOf(double magnitude) const;  // in bins, from the lower edge of bin 0
  double SurpriseAt(double position) const;
  void AddAt(double position, double weight);
  void PlaceBins();

  std::array<float, kBins> weight_{};
  std::array<float, kBins> surprise_{};  // at the lower edge of each bin
  double total_ = 0;
  double gain_ = 1;
  double growth_;
  double lowest_ = 0;      // log2 of the lower edge of bin 0, times bins an octave
  double tail_slope_ = 1;  // surprise a bin above the last edge
  uint32_t count_ = 0;
  uint32_t stale_ = 0;     // values added since the answers were brought up to date
  uint32_t buffered_ = 0;  // before the bins are placed: magnitudes kept in weight_
  bool placed_ = false;
};

}  // namespace bellwether
