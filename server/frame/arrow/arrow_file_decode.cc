#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "flatbuffers/flatbuffers.h"
#include "nlohmann/json.hpp"
#include "server/base/status/status_macros.h"
#include "server/frame/arrow/arrow_column_decode.h"
#include "server/frame/arrow/arrow_file.h"
#include "server/frame/arrow/arrow_format.h"
#include "server/frame/arrow/arrow_ipc_generated.h"
#include "server/frame/field_type.h"
#include "server/frame/json/metadata_reader.h"

namespace bellwether {
namespace {

// Grafana's own reader has the same bound.
constexpr size_t kMetadataBytesMax = size_t{64} << 20U;
// A field takes at least this much of a file: twice a table with its name and type. Without the bound many entries of
// the list of fields could share one table, and four bytes of a file would cost a whole Field.
constexpr size_t kFieldBytesMin = 64;

absl::Status Fault(std::string message) {
  return absl::InvalidArgumentError(absl::StrCat("The Arrow file cannot be read: ", message, "."));
}

template <typename T>
T ReadScalar(std::string_view bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

// A copy of flatbuffer bytes that begins at an address with the alignment that its accessors need.
class AlignedCopy {
 public:
  explicit AlignedCopy(std::string_view bytes) : words_((bytes.size() + 7) / 8), size_(bytes.size()) {
    std::memcpy(words_.data(), bytes.data(), bytes.size());
  }

  /// The root table, or null when any offset in the bytes leads outside of them.
  template <typename Table>
  [[nodiscard]] const Table* Verified() const {
    const auto* data = reinterpret_cast<const uint8_t*>(words_.data());
    flatbuffers::Verifier verifier(data, size_);
    return verifier.VerifyBuffer<Table>(nullptr) ? flatbuffers::GetRoot<Table>(data) : nullptr;
  }

 private:
  std::vector<uint64_t> words_;
  size_t size_;
};

// How many bytes of text may still be copied out of the file. Strings may share bytes in a flatbuffer, so that without
// a budget a small file could ask for a lot of memory.
class TextBudget {
 public:
  explicit TextBudget(size_t bytes) : left_(bytes) {}

  absl::StatusOr<std::string_view> Take(const flatbuffers::String* text) {
    if (text == nullptr) {
      return std::string_view();
    }
    if (text->size() > left_) {
      return Fault("its texts overlap");
    }
    left_ -= text->size();
    return std::string_view(text->c_str(), text->size());
  }

 private:
  size_t left_;
};

using KeyValues = flatbuffers::Vector<flatbuffers::Offset<arrow_ipc::KeyValue>>;

// Calls `read(key, value)`, which returns a status, for every entry.
template <typename Read>
absl::Status ForEachEntry(const KeyValues* entries, TextBudget& budget, Read read) {
  if (entries == nullptr) {
    return absl::OkStatus();
  }
  for (const arrow_ipc::KeyValue* entry : *entries) {
    BELLWETHER_ASSIGN_OR_RETURN(const std::string_view key, budget.Take(entry->key()));
    BELLWETHER_ASSIGN_OR_RETURN(const std::string_view value, budget.Take(entry->value()));
    BELLWETHER_RETURN_IF_ERROR(read(key, value));
  }
  return absl::OkStatus();
}

std::optional<FieldType> IntFieldType(const arrow_ipc::Int& type, bool is_enum) {
  switch (type.bit_width()) {
    case 8:
      return type.is_signed() ? FieldType::kInt8 : FieldType::kUint8;
    case 16:
      if (is_enum && !type.is_signed()) {
        return FieldType::kEnum;
      }
      return type.is_signed() ? FieldType::kInt16 : FieldType::kUint16;
    case 32:
      return type.is_signed() ? FieldType::kInt32 : FieldType::kUint32;
    case 64:
      return type.is_signed() ? FieldType::kInt64 : FieldType::kUint64;
    default:
      return std::nullopt;
  }
}

// The type of the field's column; empty for those that frames do not have.
std::optional<FieldType> FieldTypeOf(const arrow_ipc::Field& field, bool is_enum) {
  if (field.type() == nullptr || field.dictionary() != nullptr) {
    return std::nullopt;
  }
  switch (field.type_type()) {
    case arrow_ipc::Type_Int:
      return IntFieldType(*field.type_as_Int(), is_enum);
    case arrow_ipc::Type_FloatingPoint:
      switch (field.type_as_FloatingPoint()->precision()) {
        case arrow_ipc::Precision_Single:
          return FieldType::kFloat32;
        case arrow_ipc::Precision_Double:
          return FieldType::kFloat64;
        default:
          return std::nullopt;
      }
    case arrow_ipc::Type_Bool:
      return FieldType::kBool;
    case arrow_ipc::Type_Timestamp:
      return field.type_as_Timestamp()->unit() == arrow_ipc::TimeUnit_Nanosecond ? std::optional(FieldType::kTime)
                                                                                 : std::nullopt;
    case arrow_ipc::Type_Utf8:
    case arrow_ipc::Type_Utf8View:
      return FieldType::kString;
    case arrow_ipc::Type_Binary:
      return FieldType::kJson;
    default:
      return std::nullopt;
  }
}

absl::StatusOr<Field> ReadField(const arrow_ipc::Field& table, TextBudget& budget) {
  Field field;
  bool is_enum = false;
  BELLWETHER_ASSIGN_OR_RETURN(const std::string_view name, budget.Take(table.name()));
  field.name = name;
  field.nullable = table.nullable();
  BELLWETHER_RETURN_IF_ERROR(
      ForEachEntry(table.custom_metadata(), budget, [&](std::string_view key, std::string_view value) -> absl::Status {
        if (key == arrow_format::kTypeKey) {
          is_enum = value == FrontendTypeName(FieldType::kEnum);
        } else if (key == arrow_format::kLabelsKey) {
          BELLWETHER_ASSIGN_OR_RETURN(const nlohmann::json json, ParseMetadata(value, "text of the labels"));
          BELLWETHER_ASSIGN_OR_RETURN(field.labels, ReadLabels(json));
        } else if (key == arrow_format::kConfigKey) {
          BELLWETHER_ASSIGN_OR_RETURN(const nlohmann::json json, ParseMetadata(value, "field configuration"));
          field.config = ReadConfig(json);
        }
        return absl::OkStatus();
      }));
  const std::optional<FieldType> type = FieldTypeOf(table, is_enum);
  if (!type.has_value()) {
    return Fault(absl::StrCat("its column type (Arrow type ", static_cast<int>(table.type_type()),
                              ") is not one that frames have"));
  }
  field.column = EmptyColumn(*type);
  return field;
}

absl::StatusOr<Frame> ReadSchema(const arrow_ipc::Schema& schema, size_t file_size) {
  if (schema.endianness() != arrow_ipc::Endianness_Little) {
    return Fault("it is big-endian");
  }
  Frame frame;
  TextBudget budget(file_size);
  BELLWETHER_RETURN_IF_ERROR(
      ForEachEntry(schema.custom_metadata(), budget, [&](std::string_view key, std::string_view value) -> absl::Status {
        if (key == arrow_format::kNameKey) {
          frame.name = value;
        } else if (key == arrow_format::kRefIdKey) {
          frame.ref_id = value;
        } else if (key == arrow_format::kMetaKey) {
          BELLWETHER_ASSIGN_OR_RETURN(const nlohmann::json json, ParseMetadata(value, "frame metadata"));
          frame.meta = ReadMeta(json);
        }
        return absl::OkStatus();
      }));
  if (schema.fields() == nullptr) {
    return frame;
  }
  if (schema.fields()->size() > file_size / kFieldBytesMin) {
    return Fault("it has more fields than fit into its size");
  }
  for (const arrow_ipc::Field* table : *schema.fields()) {
    absl::StatusOr<Field> field = ReadField(*table, budget);
    if (!field.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("Field ", frame.fields.size(), ": ", field.status().message()));
    }
    frame.fields.push_back(*std::move(field));
  }
  return frame;
}

// Reads the record batch at `block`, whose end must not lie behind `end`, and appends its values to the frame.
absl::Status AppendBatch(std::string_view file, const arrow_ipc::Block& block, size_t end,
                         const std::vector<bool>& is_view, Frame& frame) {
  const auto offset = static_cast<size_t>(block.offset());
  const auto metadata_size = static_cast<size_t>(block.metadata_length());
  const auto body_size = static_cast<size_t>(block.body_length());
  if (block.metadata_length() < static_cast<int32_t>(arrow_format::kMessagePrefixSize) || block.body_length() < 0 ||
      metadata_size > kMetadataBytesMax || metadata_size > end - offset || body_size > end - offset - metadata_size) {
    return Fault("a record batch lies outside of the file");
  }
  if (ReadScalar<uint32_t>(file, offset) != arrow_format::kContinuation) {
    return Fault("a record batch does not begin with the continuation marker");
  }
  const AlignedCopy metadata(
      file.substr(offset + arrow_format::kMessagePrefixSize, metadata_size - arrow_format::kMessagePrefixSize));
  const auto* message = metadata.Verified<arrow_ipc::Message>();
  const arrow_ipc::RecordBatch* batch = message == nullptr ? nullptr : message->header_as_RecordBatch();
  if (batch == nullptr) {
    return Fault("the metadata of a record batch is damaged");
  }
  if (batch->compression() != nullptr) {
    return Fault("it is compressed");
  }
  return AppendBatchColumns(*batch, file.substr(offset + metadata_size, body_size), is_view, frame);
}

// Each batch must begin behind the one before it, so that no bytes are read twice.
absl::Status AppendBatches(std::string_view file, const arrow_ipc::Footer& footer, size_t end, Frame& frame) {
  std::vector<bool> is_view;
  for (const arrow_ipc::Field* table : *footer.schema()->fields()) {
    is_view.push_back(table->type_type() == arrow_ipc::Type_Utf8View);
  }
  size_t behind_last = arrow_format::kLeadingMagicSize;
  for (const arrow_ipc::Block* block : *footer.record_batches()) {
    if (block->offset() < 0 || static_cast<size_t>(block->offset()) < behind_last ||
        static_cast<size_t>(block->offset()) > end) {
      return Fault("a record batch lies outside of the file or within another one");
    }
    BELLWETHER_RETURN_IF_ERROR(AppendBatch(file, *block, end, is_view, frame));
    behind_last = static_cast<size_t>(block->offset()) + static_cast<size_t>(block->metadata_length()) +
                  static_cast<size_t>(block->body_length());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string_view> FooterBytes(std::string_view file) {
  const size_t trailer_size = sizeof(int32_t) + arrow_format::kMagic.size();
  if (file.size() < arrow_format::kLeadingMagicSize + trailer_size || !file.starts_with(arrow_format::kMagic) ||
      !file.ends_with(arrow_format::kMagic)) {
    return Fault("it does not begin and end with ARROW1");
  }
  const size_t before_trailer = file.size() - trailer_size;
  const auto length = ReadScalar<int32_t>(file, before_trailer);
  if (length <= 0 || static_cast<size_t>(length) > before_trailer - arrow_format::kLeadingMagicSize ||
      static_cast<size_t>(length) > kMetadataBytesMax) {
    return Fault("the length of its footer is out of range");
  }
  return file.substr(before_trailer - static_cast<size_t>(length), static_cast<size_t>(length));
}

}  // namespace

absl::StatusOr<CheckedFrame> DecodeArrow(std::string_view bytes) {
  BELLWETHER_ASSIGN_OR_RETURN(const std::string_view footer_bytes, FooterBytes(bytes));
  const AlignedCopy footer_copy(footer_bytes);
  const auto* footer = footer_copy.Verified<arrow_ipc::Footer>();
  if (footer == nullptr || footer->schema() == nullptr) {
    return Fault("its footer is damaged");
  }
  if (footer->dictionaries() != nullptr && footer->dictionaries()->size() != 0) {
    return Fault("it has dictionaries");
  }
  BELLWETHER_ASSIGN_OR_RETURN(Frame frame, ReadSchema(*footer->schema(), bytes.size()));
  if (!arrow_format::IsAligned(footer->record_batches())) {
    return Fault("its list of record batches is not aligned");
  }
  if (!frame.fields.empty() && footer->record_batches() != nullptr) {
    const auto end = static_cast<size_t>(footer_bytes.data() - bytes.data());
    BELLWETHER_RETURN_IF_ERROR(AppendBatches(bytes, *footer, end, frame));
  }
  absl::StatusOr<CheckedFrame> checked = CheckedFrame::Check(std::move(frame));
  if (!checked.ok()) {
    return absl::InvalidArgumentError(checked.status().message());
  }
  return checked;
}

}  // namespace bellwether
