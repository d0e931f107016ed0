#include "tests/bench/forecast/rolling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <span>
#include <string_view>

#include "server/analytics/forecast/combined_forecaster.h"
#include "server/analytics/series/robust.h"

namespace bellwether::forecast_yardstick {
namespace {

constexpr std::array<double, 3> kLevels = {0.8, 0.95, 0.99};
constexpr std::string_view kFile = "file:";
constexpr std::string_view kAlone = "alone:";

/// Processor time of this process.
double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

size_t UsualHorizon(int64_t step_ns) {
  const double seconds = static_cast<double>(step_ns) / 1e9;
  if (seconds < 30) {
    return 360;
  }
  if (seconds < 120) {
    return 240;
  }
  if (seconds < 3600) {
    return static_cast<size_t>(86'400 / seconds);
  }
  return seconds < 40'000 ? 48 : seconds < 100'000 ? 28 : 13;
}

std::vector<std::string> Parts(const std::string& text, char separator) {
  std::vector<std::string> parts;
  size_t from = 0;
  while (from <= text.size()) {
    const size_t to = std::min(text.find(separator, from), text.size());
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

absl::StatusOr<std::unique_ptr<FittedForecast>> Fit(const std::string& method, const ForecastInput& input,
                                                    size_t horizon) {
  if (method.find_first_of("@+") == std::string::npos) {
    return FitForecast(method, input, horizon);
  }
  const std::vector<std::string> parts = Parts(method, '+');
  std::vector<CombinationEntry> entries;
  for (const std::string& part : parts) {
    if (part == "auto") {
      std::vector<double> known;
      std::copy_if(input.values.begin(), input.values.end(), std::back_inserter(known),
                   [](double value) { return std::isfinite(value); });
      const std::vector<CombinationEntry> all = AutoEntries(known);
      entries.insert(entries.end(), all.begin(), all.end());
      continue;
    }
    const size_t at = part.find('@');
    const std::string scale = at == std::string::npos ? "raw" : part.substr(at + 1);
    entries.push_back({.member = std::string_view(part).substr(0, at),
                       .scale = scale == "log"    ? ValueScale::kLog
                                : scale == "root" ? ValueScale::kRoot
                                                  : ValueScale::kRaw});
  }
  return FitEntries(entries, input, horizon);
}

/// Forecasts that another library made of the export.
class OtherForecasts {
 public:
  explicit OtherForecasts(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
      const std::vector<std::string> cells = Parts(line, ',');
      if (cells.size() == 5) {
        for (size_t i = 0; i < 3; ++i) {
          found_[cells[0]][i].push_back(std::atof(cells[2 + i].c_str()));
        }
      }
    }
  }

  /// Empty where there is none.
  [[nodiscard]] Forecast Of(const std::string& key, const Forecast& like) const {
    Forecast forecast = like;
    const auto place = found_.find(key);
    if (place == found_.end() || place->second[0].size() != like.point.size()) {
      forecast.point.clear();
      return forecast;
    }
    forecast.point = place->second[0];
    for (Band& band : forecast.bands) {
      band.lower = place->second[1];
      band.upper = place->second[2];
    }
    return forecast;
  }

 private:
  std::map<std::string, std::array<std::vector<double>, 3>> found_;
};

/// The path of one member by itself and how long it took, on the history without gaps. Bands as wide as nothing.
Forecast RunAlone(std::string_view id, const Forecast& like, std::span<const double> history, int64_t step_ns,
                  double& seconds) {
  std::vector<double> values(history.begin(), history.end());
  FillGaps(values);
  Forecast forecast = like;
  const size_t origin = values.size();
  const double begin = CpuSeconds();
  const auto member = MakeForecastMember(id, {.seasons = like.seasons, .step_ns = step_ns});
  if (member != nullptr) {
    const ScaledSeries scaled(values, ValueScale::kRaw);
    member->ForecastFrom(scaled.values(), std::span(&origin, 1), forecast.point.size(), forecast.point);
    scaled.Restore(forecast.point, -1e308, 1e308);
  }
  seconds += CpuSeconds() - begin;
  for (Band& band : forecast.bands) {
    band.lower = band.upper = forecast.point;
  }
  return forecast;
}

std::string Key(const Series& series, size_t end) {
  return series.kind + "/" + series.name + "#" + std::to_string(end);
}

/// Sums over the steps of one or many forecasts.
struct Score {
  double count = 0;
  double absolute = 0;
  double relative = 0;
  double interval = 0;
  std::array<double, kLevels.size()> held{};
  double below = 0;
  double above = 0;
  double naive = 0;
  double seasonal = 0;
};

void AddForecast(const Forecast& forecast, std::span<const double> future, Score& score) {
  for (size_t h = 0; h < future.size(); ++h) {
    const double y = future[h];
    if (std::isnan(y)) {
      continue;
    }
    score.count += 1;
    const double f = forecast.point[h];
    score.absolute += std::abs(y - f);
    score.relative += std::abs(y) + std::abs(f) > 0 ? 200 * std::abs(y - f) / (std::abs(y) + std::abs(f)) : 0.0;
    for (size_t l = 0; l < kLevels.size(); ++l) {
      score.held[l] += y >= forecast.bands[l].lower[h] && y <= forecast.bands[l].upper[h];
    }
    const double low = forecast.bands[1].lower[h];
    const double high = forecast.bands[1].upper[h];
    score.below += y < low;
    score.above += y > high;
    score.interval += high - low + 40 * std::max({low - y, y - high, 0.0});
  }
}

double NaiveError(std::span<const double> history, std::span<const double> future, size_t lag) {
  double last_known = 0;
  for (const double value : history) {
    last_known = std::isnan(value) ? last_known : value;
  }
  double sum = 0;
  for (size_t h = 0; h < future.size(); ++h) {
    size_t back = history.size() - lag + h % lag;
    while (std::isnan(history[back]) && back >= lag) {
      back -= lag;
    }
    const double last = std::isnan(history[back]) ? last_known : history[back];
    sum += std::isnan(future[h]) ? 0.0 : std::abs(future[h] - last);
  }
  return sum;
}

double InSampleError(std::span<const double> history, size_t lag) {
  double sum = 0;
  double count = 0;
  for (size_t i = lag; i < history.size(); ++i) {
    const double difference = std::abs(history[i] - history[i - lag]);
    if (!std::isnan(difference)) {
      sum += difference;
      count += 1;
    }
  }
  return count > 0 ? sum / count : 0.0;
}

/// Means over series.
struct Row {
  double series = 0;
  double smape = 0, mase = 0, msis = 0;
  std::array<double, kLevels.size()> held{};
  double below = 0, above = 0;
  double better = 0;  ///< series on which seasonal naive is beaten
  double behind = 0;  ///< series on which the first method has the smaller error
  double worse = 0;   ///< series on which naive is beaten by more than 1.2 times
  double worst = 0;   ///< largest ratio to naive
  double logs = 0;    ///< of the ratio to seasonal naive
  double seconds = 0;
  double forecasts = 0;
};

class Trial {
 public:
  explicit Trial(const RollingOptions& options) : options_(options) {
    if (!options.dump.empty()) {
      dump_.open(options.dump);
      dump_ << "series,method,step,forecast,lower,upper\n";
    }
    if (!options.export_to.empty()) {
      export_.open(options.export_to);
    }
    for (const std::string& method : options.methods) {
      if (method.starts_with(kFile)) {
        others_.try_emplace(method, method.substr(kFile.size()));
      }
    }
  }

  void Run(const Series& series);
  void Print() const;

 private:
  void Add(const std::string& row, const std::string& method, const Score& score, const Score& first, double unit,
           double seconds, double forecasts);
  /// One line: key, horizon, seasons and values, separated by tabs and commas.
  void Export(const std::string& key, const std::vector<size_t>& seasons, size_t horizon,
              std::span<const double> history);

  const RollingOptions& options_;
  std::ofstream dump_;
  std::ofstream export_;
  std::map<std::string, OtherForecasts> others_;
  std::vector<std::pair<std::string, std::string>> order_;
  std::map<std::pair<std::string, std::string>, Row> rows_;
};

void Trial::Add(const std::string& name, const std::string& method, const Score& score, const Score& first, double unit,
                double seconds, double forecasts) {
  const auto [place, is_new] = rows_.try_emplace({name, method});
  if (is_new) {
    order_.emplace_back(name, method);
  }
  Row& row = place->second;
  row.series += 1;
  row.smape += score.relative / score.count;
  row.mase += score.absolute / score.count / unit;
  row.msis += score.interval / score.count / unit;
  for (size_t l = 0; l < kLevels.size(); ++l) {
    row.held[l] += score.held[l] / score.count;
  }
  row.below += score.below / score.count;
  row.above += score.above / score.count;
  row.better += score.absolute < score.seasonal || (score.absolute == 0 && score.seasonal == 0);
  row.behind += first.absolute * score.count < score.absolute * first.count;
  const double ratio = score.naive > 0 ? score.absolute / score.naive : (score.absolute > 0 ? 99.0 : 1.0);
  row.worse += ratio > 1.2;
  row.worst = std::max(row.worst, ratio);
  row.logs += std::log((score.absolute + 1e-9 * unit) / (score.seasonal + 1e-9 * unit));
  row.seconds += seconds;
  row.forecasts += forecasts;
}

void Trial::Run(const Series& series) {
  const size_t horizon = options_.horizon > 0 ? options_.horizon : UsualHorizon(series.step_ns);
  const size_t stride = options_.stride > 0 ? options_.stride : std::max<size_t>(1, horizon / 2);
  const size_t first = options_.first_end > 0 ? options_.first_end : horizon;
  const std::span<const double> values = series.values;
  Score first_score;
  for (const std::string& method : options_.methods) {
    Score score;
    double unit = 0;
    double seconds = 0;
    double forecasts = 0;
    for (size_t e = 0; e < options_.ends; ++e) {
      const size_t back = first + e * stride;
      if (values.size() < back + 12 || values.size() < 2 * back) {
        break;
      }
      const std::span<const double> history = values.first(values.size() - back);
      const std::span<const double> future = values.subspan(history.size(), std::min(horizon, back));
      ForecastInput input;
      input.values = history;
      input.step_ns = series.step_ns;
      input.start_ns = series.start_ns;
      input.seasons = options_.seasons;
      const auto other = others_.find(method);
      const bool is_alone = method.starts_with(kAlone);
      const double begin = CpuSeconds();
      const auto fitted = Fit(other != others_.end() || is_alone ? "naive" : method, input, horizon);
      if (!fitted.ok()) {
        continue;
      }
      Forecast forecast = (*fitted)->Predict(horizon, kLevels);
      if (export_.is_open()) {
        Export(Key(series, e), forecast.seasons, horizon, history);
        continue;
      }
      if (other != others_.end()) {
        forecast = other->second.Of(Key(series, e), forecast);
        if (forecast.point.empty()) {
          continue;
        }
      }
      if (is_alone) {
        forecast = RunAlone(method.substr(kAlone.size()), forecast, history, series.step_ns, seconds);
      } else {
        seconds += CpuSeconds() - begin;
      }
      forecasts += 1;
      AddForecast(forecast, future, score);
      const size_t brief = forecast.seasons.empty() ? 1 : forecast.seasons.front();
      const size_t extended = forecast.seasons.empty() ? 1 : forecast.seasons.back();
      score.naive += NaiveError(history, future, 1);
      // The season that carried on better within the history.
      const bool is_brief = InSampleError(history, brief) <= InSampleError(history, extended);
      score.seasonal += NaiveError(history, future, is_brief ? brief : extended);
      if (e == 0 && dump_.is_open()) {
        for (size_t h = 0; h < horizon; ++h) {
          dump_ << series.name << ',' << method << ',' << h + 1 << ',' << forecast.point[h] << ','
                << forecast.bands[1].lower[h] << ',' << forecast.bands[1].upper[h] << '\n';
        }
      }
      if (e == 0) {
        unit = options_.lag > 0 ? InSampleError(values, options_.lag)
                                : std::min(InSampleError(history, brief), InSampleError(history, extended));
      }
    }
    if (score.count == 0 || !(unit > 0)) {
      continue;
    }
    first_score = &method == &options_.methods.front() ? score : first_score;
    Add("all", method, score, first_score, unit, seconds, forecasts);
    if (options_.each_kind) {
      Add(series.kind, method, score, first_score, unit, seconds, forecasts);
    }
    if (options_.each_series) {
      Add(series.kind + "/" + series.name, method, score, first_score, unit, seconds, forecasts);
    }
  }
}

void Trial::Export(const std::string& key, const std::vector<size_t>& seasons, size_t horizon,
                   std::span<const double> history) {
  std::vector<double> values(history.begin(), history.end());
  FillGaps(values);
  export_ << key << '\t' << horizon << '\t';
  for (size_t i = 0; i < seasons.size(); ++i) {
    export_ << (i > 0 ? "," : "") << seasons[i];
  }
  export_ << '\t';
  for (size_t i = 0; i < values.size(); ++i) {
    export_ << (i > 0 ? "," : "") << values[i];
  }
  export_ << '\n';
}

void Trial::Print() const {
  if (export_.is_open()) {
    return;
  }
  std::printf("%-34s %-26.26s %5s %7s %6s %6s %7s %5s %5s %5s %5s %5s %7s %7s %6s %6s %7s %6s\n", "series", "method",
              "n", "sMAPE", "MASE", "OWA", "MSIS", "c80", "c95", "c99", "below", "above", "better%", "behind%", ">1.2",
              "worst", "ratio", "ms");
  for (const auto& key : order_) {
    const Row& row = rows_.at(key);
    const double n = row.series;
    const double owa = options_.naive2_smape > 0
                           ? 0.5 * (row.smape / n / options_.naive2_smape + row.mase / n / options_.naive2_mase)
                           : 0.0;
    std::printf(
        "%-34.34s %-26.26s %5.0f %7.3f %6.3f %6.4f %7.3f %5.3f %5.3f %5.3f %5.3f %5.3f %7.1f %7.1f %6.0f %6.2f %7.3f "
        "%6.2f\n",
        key.first.c_str(), key.second.c_str(), n, row.smape / n, row.mase / n, owa, row.msis / n, row.held[0] / n,
        row.held[1] / n, row.held[2] / n, row.below / n, row.above / n, 100 * row.better / n, 100 * row.behind / n,
        row.worse, row.worst, std::exp(row.logs / n), 1000 * row.seconds / row.forecasts);
  }
}

}  // namespace

void RunRolling(const std::vector<Series>& series, const RollingOptions& options) {
  Trial trial(options);
  for (const Series& one : series) {
    trial.Run(one);
  }
  trial.Print();
}

}  // namespace bellwether::forecast_yardstick
