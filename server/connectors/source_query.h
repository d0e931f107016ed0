#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frame/frame.h"

namespace bellwether {

/// Reads the keys of a query's `source` object. Every getter gives nothing (or an empty list) for a key that is absent
/// or null, and otherwise fails with INVALID_ARGUMENT of downstream origin and a sentence such as "source.file must be
/// a string." Keys nobody asks for are ignored. Copyable, safe to read from several threads.
class SourceQuery {
 public:
  /// INVALID_ARGUMENT when `json` is not one JSON object or is larger than 64 KiB.
  [[nodiscard]] static absl::StatusOr<SourceQuery> Parse(std::string_view json);

  [[nodiscard]] bool Has(std::string_view key) const;

  /// A string of at most 1,024 bytes without NUL bytes.
  [[nodiscard]] absl::StatusOr<std::optional<std::string>> String(std::string_view key) const;

  /// One string or a list of at most 100.
  [[nodiscard]] absl::StatusOr<std::vector<std::string>> Strings(std::string_view key) const;

  /// A whole number from 0 on.
  [[nodiscard]] absl::StatusOr<std::optional<uint64_t>> Unsigned(std::string_view key) const;

  /// An object of at most 32 strings.
  [[nodiscard]] absl::StatusOr<Labels> LabelMap(std::string_view key) const;

 private:
  struct Document;
  explicit SourceQuery(std::shared_ptr<const Document> document) : document_(std::move(document)) {}

  std::shared_ptr<const Document> document_;  ///< immutable, shared by copies
};

/// Whether `labels` has every name and value of `filter`.
[[nodiscard]] bool MatchesLabels(const Labels& labels, const Labels& filter);

/// "a", "b" and 3 more: for error messages that list what there is. Shows at most 20 names.
[[nodiscard]] std::string QuotedList(const std::vector<std::string>& names);

/// A whole number with commas between the thousands: 1,234,567.
[[nodiscard]] std::string WithThousands(uint64_t number);

}  // namespace bellwether
