#include "server/connectors/csv/csv_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bellwether {
namespace {

CsvReader::Source SourceOf(std::string_view text) {
  return [text](std::span<char> buffer) mutable -> absl::StatusOr<size_t> {
    const size_t size = std::min(buffer.size(), text.size());
    std::copy_n(text.data(), size, buffer.data());
    text.remove_prefix(size);
    return size;
  };
}

uint8_t Byte(char c) { return static_cast<uint8_t>(c); }

}  // namespace

CsvReader::CsvReader(std::string_view text, CsvReaderOptions options) : CsvReader(SourceOf(text), options) {}

CsvReader::CsvReader(Source source, CsvReaderOptions options) : source_(std::move(source)), options_(options) {
  options_.chunk_bytes = std::max<size_t>(options_.chunk_bytes, 4);
  special_[Byte(options_.delimiter)] = 1;
  special_[Byte('\n')] = 1;
  special_[Byte('\r')] = 1;
  special_[0] = 1;
}

bool CsvReader::Next() {
  if (!status_.ok()) {
    return false;
  }
  if (!started_) {
    started_ = true;
    while (!at_end_ && end_ < 3) {
      if (!Refill()) {
        return false;
      }
    }
    SkipByteOrderMark();
  }
  malformed_ = false;
  while (true) {
    if (begin_ == end_) {
      if (at_end_ || !Refill()) {
        return false;
      }
      continue;
    }
    Scan scan = ScanRecord(/*quotes_are_special=*/!malformed_);
    if (scan == Scan::kIncomplete) {
      if (end_ - begin_ <= options_.max_record_bytes && !at_end_) {
        if (!Refill()) {
          return false;
        }
        continue;
      }
      if (malformed_) {
        FailAt(next_line_, absl::StrCat("is longer than ", options_.max_record_bytes,
                                        " bytes. Check that the file is a CSV file and break up the line."));
        return false;
      }
      malformed_ = true;  // An unclosed quote, or a line too long: the second reading tells which.
      continue;
    }
    if (scan == Scan::kError) {
      return false;
    }
    const bool blank = spans_.size() == 1 && spans_[0].begin == spans_[0].end && !spans_[0].quoted;
    record_line_ = next_line_;
    next_line_ += scanned_lines_;
    begin_ = record_end_;
    if (blank) {
      malformed_ = false;
      continue;
    }
    fields_.clear();
    for (const FieldSpan& span : spans_) {
      fields_.push_back(Unquote(span));
    }
    return true;
  }
}

bool CsvReader::Refill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() < end_ + options_.chunk_bytes) {
    // Doubling, so that a record of many chunks is rescanned few times.
    buffer_.resize(std::max(end_ + options_.chunk_bytes, end_ * 2));
  }
  const absl::StatusOr<size_t> got = source_(std::span<char>(buffer_).subspan(end_));
  if (!got.ok()) {
    status_ = got.status();
    return false;
  }
  end_ += *got;
  bytes_read_ += *got;
  at_end_ = *got == 0;
  return true;
}

void CsvReader::SkipByteOrderMark() {
  const std::string_view text(buffer_.data(), end_);
  if (text.starts_with("\xEF\xBB\xBF")) {
    begin_ = 3;
  } else if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    status_ = absl::InvalidArgumentError("The file is UTF-16 text. Save it as UTF-8 and try again.");
    begin_ = end_;
  }
}

CsvReader::Scan CsvReader::FailAt(uint64_t line, std::string_view what) {
  status_ = absl::InvalidArgumentError(absl::StrCat("Line ", line, " ", std::string(what)));
  return Scan::kError;
}

// On entry `pos` is behind the opening quote, on success at the delimiter, line end or end of text behind the field.
CsvReader::Scan CsvReader::ScanQuoted(size_t& pos) {
  const char* text = buffer_.data();
  bool open = true;
  for (; pos < end_; ++pos) {
    const char c = text[pos];
    if (open) {
      if (c == '"') {
        if (pos + 1 == end_ && !at_end_) {
          return Scan::kIncomplete;  // The next byte decides whether the quote is doubled.
        }
        if (pos + 1 < end_ && text[pos + 1] == '"') {
          ++pos;
        } else {
          open = false;
        }
      } else if (c == '\n' || (c == '\r' && !(pos + 1 < end_ && text[pos + 1] == '\n'))) {
        ++scanned_lines_;
      } else if (c == '\0') {
        return FailAt(next_line_ + scanned_lines_, "holds a NUL byte: the file is binary. Name a text file.");
      }
    } else if (special_[Byte(c)] != 0) {
      return Scan::kRecord;
    }
  }
  return open || !at_end_ ? Scan::kIncomplete : Scan::kRecord;
}

CsvReader::Scan CsvReader::ScanRecord(bool quotes_are_special) {
  spans_.clear();
  scanned_lines_ = 0;
  const char* text = buffer_.data();
  size_t pos = begin_;
  while (true) {
    FieldSpan span{pos, pos, false};
    if (quotes_are_special && pos < end_ && text[pos] == '"') {
      span.quoted = true;
      ++pos;
      const Scan scan = ScanQuoted(pos);
      if (scan != Scan::kRecord) {
        return scan;
      }
    } else {
      while (pos < end_ && special_[Byte(text[pos])] == 0) {
        ++pos;
      }
      if (pos == end_ && !at_end_) {
        return Scan::kIncomplete;
      }
    }
    span.end = pos;
    spans_.push_back(span);
    if (spans_.size() > options_.max_fields) {
      return FailAt(next_line_, absl::StrCat("has more than ", options_.max_fields,
                                             " fields. Check the delimiter and remove columns that are not needed."));
    }
    if (pos == end_) {
      record_end_ = pos;
      return Scan::kRecord;
    }
    const char c = text[pos];
    if (c == options_.delimiter) {
      ++pos;
      continue;
    }
    if (c == '\0') {
      return FailAt(next_line_ + scanned_lines_, "holds a NUL byte: the file is binary. Name a text file.");
    }
    if (c == '\r') {
      if (pos + 1 == end_ && !at_end_) {
        return Scan::kIncomplete;  // A line feed may follow.
      }
      if (pos + 1 < end_ && text[pos + 1] == '\n') {
        ++pos;
      }
    }
    ++scanned_lines_;
    record_end_ = pos + 1;
    return Scan::kRecord;
  }
}

// Takes the quotes out in place: the record is complete and will not be scanned again.
std::string_view CsvReader::Unquote(const FieldSpan& span) {
  char* text = buffer_.data();
  if (!span.quoted) {
    return {text + span.begin, span.end - span.begin};
  }
  size_t out = span.begin;
  bool open = true;
  for (size_t in = span.begin + 1; in < span.end; ++in) {
    if (text[in] == '"' && open) {
      if (in + 1 < span.end && text[in + 1] == '"') {
        ++in;
      } else {
        open = false;
        continue;
      }
    }
    text[out++] = text[in];
  }
  return {text + span.begin, out - span.begin};
}

}  // namespace bellwether
