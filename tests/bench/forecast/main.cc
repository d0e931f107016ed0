// Tries forecasts out on much data, see README.md. Nothing here is part of the product.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tests/bench/forecast/coverage.h"
#include "tests/bench/forecast/rolling.h"
#include "tests/bench/forecast/series_files.h"

namespace {

using bellwether::forecast_yardstick::CoverageOptions;
using bellwether::forecast_yardstick::RollingOptions;
using bellwether::forecast_yardstick::Series;

constexpr const char* kUsage =
    "forecast_yardstick rolling [--methods A B ... ;] [--horizon N] [--ends N] [--stride N] [--first-end N] [--lag N]\n"
    "    [--season N]... [--naive2 SMAPE MASE] [--generated N] [--seed N] [--hourly N] [--demo] [--coarser N] [--every "
    "N] "
    "[--kinds] "
    "[--each]\n"
    "    [--dump "
    "FILE]\n    TABLE...\n"
    "forecast_yardstick coverage|crossing [--series N] [--rows N]... [--horizon N] [--law NAME] [--method ID] [--seed "
    "N]\n"
    "    [--steps] [--any-hour]\n";

size_t Number(const char* text) { return static_cast<size_t>(std::strtoull(text, nullptr, 10)); }

int Rolling(const std::vector<std::string>& words) {
  RollingOptions options;
  std::vector<std::string> paths;
  size_t generated = 0;
  size_t hourly = 0;
  size_t coarser = 1;
  bool demo = false;
  size_t every = 1;
  uint64_t seed = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto next = [&] { return i + 1 < words.size() ? words[++i].c_str() : "0"; };
    if (word == "--methods") {
      options.methods.clear();
      while (i + 1 < words.size() && words[++i] != ";") {
        options.methods.push_back(words[i]);
      }
    } else if (word == "--horizon") {
      options.horizon = Number(next());
    } else if (word == "--ends") {
      options.ends = Number(next());
    } else if (word == "--stride") {
      options.stride = Number(next());
    } else if (word == "--first-end") {
      options.first_end = Number(next());
    } else if (word == "--lag") {
      options.lag = Number(next());
    } else if (word == "--season") {
      options.seasons.push_back(Number(next()));
    } else if (word == "--naive2") {
      options.naive2_smape = std::atof(next());
      options.naive2_mase = std::atof(next());
    } else if (word == "--generated") {
      generated = Number(next());
    } else if (word == "--hourly") {
      hourly = Number(next());
    } else if (word == "--demo") {
      demo = true;
    } else if (word == "--coarser") {
      coarser = Number(next());
    } else if (word == "--every") {
      every = Number(next());
    } else if (word == "--seed") {
      seed = Number(next());
    } else if (word == "--export") {
      options.export_to = next();
    } else if (word == "--dump") {
      options.dump = next();
    } else if (word == "--kinds") {
      options.each_kind = true;
    } else if (word == "--each") {
      options.each_series = true;
    } else {
      paths.push_back(word);
    }
  }
  std::vector<Series> all = bellwether::forecast_yardstick::ReadSeries(paths);
  for (const bool is_hourly : {false, true}) {
    const size_t each = is_hourly ? hourly : generated;
    for (Series& series : bellwether::forecast_yardstick::GenerateSeries(each, is_hourly, seed)) {
      all.push_back(std::move(series));
    }
  }
  if (demo) {
    for (Series& series : bellwether::forecast_yardstick::DemoSeries()) {
      all.push_back(std::move(series));
    }
  }
  std::vector<Series> chosen;
  for (size_t i = 0; i<all.size(); i += every> 0 ? every : 1) {
    chosen.push_back(coarser > 1 ? bellwether::forecast_yardstick::Coarser(all[i], coarser) : all[i]);
  }
  RunRolling(chosen, options);
  return 0;
}

int Known(const std::vector<std::string>& words, void (*run)(const CoverageOptions&)) {
  CoverageOptions options;
  std::vector<size_t> rows;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto next = [&] { return i + 1 < words.size() ? words[++i].c_str() : "0"; };
    if (word == "--series") {
      options.series = std::max<size_t>(1, Number(next()));
    } else if (word == "--rows") {
      rows.push_back(Number(next()));
    } else if (word == "--horizon") {
      options.horizon = std::max<size_t>(1, Number(next()));
    } else if (word == "--law") {
      options.law = next();
    } else if (word == "--method") {
      options.method = next();
    } else if (word == "--seed") {
      options.first_seed = Number(next());
    } else if (word == "--any-hour") {
      options.any_hour = true;
    } else if (word == "--steps") {
      options.steps = true;
    } else {
      std::fputs(kUsage, stderr);
      return 2;
    }
  }
  options.rows = rows.empty() ? options.rows : rows;
  run(options);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + (argc > 1 ? 2 : 1), argv + argc);
  if (argc > 1 && std::strcmp(argv[1], "rolling") == 0) {
    return Rolling(words);
  }
  if (argc > 1 && std::strcmp(argv[1], "coverage") == 0) {
    return Known(words, bellwether::forecast_yardstick::RunCoverage);
  }
  if (argc > 1 && std::strcmp(argv[1], "crossing") == 0) {
    return Known(words, bellwether::forecast_yardstick::RunCrossing);
  }
  std::fputs(kUsage, stderr);
  return 2;
}
