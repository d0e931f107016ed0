#include "tests/bench/forecast/series_files.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>

#include "server/analytics/series/grid.h"
#include "tests/support/benchmark_text.h"

namespace bellwether::forecast_yardstick {
namespace {

namespace fs = std::filesystem;

struct Rows {
  std::vector<int64_t> times;
  std::vector<double> values;
};

/// Onto a grid of the median step; rows that step back in time are left out.
void Finish(const std::string& name, const std::string& kind, const Rows& rows, std::vector<Series>& all) {
  Rows ascending;
  for (size_t i = 0; i < rows.times.size(); ++i) {
    if (ascending.times.empty() || rows.times[i] > ascending.times.back()) {
      ascending.times.push_back(rows.times[i]);
      ascending.values.push_back(rows.values[i]);
    }
  }
  const int64_t step = MedianStep(ascending.times);
  if (step <= 0 || ascending.times.size() < 40) {
    return;
  }
  GridSeries grid =
      ToGrid(ascending.times, ascending.values, ascending.times.front(), ascending.times.back() + 1, step);
  all.push_back({name, kind, grid.start_unix_ns, step, std::move(grid.values)});
}

void ReadTable(const fs::path& path, const std::string& kind, std::vector<Series>& all) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) {
    return;
  }
  const std::vector<std::string> head = BenchmarkCells(line);
  const bool many = !head.empty() && head[0] == "series";
  if (head.size() < (many ? 3u : 2u)) {
    std::cerr << path << " is no table of timestamp,value\n";
    return;
  }
  std::vector<std::string> order;
  std::map<std::string, Rows> found;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = BenchmarkCells(line);
    const size_t at = many ? 1 : 0;
    if (cells.size() < at + 2) {
      continue;
    }
    const std::string name = many ? cells[0] : path.stem().string();
    const auto [place, is_new] = found.try_emplace(name);
    if (is_new) {
      order.push_back(name);
    }
    place->second.times.push_back(BenchmarkTime(cells[at]));
    place->second.values.push_back(cells[at + 1].empty() ? std::numeric_limits<double>::quiet_NaN()
                                                         : std::atof(cells[at + 1].c_str()));
  }
  for (const std::string& name : order) {
    Finish(name, kind, found[name], all);
  }
}

}  // namespace

std::vector<Series> ReadSeries(const std::vector<std::string>& paths) {
  std::vector<Series> all;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path)) {
      ReadTable(path, fs::path(path).stem().string(), all);
      continue;
    }
    std::vector<fs::path> tables;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.path().extension() == ".csv") {
        tables.push_back(entry.path());
      }
    }
    std::sort(tables.begin(), tables.end());
    for (const fs::path& table : tables) {
      ReadTable(table, table.parent_path().filename().string(), all);
    }
  }
  return all;
}

Series Coarser(const Series& series, size_t factor) {
  Series coarse{series.name, series.kind, series.start_ns, series.step_ns * static_cast<int64_t>(factor), {}};
  for (size_t i = 0; i + factor <= series.values.size(); i += factor) {
    double sum = 0;
    double count = 0;
    for (size_t k = i; k < i + factor; ++k) {
      if (!std::isnan(series.values[k])) {
        sum += series.values[k];
        count += 1;
      }
    }
    coarse.values.push_back(count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN());
  }
  return coarse;
}

}  // namespace bellwether::forecast_yardstick
