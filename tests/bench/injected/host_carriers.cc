#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "tests/bench/injected/carrier_tables.h"
#include "tests/bench/injected/carriers.h"

namespace bellwether::injected {
namespace {

namespace fs = std::filesystem;

constexpr size_t kRows = 6000;         // of a carrier
constexpr size_t kMostRows = 1 << 20;  // of a table

/// Tables that say what another one says: one of them in each set would make the sets the same.
constexpr std::array<std::string_view, 4> kMirrors = {"cpu_idle", "memory_available", "memory_used", "swap_used"};

/// "host cpu" of cpu_total.csv, "host disk" of disk_busy@sda.csv.
std::string KindOf(const fs::path& path) {
  const std::string name = path.stem().string();
  return "host " + name.substr(0, name.find_first_of("_@"));
}

bool Moves(const std::vector<double>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) != values.end();
}

template <class Number>
std::vector<Number> Part(const std::vector<Number>& all, size_t first, size_t count) {
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

std::vector<Carrier> HostCarriers(const std::string& folder, Set set, const HostCarrierOptions& options) {
  std::vector<Carrier> carriers;
  for (const fs::path& path : CarrierTables(folder)) {
    const bool is_mirror = std::find(kMirrors.begin(), kMirrors.end(), path.stem().string()) != kMirrors.end();
    if (is_mirror || !CarrierIsIn(path.filename().string(), set)) {
      continue;
    }
    Carrier whole = ReadCarrierTable(path, KindOf(path), kMostRows);
    if (!Moves(whole.values)) {
      continue;
    }
    for (size_t i = 0; options.row_step_ns > 0 && i < whole.size(); ++i) {
      whole.times_unix_ns[i] = whole.times_unix_ns[0] + static_cast<int64_t>(i) * options.row_step_ns;
    }
    const size_t rows = std::min(kRows, whole.size());
    for (size_t copy = 0; copy < options.copies; ++copy) {
      const size_t first = options.copies > 1 ? copy * (whole.size() - rows) / (options.copies - 1) : 0;
      Carrier carrier{.kind = whole.kind};
      carrier.times_unix_ns = Part(whole.times_unix_ns, first, rows);
      carrier.values = Part(whole.values, first, rows);
      carrier.unusual.assign(rows, 0);
      AddCarrier(std::move(carrier), carriers);
    }
  }
  return carriers;
}

}  // namespace bellwether::injected
