#include "tests/bench/injected/carrier_tables.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <system_error>

#include "server/analytics/series/grid.h"
#include "tests/support/benchmark_text.h"

namespace bellwether::injected {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMarginBefore = 30;  // rows about a label that are not used either
constexpr size_t kMarginAfter = 60;
constexpr size_t kLeastRows = 400;

double NumberOf(const std::string& text) {
  return text.empty() ? std::numeric_limits<double>::quiet_NaN() : std::atof(text.c_str());
}

}  // namespace

bool CarrierIsIn(const std::string& name, Set set) {
  uint32_t hash = 2'166'136'261u;
  for (const char c : name) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 16'777'619u;
  }
  return (hash >> 7 & 1) == static_cast<uint32_t>(set);
}

void AddCarrier(Carrier carrier, std::vector<Carrier>& carriers) {
  carrier.step_ns = MedianStep(carrier.times_unix_ns);
  if (carrier.step_ns <= 0 || carrier.size() < kLeastRows) {
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

Carrier ReadCarrierTable(const std::filesystem::path& path, const std::string& kind, size_t most_rows) {
  Carrier carrier{.kind = kind};
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (carrier.size() < most_rows && std::getline(file, line)) {
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

std::vector<std::filesystem::path> CarrierTables(const std::filesystem::path& folder) {
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

}  // namespace bellwether::injected
