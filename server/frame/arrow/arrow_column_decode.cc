#include "server/frame/arrow/arrow_column_decode.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "flatbuffers/flatbuffers.h"
#include "server/base/status/status_macros.h"
#include "server/frame/arrow/arrow_format.h"
#include "server/frame/arrow/arrow_ipc_generated.h"

namespace bellwether {
namespace {

// More text than this in one column would not fit its offsets.
constexpr size_t kColumnBytesMax = std::numeric_limits<int32_t>::max();
// String views may share bytes; this bounds the text of a batch to a small multiple of what was read.
constexpr size_t kViewExpansionMax = 4;

// Hands out the buffers of a batch in their order, each checked against the body. Buffers together may not be longer
// than the body, so that sharing bytes between them cannot multiply memory.
class BufferReader {
 public:
  BufferReader(const arrow_ipc::RecordBatch& batch, std::string_view body)
      : batch_(batch), body_(body), bytes_left_(body.size()), view_bytes_left_(kViewExpansionMax * body.size()) {}

  absl::StatusOr<std::string_view> Next() {
    if (batch_.buffers() == nullptr || next_ >= batch_.buffers()->size()) {
      return absl::InvalidArgumentError("The batch has too few buffers.");
    }
    const arrow_ipc::Buffer& buffer = *batch_.buffers()->Get(next_++);
    if (buffer.offset() < 0 || buffer.length() < 0 || static_cast<size_t>(buffer.offset()) > body_.size() ||
        static_cast<size_t>(buffer.length()) > body_.size() - static_cast<size_t>(buffer.offset())) {
      return absl::InvalidArgumentError("A buffer lies outside of its batch.");
    }
    const auto length = static_cast<size_t>(buffer.length());
    if (length > bytes_left_) {
      return absl::InvalidArgumentError("The buffers of the batch overlap.");
    }
    bytes_left_ -= length;
    return body_.substr(static_cast<size_t>(buffer.offset()), length);
  }

  /// How many data buffers the next column of string views has.
  absl::StatusOr<size_t> NextVariadicCount() {
    const auto* counts = batch_.variadic_buffer_counts();
    if (counts == nullptr || next_variadic_ >= counts->size()) {
      return absl::InvalidArgumentError("The batch does not say how many buffers the column of views has.");
    }
    const int64_t count = counts->Get(next_variadic_++);
    if (count < 0 || static_cast<uint64_t>(count) > batch_.buffers()->size()) {
      return absl::InvalidArgumentError("The number of buffers of the column of views is out of range.");
    }
    return static_cast<size_t>(count);
  }

  [[nodiscard]] bool TakeViewBytes(size_t count) {
    if (count > view_bytes_left_) {
      return false;
    }
    view_bytes_left_ -= count;
    return true;
  }

 private:
  const arrow_ipc::RecordBatch& batch_;
  std::string_view body_;
  size_t bytes_left_;
  size_t view_bytes_left_;
  flatbuffers::uoffset_t next_ = 0;
  flatbuffers::uoffset_t next_variadic_ = 0;
};

// The first `count` values of `buffer`, which must be long enough.
template <typename T>
absl::Status AppendFixed(std::string_view buffer, size_t count, std::vector<T>& values) {
  if (count > buffer.size() / sizeof(T)) {
    return absl::InvalidArgumentError("The values are shorter than the number of rows.");
  }
  const size_t old_size = values.size();
  values.resize(old_size + count);
  if (count > 0) {
    std::memcpy(values.data() + old_size, buffer.data(), count * sizeof(T));
  }
  return absl::OkStatus();
}

bool BitAt(std::string_view bits, size_t i) { return (static_cast<unsigned char>(bits[i / 8]) >> (i % 8) & 1U) != 0; }

bool HasBits(std::string_view buffer, size_t count) { return count <= 8 * buffer.size(); }

// Appends `count` validity bits for the rows that follow the first `rows`.
absl::Status AppendValidity(std::string_view buffer, size_t rows, size_t count, int64_t null_count, Bitmap& validity) {
  if (null_count < 0 || static_cast<uint64_t>(null_count) > count) {
    return absl::InvalidArgumentError("The number of missing values is out of range.");
  }
  Bitmap added;
  if (!buffer.empty()) {
    if (!HasBits(buffer, count)) {
      return absl::InvalidArgumentError("The validity bits are fewer than the rows.");
    }
    added = Bitmap::FromBytes({reinterpret_cast<const uint8_t*>(buffer.data()), buffer.size()}, count);
  }
  if (added.CountZeros() != static_cast<size_t>(null_count)) {
    return absl::InvalidArgumentError("The number of missing values is not that of the validity bits.");
  }
  if (null_count == 0 && validity.size() == 0) {
    return absl::OkStatus();
  }
  if (rows == 0) {
    validity = std::move(added);
    return absl::OkStatus();
  }
  if (validity.size() == 0) {
    validity = Bitmap(rows, true);
  }
  for (size_t i = 0; i < count; ++i) {
    validity.PushBack(null_count == 0 || added[i]);
  }
  return absl::OkStatus();
}

template <typename T, typename Tag>
absl::Status AppendValues(BufferReader& buffers, size_t count, bool /*is_view*/, FixedColumn<T, Tag>& column) {
  BELLWETHER_ASSIGN_OR_RETURN(const std::string_view values, buffers.Next());
  return AppendFixed(values, count, column.values);
}

absl::Status AppendValues(BufferReader& buffers, size_t count, bool /*is_view*/, BoolColumn& column) {
  BELLWETHER_ASSIGN_OR_RETURN(const std::string_view bits, buffers.Next());
  if (!HasBits(bits, count)) {
    return absl::InvalidArgumentError("The values are shorter than the number of rows.");
  }
  column.values.reserve(column.values.size() + count);
  for (size_t i = 0; i < count; ++i) {
    column.values.push_back(BitAt(bits, i) ? 1 : 0);
  }
  return absl::OkStatus();
}

// Adds one value to `column`, whose validity is kept elsewhere.
template <typename Tag>
absl::Status AppendText(std::string_view text, BytesColumn<Tag>& column) {
  if (text.size() > kColumnBytesMax - column.bytes.size()) {
    return absl::InvalidArgumentError("The column has more than 2 GiB of text.");
  }
  column.bytes.append(text);
  column.offsets.push_back(static_cast<int32_t>(column.bytes.size()));
  return absl::OkStatus();
}

// One string view: the length, then up to 12 bytes of text, or 4 of them and where the whole text is.
struct StringView {
  int32_t length = 0;
  std::array<char, 4> prefix{};
  int32_t buffer_index = 0;
  int32_t offset = 0;
};
static_assert(sizeof(StringView) == 16);
constexpr size_t kInlineTextMax = 12;

template <typename Tag>
absl::Status AppendViews(BufferReader& buffers, size_t count, BytesColumn<Tag>& column) {
  BELLWETHER_ASSIGN_OR_RETURN(const std::string_view views, buffers.Next());
  BELLWETHER_ASSIGN_OR_RETURN(const size_t data_count, buffers.NextVariadicCount());
  std::vector<std::string_view> data(data_count);
  for (std::string_view& buffer : data) {
    BELLWETHER_ASSIGN_OR_RETURN(buffer, buffers.Next());
  }
  if (count > views.size() / sizeof(StringView)) {
    return absl::InvalidArgumentError("The views are fewer than the rows.");
  }
  for (size_t i = 0; i < count; ++i) {
    const std::string_view bytes = views.substr(i * sizeof(StringView), sizeof(StringView));
    StringView view;
    std::memcpy(&view, bytes.data(), sizeof(view));
    if (view.length < 0) {
      return absl::InvalidArgumentError("A string view has a negative length.");
    }
    const auto length = static_cast<size_t>(view.length);
    if (length <= kInlineTextMax) {
      BELLWETHER_RETURN_IF_ERROR(AppendText(bytes.substr(sizeof(view.length), length), column));
      continue;
    }
    if (view.buffer_index < 0 || static_cast<size_t>(view.buffer_index) >= data.size() || view.offset < 0) {
      return absl::InvalidArgumentError("A string view lies outside of its buffers.");
    }
    const std::string_view buffer = data[static_cast<size_t>(view.buffer_index)];
    const auto offset = static_cast<size_t>(view.offset);
    if (offset > buffer.size() || length > buffer.size() - offset || !buffers.TakeViewBytes(length)) {
      return absl::InvalidArgumentError("A string view lies outside of its buffer, or too many share their text.");
    }
    BELLWETHER_RETURN_IF_ERROR(AppendText(buffer.substr(offset, length), column));
  }
  return absl::OkStatus();
}

template <typename Tag>
absl::Status AppendOffsetsAndBytes(BufferReader& buffers, size_t count, BytesColumn<Tag>& column) {
  BELLWETHER_ASSIGN_OR_RETURN(const std::string_view offset_bytes, buffers.Next());
  BELLWETHER_ASSIGN_OR_RETURN(const std::string_view bytes, buffers.Next());
  if (count == 0) {
    return absl::OkStatus();
  }
  std::vector<int32_t> offsets;
  BELLWETHER_RETURN_IF_ERROR(AppendFixed(offset_bytes, count + 1, offsets));
  if (offsets.front() < 0 || !std::is_sorted(offsets.begin(), offsets.end()) ||
      static_cast<size_t>(offsets.back()) > bytes.size()) {
    return absl::InvalidArgumentError("The offsets do not rise within the bytes of the column.");
  }
  const auto first = static_cast<size_t>(offsets.front());
  const size_t length = static_cast<size_t>(offsets.back()) - first;
  if (length > kColumnBytesMax - column.bytes.size()) {
    return absl::InvalidArgumentError("The column has more than 2 GiB of text.");
  }
  const auto shift = static_cast<int32_t>(column.bytes.size()) - offsets.front();
  column.bytes.append(bytes.substr(first, length));
  column.offsets.reserve(column.offsets.size() + count);
  for (size_t i = 1; i <= count; ++i) {
    column.offsets.push_back(offsets[i] + shift);
  }
  return absl::OkStatus();
}

absl::Status AppendValues(BufferReader& buffers, size_t count, bool is_view, StringColumn& column) {
  return is_view ? AppendViews(buffers, count, column) : AppendOffsetsAndBytes(buffers, count, column);
}

absl::Status AppendValues(BufferReader& buffers, size_t count, bool /*is_view*/, JsonColumn& column) {
  return AppendOffsetsAndBytes(buffers, count, column);
}

// The SDK writes a nil message as no bytes at all; the document that says the same is null.
absl::Status ReplaceEmptyDocuments(JsonColumn& column) {
  bool any = false;
  for (size_t i = 0; i < column.size() && !any; ++i) {
    any = column[i].empty() && !column.IsNull(i);
  }
  if (!any) {
    return absl::OkStatus();
  }
  JsonColumn filled;
  for (size_t i = 0; i < column.size(); ++i) {
    const bool is_empty = column[i].empty() && !column.IsNull(i);
    BELLWETHER_RETURN_IF_ERROR(AppendText(is_empty ? std::string_view("null") : column[i], filled));
  }
  filled.validity = std::move(column.validity);
  column = std::move(filled);
  return absl::OkStatus();
}

absl::Status AppendColumn(const arrow_ipc::FieldNode& node, int64_t rows, BufferReader& buffers, bool is_view,
                          Column& column) {
  if (rows < 0 || node.length() != rows) {
    return absl::InvalidArgumentError("The number of values is not the number of rows.");
  }
  const auto count = static_cast<size_t>(rows);
  return std::visit(
      [&](auto& typed) -> absl::Status {
        const size_t rows_before = typed.size();
        BELLWETHER_ASSIGN_OR_RETURN(const std::string_view validity, buffers.Next());
        // Values first: they prove that the file is large enough for the count that it claims.
        BELLWETHER_RETURN_IF_ERROR(AppendValues(buffers, count, is_view, typed));
        return AppendValidity(validity, rows_before, count, node.null_count(), typed.validity);
      },
      column);
}

}  // namespace

absl::Status AppendBatchColumns(const arrow_ipc::RecordBatch& batch, std::string_view body,
                                const std::vector<bool>& is_view, Frame& frame) {
  if (batch.nodes() == nullptr || batch.nodes()->size() != frame.fields.size()) {
    return absl::InvalidArgumentError("A record batch of the Arrow file does not have as many columns as its schema.");
  }
  if (!arrow_format::IsAligned(batch.nodes()) || !arrow_format::IsAligned(batch.buffers()) ||
      !arrow_format::IsAligned(batch.variadic_buffer_counts())) {
    return absl::InvalidArgumentError("The lists of a record batch of the Arrow file are not aligned.");
  }
  BufferReader buffers(batch, body);
  for (size_t i = 0; i < frame.fields.size(); ++i) {
    const arrow_ipc::FieldNode& node = *batch.nodes()->Get(static_cast<flatbuffers::uoffset_t>(i));
    const absl::Status status = AppendColumn(node, batch.length(), buffers, is_view[i], frame.fields[i].column);
    if (!status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("Field ", i, " of the Arrow file: ", status.message()));
    }
    if (auto* documents = std::get_if<JsonColumn>(&frame.fields[i].column); documents != nullptr) {
      BELLWETHER_RETURN_IF_ERROR(ReplaceEmptyDocuments(*documents));
    }
  }
  return absl::OkStatus();
}

}  // namespace bellwether
