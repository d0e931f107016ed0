#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/bench/injected/carriers.h"

namespace bellwether::injected {

/// The tables below a folder, sorted by path; none where there is no such folder.
[[nodiscard]] std::vector<std::filesystem::path> CarrierTables(const std::filesystem::path& folder);

/// Whether a series belongs to the set, by a hash of its name.
[[nodiscard]] bool CarrierIsIn(const std::string& name, Set set);

/// Reads timestamp,value[,label]: at most `most_rows`. Rows without a value are NaN, labels become unusual rows.
[[nodiscard]] Carrier ReadCarrierTable(const std::filesystem::path& path, const std::string& kind, size_t most_rows);

/// Adds a carrier whose step is the median one, and the rows around unusual rows as unusual too. Too short ones are
/// left out.
void AddCarrier(Carrier carrier, std::vector<Carrier>& carriers);

}  // namespace bellwether::injected
