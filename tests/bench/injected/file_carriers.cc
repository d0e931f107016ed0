#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <string>

#include "nlohmann/json.hpp"
#include "server/analytics/series/grid.h"
#include "tests/bench/injected/carriers.h"
#include "tests/support/benchmark_text.h"

namespace bellwether::injected {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostRows = 50'000;
constexpr size_t kMarginBefore = 30;  // rows about a label that are not used either
constexpr size_t kMarginAfter = 60;

bool InSet(const std::string& name, Set set) {
  uint32_t hash = 2'166'136'261u;
  for (const char c : name) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 16'777'619u;
  }
  return (hash >> 7 & 1) == static_cast<uint32_t>(set);
}

double NumberOf(const std::string& text) {
  return text.empty() ? std::numeric_limits<double>::quiet_NaN() : std::atof(text.c_str());
}

void Finish(Carrier carrier, std::vector<Carrier>& carriers) {
  carrier.step_ns = MedianStep(carrier.times_unix_ns);
  if (carrier.step_ns <= 0 || carrier.size() < 400) {
    return;
  }
  const std::vector<uint8_t> labelled = carrier.unusual;
  for (size_t i = 0; i < labelled.size(); ++i) {
    if (labelled[i] != 0) {
      const size_t from = i > kMarginBefore ? i - kMarginBefore : 0;
      const size_t to = std::min(labelled.size(), i + kMarginAfter);
      std::fill(carrier.unusual.begin() + static_cast<std::ptrdiff_t>(from),
                carrier.unusual.begin() + static_cast<std::ptrdiff_t>(to), uint8_t{1});
    }
  }
  carriers.push_back(std::move(carrier));
}

/// timestamp,value[,label]
Carrier ReadTable(const fs::path& path, const std::string& kind) {
  Carrier carrier{.kind = kind};
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (carrier.size() < kMostRows && std::getline(file, line)) {
    const std::vector<std::string> cells = BenchmarkCells(line);
    if (cells.size() < 2) {
      continue;
    }
    carrier.times_unix_ns.push_back(BenchmarkTime(cells[0]));
    carrier.values.push_back(NumberOf(cells[1]));
    carrier.unusual.push_back(cells.size() > 2 && std::atof(cells[2].c_str()) > 0 ? 1 : 0);
  }
  return carrier;
}

std::vector<fs::path> Tables(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".csv") {
      paths.push_back(it->path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void MarkWindows(const nlohmann::json& windows, const std::string& name, Carrier& carrier) {
  const auto found = windows.find(name);
  if (found == windows.end()) {
    return;
  }
  for (const auto& window : *found) {
    const int64_t from = BenchmarkTime(window[0].get<std::string>());
    const int64_t to = BenchmarkTime(window[1].get<std::string>());
    for (size_t i = 0; i < carrier.size(); ++i) {
      if (carrier.times_unix_ns[i] >= from && carrier.times_unix_ns[i] <= to) {
        carrier.unusual[i] = 1;
      }
    }
  }
}

}  // namespace

std::vector<Carrier> FileCarriers(const std::string& folder, Set set, size_t most_hourly) {
  std::vector<Carrier> carriers;
  for (const fs::path& path : Tables(fs::path(folder) / "ops")) {
    if (InSet(path.filename().string(), set)) {
      Finish(ReadTable(path, "ops"), carriers);
    }
  }
  nlohmann::json windows = nlohmann::json::object();
  if (std::ifstream file(fs::path(folder) / "nab" / "combined_windows.json"); file) {
    windows = nlohmann::json::parse(file, nullptr, false);
  }
  const fs::path nab = fs::path(folder) / "nab" / "data";
  for (const fs::path& path : Tables(nab)) {
    if (InSet(path.filename().string(), set)) {
      Carrier carrier = ReadTable(path, "nab");
      MarkWindows(windows, fs::relative(path, nab).generic_string(), carrier);
      Finish(std::move(carrier), carriers);
    }
  }
  std::map<std::string, Carrier> hourly;
  std::ifstream file(fs::path(folder) / "m4" / "hourly-train.csv");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = BenchmarkCells(line);
    if (cells.size() == 3 && InSet(cells[0], set)) {
      Carrier& carrier = hourly[cells[0]];
      carrier.kind = "m4 hourly";
      carrier.seasonal = true;
      carrier.times_unix_ns.push_back(BenchmarkTime(cells[1]));
      carrier.values.push_back(NumberOf(cells[2]));
      carrier.unusual.push_back(0);
    }
  }
  for (auto& [name, carrier] : hourly) {
    if (most_hourly-- == 0) {
      break;
    }
    Finish(std::move(carrier), carriers);
  }
  return carriers;
}

}  // namespace bellwether::injected
