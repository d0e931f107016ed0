#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/connectors/connector.h"

namespace bellwether {

/// A connector whose values are a function of time, on a step of its own, the same whatever range is asked for. Where
/// the function is NaN there is no point.
class FunctionConnector final : public Connector {
 public:
  struct Line {
    std::string name;
    Labels labels;
    std::function<double(int64_t unix_ns)> value;
    std::string unit;
  };

  FunctionConnector(std::string kind, absl::Duration step, std::vector<Line> lines, bool prefer_step = true)
      : kind_(std::move(kind)), step_(step), lines_(std::move(lines)), prefer_step_(prefer_step) {}

  [[nodiscard]] std::string_view kind() const override { return kind_; }
  [[nodiscard]] absl::Duration PreferredStep() const override { return prefer_step_ ? step_ : absl::ZeroDuration(); }

  /// Every later Fetch fails with this status.
  void FailWith(absl::Status status) { failure_ = std::move(status); }
  /// No points before this time.
  void BeginAt(absl::Time begin) { begin_ = begin; }
  /// No points from this time on.
  void EndAt(absl::Time end) { end_ = end; }

  [[nodiscard]] absl::StatusOr<FetchResult> Fetch(const FetchRequest& request,
                                                  const Cancellation& cancellation) const override {
    if (!failure_.ok()) {
      return failure_;
    }
    if (absl::Status status = cancellation.Check(); !status.ok()) {
      return status;
    }
    FetchResult result;
    const int64_t step = absl::ToInt64Nanoseconds(step_);
    for (const Line& line : lines_) {
      RawSeries series{line.name, line.labels, line.unit, {}, {}};
      const int64_t from = absl::ToUnixNanos(std::max(request.range.from, begin_));
      const int64_t to = absl::ToUnixNanos(std::min(request.range.to, end_));
      for (int64_t time = (from + step - 1) / step * step; time < to; time += step) {
        if (const double value = line.value(time); !std::isnan(value)) {
          series.times_unix_ns.push_back(time);
          series.values.push_back(value);
        }
      }
      result.series.push_back(std::move(series));
    }
    return result;
  }

  [[nodiscard]] absl::StatusOr<std::vector<SeriesInfo>> List(std::string_view) const override {
    std::vector<SeriesInfo> list;
    for (const Line& line : lines_) {
      list.push_back({line.name, line.labels, line.unit, ""});
    }
    return list;
  }

 private:
  std::string kind_;
  absl::Duration step_;
  std::vector<Line> lines_;
  bool prefer_step_;
  absl::Time begin_ = absl::UnixEpoch();
  absl::Time end_ = absl::InfiniteFuture();
  absl::Status failure_;
};

}  // namespace bellwether
