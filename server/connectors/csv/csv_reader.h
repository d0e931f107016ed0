#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace bellwether {

/// How CsvReader reads, and its bounds.
struct CsvReaderOptions {
  char delimiter = ',';
  size_t max_fields = 4096;           ///< per record; more is an error
  size_t max_record_bytes = 1 << 20;  ///< a longer record is an error (or an unclosed quote, see CsvReader)
  size_t chunk_bytes = 1 << 18;       ///< how much is asked of the source at a time
};

/// Splits CSV text (RFC 4180: quoted fields, doubled quotes, line ends inside quotes) into records, one at a time, with
/// memory bounded by the longest record. Lines may end in LF, CRLF or CR; a UTF-8 byte order mark is skipped; lines
/// without any character are no records. A quote that is never closed does not swallow the file: its record is read
/// again with quotes as ordinary characters and `malformed()` says so. A quote inside an unquoted field is ordinary.
/// Not thread-safe.
class CsvReader {
 public:
  /// Fills the buffer with the next bytes of the input and returns how many; 0 means the end.
  using Source = std::function<absl::StatusOr<size_t>(std::span<char> buffer)>;

  explicit CsvReader(Source source, CsvReaderOptions options = {});

  /// Reads from memory; `text` must outlive the reader.
  explicit CsvReader(std::string_view text, CsvReaderOptions options = {});

  /// Goes to the next record. False at the end of the input and on an error; `status()` tells which.
  [[nodiscard]] bool Next();

  /// The fields of the record, unquoted. Valid until the next call of Next.
  [[nodiscard]] std::span<const std::string_view> fields() const { return fields_; }

  /// The line, counted from 1, on which the record starts.
  [[nodiscard]] uint64_t line() const { return record_line_; }

  /// Whether the record has a quote that is never closed.
  [[nodiscard]] bool malformed() const { return malformed_; }

  /// Bytes taken from the source so far.
  [[nodiscard]] uint64_t bytes_read() const { return bytes_read_; }

  /// OK, or why reading stopped: the source's error, or INVALID_ARGUMENT for a binary file, too many fields, or too
  /// long a record, with a sentence that names the line.
  [[nodiscard]] const absl::Status& status() const { return status_; }

 private:
  enum class Scan { kRecord, kIncomplete, kError };
  struct FieldSpan {
    size_t begin;
    size_t end;
    bool quoted;  ///< has quotes inside that have to be taken out
  };

  bool Refill();
  void SkipByteOrderMark();
  Scan ScanRecord(bool quotes_are_special);
  Scan ScanQuoted(size_t& pos);
  Scan FailAt(uint64_t line, std::string_view what);
  std::string_view Unquote(const FieldSpan& span);

  Source source_;
  CsvReaderOptions options_;
  std::vector<char> buffer_;
  size_t begin_ = 0;  ///< of the text not yet given out, in buffer_
  size_t end_ = 0;
  bool at_end_ = false;
  bool started_ = false;
  bool malformed_ = false;
  uint64_t bytes_read_ = 0;
  uint64_t next_line_ = 1;
  uint64_t record_line_ = 0;
  uint64_t scanned_lines_ = 0;  ///< line ends within the record being scanned
  size_t record_end_ = 0;
  uint8_t special_[256] = {};
  std::vector<FieldSpan> spans_;
  std::vector<std::string_view> fields_;
  absl::Status status_;
};

}  // namespace bellwether
