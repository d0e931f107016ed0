#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace bellwether {

/// A regular file opened for reading. Owns the descriptor. Not thread-safe in moves only; ReadAt may be shared.
class ReadOnlyFile {
 public:
  ReadOnlyFile(int fd, uint64_t size) : fd_(fd), size_(size) {}
  ReadOnlyFile(ReadOnlyFile&& other) noexcept : fd_(other.fd_), size_(other.size_) { other.fd_ = -1; }
  ReadOnlyFile& operator=(ReadOnlyFile&&) = delete;
  ~ReadOnlyFile();

  /// Bytes when it was opened; the file may grow or shrink meanwhile.
  [[nodiscard]] uint64_t size() const { return size_; }

  /// Reads up to `buffer.size()` bytes from `offset` on; 0 at the end of the file.
  [[nodiscard]] absl::StatusOr<size_t> ReadAt(uint64_t offset, std::span<char> buffer) const;

 private:
  int fd_;
  uint64_t size_;
};

/// Opens the regular file `path`, relative to `folder`, without ever leaving the folder: every component is opened by
/// itself and may be no symbolic link, and absolute paths and ".." are refused. Never blocks on a pipe or a device.
/// Errors of downstream origin: INVALID_ARGUMENT (path, or not a regular file), NOT_FOUND, PERMISSION_DENIED (symbolic
/// link, no right to read, or no folder allowed), UNAVAILABLE.
[[nodiscard]] absl::StatusOr<ReadOnlyFile> OpenBeneath(const std::string& folder, std::string_view path);

/// Bounds of a listing.
struct CsvListBounds {
  size_t max_files = 1000;
  size_t max_depth = 4;
};

/// The paths, relative to `folder` and sorted, of its *.csv files; symbolic links and hidden files are left out.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> ListCsvFiles(const std::string& folder,
                                                                    const CsvListBounds& bounds);

}  // namespace bellwether
