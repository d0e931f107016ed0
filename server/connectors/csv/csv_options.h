#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace bellwether {

/// What the operator allows the csv connector.
struct CsvOptions {
  std::string folder;                   ///< absolute path; only files below it are read, none when it is empty
  uint64_t max_bytes = 256ULL << 20;    ///< of one file
  uint64_t max_rows = 10'000'000;       ///< of one file
  size_t max_total_points = 4'000'000;  ///< held for one fetch, all series together; past it, wider buckets are used
  size_t list_max_files = 1000;
  size_t list_max_depth = 4;  ///< folders below `folder`
};

}  // namespace bellwether
