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
#include "tests/bench/injected/carrier_tables.h"
#include "tests/bench/injected/carriers.h"
#include "tests/support/benchmark_text.h"

namespace bellwether::injected {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostRows = 50'000;

double NumberOf(const std::string& text) {
  return text.empty() ? std::numeric_limits<double>::quiet_NaN() : std::atof(text.c_str());
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
  for (const fs::path& path : CarrierTables(fs::path(folder) / "ops")) {
    if (CarrierIsIn(path.filename().string(), set)) {
      AddCarrier(ReadCarrierTable(path, "ops", kMostRows), carriers);
    }
  }
  nlohmann::json windows = nlohmann::json::object();
  if (std::ifstream file(fs::path(folder) / "nab" / "combined_windows.json"); file) {
    windows = nlohmann::json::parse(file, nullptr, false);
  }
  const fs::path nab = fs::path(folder) / "nab" / "data";
  for (const fs::path& path : CarrierTables(nab)) {
    if (CarrierIsIn(path.filename().string(), set)) {
      Carrier carrier = ReadCarrierTable(path, "nab", kMostRows);
      MarkWindows(windows, fs::relative(path, nab).generic_string(), carrier);
      AddCarrier(std::move(carrier), carriers);
    }
  }
  std::map<std::string, Carrier> hourly;
  std::ifstream file(fs::path(folder) / "m4" / "hourly-train.csv");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = BenchmarkCells(line);
    if (cells.size() == 3 && CarrierIsIn(cells[0], set)) {
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
    AddCarrier(std::move(carrier), carriers);
  }
  return carriers;
}

}  // namespace bellwether::injected
