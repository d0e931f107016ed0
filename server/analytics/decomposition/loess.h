#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bellwether {

/// Series side by side: value i of series c stands at values[i * stride + c].
struct LoessColumns {
  const double* values = nullptr;
  const double* weights = nullptr;  ///< like the values; null = all 1
  size_t stride = 1;
  size_t columns = 1;
};

/// What a smoother draws through the neighbours of a place.
enum class LoessDegree { kConstant, kLine };

/// Smooths evenly spaced values by locally weighted means or straight lines over `window` neighbours (odd, at least 3;
/// more than there are values widen the weights) with tricube weights: loess of Cleveland 1979, "Robust locally
/// weighted regression and smoothing scatterplots". Smoothing a series of one length is made of fixed kernels: those of
/// the places near the ends are made once and used for every series; all in the middle are the same.
class LoessSmoother {
 public:
  /// For series of `size` values, at least 1; the smooth goes on for `beyond` places before the first and after the
  /// last. With a `jump` above 1 only each such place and the last are smoothed, and straight lines drawn in between
  /// (the short cut of Cleveland, Cleveland, McRae, Terpenning 1990, §3.5).
  LoessSmoother(size_t size, size_t window, size_t beyond, LoessDegree degree = LoessDegree::kLine, size_t jump = 1);

  /// Writes size + 2 * beyond places. `weights` (empty = all 1) multiplies those of the values: one of weight 0 is left
  /// out, but must be finite. Where no value counts the smooth is NaN.
  void Smooth(std::span<const double> values, std::span<const double> weights, std::span<double> smooth) const;

  /// The same for several series; place i of series c goes to smooth[i * stride + c].
  void SmoothColumns(const LoessColumns& columns, double* smooth) const;

  [[nodiscard]] size_t places() const { return size_ + 2 * beyond_; }

 private:
  struct Neighbours {
    size_t left = 0;
    double at = 0;          ///< the place, in rows
    double half_width = 1;  ///< of the weights
  };
  /// The weights of what is drawn through neighbours that count alike: kernel[j] * (height + slope * j).
  struct Row {
    double height = 0;
    double slope = 0;
  };
  [[nodiscard]] Neighbours Around(size_t place) const;
  /// Where in row_of_ a place belongs: its distance from the nearer end, or the last for all in the middle.
  [[nodiscard]] size_t KindOf(size_t place) const;
  void AddRow(size_t place);
  void SmoothPlace(size_t place, const LoessColumns& columns, double* scratch, double* smooth) const;

  size_t size_;
  size_t window_;
  size_t beyond_;
  LoessDegree degree_;
  size_t jump_;
  size_t used_;              ///< neighbours a line is drawn through
  size_t middle_begin_ = 0;  ///< places [begin, end) share one row
  size_t middle_end_ = 0;
  std::vector<size_t> row_of_;
  std::vector<Row> rows_;
  std::vector<double> kernels_;  ///< used_ tricube weights a row
};

}  // namespace bellwether
