#include "tests/bench/injected/host_recorder.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace bellwether::injected {
namespace {

namespace fs = std::filesystem;

/// A file name: "disk_busy@sda".
std::string TableName(const SystemReading& reading) {
  std::string name(reading.name);
  if (!reading.device.empty()) {
    name += '@';
    for (const char c : reading.device) {
      name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ? c : '_';
    }
  }
  return name;
}

}  // namespace

absl::Status HostRecorder::Open() {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error || !fs::is_directory(folder_)) {
    return absl::FailedPreconditionError(
        absl::StrCat("The folder ", folder_, " cannot be made: ", error.message(), "."));
  }
  return absl::OkStatus();
}

absl::Status HostRecorder::Take(absl::Time stamp) {
  const std::string text = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", stamp, absl::UTCTimeZone());
  for (const SystemReading& reading : sampler_.Sample(absl::Now())) {
    const auto [table, is_new] = tables_.try_emplace(TableName(reading));
    if (is_new) {
      table->second = (fs::path(folder_) / (table->first + ".csv")).string();
    }
    const bool begins = is_new && !fs::exists(table->second);
    std::ofstream file(table->second, std::ios::app);
    if (begins) {
      file << "timestamp,value\n";
    }
    char number[40];
    std::snprintf(number, sizeof(number), "%.10g", reading.value);
    file << text << ',' << number << '\n';
    file.flush();
    if (!file) {
      return absl::FailedPreconditionError(
          absl::StrCat(table->second, " cannot be written. Choose a folder with room that you may write to."));
    }
  }
  return absl::OkStatus();
}

absl::Status RecordHost(const std::string& folder, size_t rows, absl::Duration step) {
  HostRecorder recorder(folder);
  if (absl::Status status = recorder.Open(); !status.ok()) {
    return status;
  }
  absl::Time next = absl::UnixEpoch() + absl::Ceil(absl::Now() - absl::UnixEpoch(), step);
  for (size_t row = 0; row < rows; ++row) {
    absl::SleepFor(next - absl::Now());
    if (absl::Status status = recorder.Take(next); !status.ok()) {
      return status;
    }
    next = std::max(next + step, absl::UnixEpoch() + absl::Ceil(absl::Now() - absl::UnixEpoch(), step));
  }
  std::printf("%zu tables of up to %zu rows in %s\n", recorder.tables(), rows, folder.c_str());
  return absl::OkStatus();
}

}  // namespace bellwether::injected
