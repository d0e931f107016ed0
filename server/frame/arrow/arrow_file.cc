#include "server/frame/arrow/arrow_file.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "flatbuffers/flatbuffers.h"
#include "server/frame/arrow/arrow_format.h"
#include "server/frame/arrow/arrow_ipc_generated.h"
#include "server/frame/field_type.h"
#include "server/frame/json/metadata_writer.h"

namespace bellwether {
namespace {

static_assert(std::endian::native == std::endian::little, "Arrow files are written in the machine's own byte order");

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

// Bytes of one Arrow buffer before they are written: as they are, or one byte a bit yet to be packed.
struct Segment {
  std::span<const char> bytes;
  bool pack_bits = false;

  [[nodiscard]] size_t encoded_size() const { return pack_bits ? (bytes.size() + 7) / 8 : bytes.size(); }
};

// What the record batch consists of: which bytes go where in the body.
struct BatchPlan {
  std::vector<arrow_ipc::FieldNode> nodes;
  std::vector<arrow_ipc::Buffer> buffers;
  std::vector<Segment> segments;
  size_t body_size = 0;

  void Add(Segment segment) {
    buffers.emplace_back(static_cast<int64_t>(body_size), static_cast<int64_t>(segment.encoded_size()));
    body_size += arrow_format::PadTo8(segment.encoded_size());
    segments.push_back(segment);
  }
};

template <typename T>
Segment SegmentOf(const std::vector<T>& values) {
  return {{reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)}};
}

template <typename T, typename Tag>
void AddValues(const FixedColumn<T, Tag>& column, BatchPlan& plan) {
  plan.Add(SegmentOf(column.values));
}

void AddValues(const BoolColumn& column, BatchPlan& plan) {
  Segment segment = SegmentOf(column.values);
  segment.pack_bits = true;
  plan.Add(segment);
}

template <typename Tag>
void AddValues(const BytesColumn<Tag>& column, BatchPlan& plan) {
  plan.Add(SegmentOf(column.offsets));
  plan.Add({column.bytes});
}

BatchPlan PlanBatch(const Frame& frame) {
  BatchPlan plan;
  plan.nodes.reserve(frame.fields.size());
  plan.buffers.reserve(3 * frame.fields.size());
  plan.segments.reserve(3 * frame.fields.size());
  for (const Field& field : frame.fields) {
    std::visit(
        [&](const auto& column) {
          const size_t nulls = column.validity.size() == 0 ? 0 : column.validity.CountZeros();
          plan.nodes.emplace_back(static_cast<int64_t>(column.size()), static_cast<int64_t>(nulls));
          const std::span<const uint8_t> bits = nulls == 0 ? std::span<const uint8_t>() : column.validity.bytes();
          plan.Add({{reinterpret_cast<const char*>(bits.data()), bits.size()}});
          AddValues(column, plan);
        },
        field.column);
  }
  return plan;
}

struct ArrowType {
  arrow_ipc::Type id;
  Offset<void> table;
};

ArrowType IntType(FlatBufferBuilder& builder, int bits, bool is_signed) {
  return {arrow_ipc::Type_Int, arrow_ipc::CreateInt(builder, bits, is_signed).Union()};
}

ArrowType TypeTable(FlatBufferBuilder& builder, FieldType type) {
  switch (type) {
    case FieldType::kInt8:
      return IntType(builder, 8, true);
    case FieldType::kInt16:
      return IntType(builder, 16, true);
    case FieldType::kInt32:
      return IntType(builder, 32, true);
    case FieldType::kInt64:
      return IntType(builder, 64, true);
    case FieldType::kUint8:
      return IntType(builder, 8, false);
    case FieldType::kUint16:
    case FieldType::kEnum:
      return IntType(builder, 16, false);
    case FieldType::kUint32:
      return IntType(builder, 32, false);
    case FieldType::kUint64:
      return IntType(builder, 64, false);
    case FieldType::kFloat32:
      return {arrow_ipc::Type_FloatingPoint,
              arrow_ipc::CreateFloatingPoint(builder, arrow_ipc::Precision_Single).Union()};
    case FieldType::kFloat64:
      return {arrow_ipc::Type_FloatingPoint,
              arrow_ipc::CreateFloatingPoint(builder, arrow_ipc::Precision_Double).Union()};
    case FieldType::kBool:
      return {arrow_ipc::Type_Bool, arrow_ipc::CreateBool(builder).Union()};
    case FieldType::kTime:
      return {arrow_ipc::Type_Timestamp, arrow_ipc::CreateTimestamp(builder, arrow_ipc::TimeUnit_Nanosecond).Union()};
    case FieldType::kString:
      return {arrow_ipc::Type_Utf8, arrow_ipc::CreateUtf8(builder).Union()};
    case FieldType::kJson:
      return {arrow_ipc::Type_Binary, arrow_ipc::CreateBinary(builder).Union()};
  }
  return {};
}

Offset<arrow_ipc::KeyValue> Entry(FlatBufferBuilder& builder, std::string_view key, std::string_view value) {
  const auto key_text = builder.CreateString(key.data(), key.size());
  return arrow_ipc::CreateKeyValue(builder, key_text, builder.CreateString(value.data(), value.size()));
}

// Keys are sorted, as the SDK writes them.
Offset<arrow_ipc::Field> FieldTable(FlatBufferBuilder& builder, const Field& field) {
  const FieldType type = TypeOf(field.column);
  std::vector<Offset<arrow_ipc::KeyValue>> metadata;
  std::string json;
  if (!IsEmpty(field.config)) {
    AppendConfigJson(json, field.config);
    metadata.push_back(Entry(builder, arrow_format::kConfigKey, json));
    json.clear();
  }
  if (!field.labels.empty()) {
    AppendLabelsJson(json, field.labels);
    metadata.push_back(Entry(builder, arrow_format::kLabelsKey, json));
  }
  metadata.push_back(Entry(builder, arrow_format::kTypeKey, FrontendTypeName(type)));

  const auto name = builder.CreateString(field.name);
  const ArrowType arrow_type = TypeTable(builder, type);
  const auto children = builder.CreateVector(static_cast<const Offset<arrow_ipc::Field>*>(nullptr), 0);
  const auto entries = builder.CreateVector(metadata);
  return arrow_ipc::CreateField(builder, name, field.nullable, arrow_type.id, arrow_type.table, 0, children, entries);
}

Offset<arrow_ipc::Schema> SchemaTable(FlatBufferBuilder& builder, const Frame& frame) {
  std::vector<Offset<arrow_ipc::Field>> fields;
  fields.reserve(frame.fields.size());
  for (const Field& field : frame.fields) {
    fields.push_back(FieldTable(builder, field));
  }
  std::vector<Offset<arrow_ipc::KeyValue>> metadata;
  if (!IsEmpty(frame.meta)) {
    std::string json;
    AppendMetaJson(json, frame.meta);
    metadata.push_back(Entry(builder, arrow_format::kMetaKey, json));
  }
  metadata.push_back(Entry(builder, arrow_format::kNameKey, frame.name));
  metadata.push_back(Entry(builder, arrow_format::kRefIdKey, frame.ref_id));
  const auto field_tables = builder.CreateVector(fields);
  const auto entries = builder.CreateVector(metadata);
  return arrow_ipc::CreateSchema(builder, arrow_ipc::Endianness_Little, field_tables, entries);
}

void BuildSchemaMessage(const Frame& frame, FlatBufferBuilder& builder) {
  const auto schema = SchemaTable(builder, frame);
  builder.Finish(arrow_ipc::CreateMessage(builder, arrow_ipc::MetadataVersion_V5, arrow_ipc::MessageHeader_Schema,
                                          schema.Union(), 0));
}

void BuildBatchMessage(const BatchPlan& plan, size_t rows, FlatBufferBuilder& builder) {
  const auto nodes = builder.CreateVectorOfStructs(plan.nodes);
  const auto buffers = builder.CreateVectorOfStructs(plan.buffers);
  const auto batch = arrow_ipc::CreateRecordBatch(builder, static_cast<int64_t>(rows), nodes, buffers);
  builder.Finish(arrow_ipc::CreateMessage(builder, arrow_ipc::MetadataVersion_V5, arrow_ipc::MessageHeader_RecordBatch,
                                          batch.Union(), static_cast<int64_t>(plan.body_size)));
}

void BuildFooter(const Frame& frame, const arrow_ipc::Block& block, FlatBufferBuilder& builder) {
  const auto schema = SchemaTable(builder, frame);
  const auto dictionaries = builder.CreateVectorOfStructs<arrow_ipc::Block>(nullptr, 0);
  const auto batches = builder.CreateVectorOfStructs(&block, 1);
  builder.Finish(arrow_ipc::CreateFooter(builder, arrow_ipc::MetadataVersion_V5, schema, dictionaries, batches));
}

template <typename T>
void AppendScalar(std::string& out, T value) {
  std::array<char, sizeof(T)> bytes;
  std::memcpy(bytes.data(), &value, sizeof(T));
  out.append(bytes.data(), bytes.size());
}

void AppendPadding(std::string& out, size_t written) { out.append(arrow_format::PadTo8(written) - written, '\0'); }

size_t EncapsulatedSize(const FlatBufferBuilder& message) {
  return arrow_format::kMessagePrefixSize + arrow_format::PadTo8(message.GetSize());
}

void AppendMessage(std::string& out, const FlatBufferBuilder& message) {
  AppendScalar(out, arrow_format::kContinuation);
  AppendScalar(out, static_cast<int32_t>(arrow_format::PadTo8(message.GetSize())));
  out.append(reinterpret_cast<const char*>(message.GetBufferPointer()), message.GetSize());
  AppendPadding(out, message.GetSize());
}

// Eight bytes that are 0 or 1 become one byte: each factor of the constant moves one of them to its bit, and no two
// products overlap.
char PackEight(const char* bits) {
  uint64_t word = 0;
  std::memcpy(&word, bits, sizeof(word));
  return static_cast<char>((word * 0x0102040810204080U) >> 56U);
}

void AppendPacked(std::string& out, std::span<const char> bits) {
  std::array<char, 512> packed;
  size_t i = 0;
  while (bits.size() - i >= 8) {
    size_t count = 0;
    for (; count < packed.size() && bits.size() - i >= 8; ++count, i += 8) {
      packed[count] = PackEight(bits.data() + i);
    }
    out.append(packed.data(), count);
  }
  if (i < bits.size()) {
    std::array<char, 8> rest{};
    std::memcpy(rest.data(), bits.data() + i, bits.size() - i);
    out.push_back(PackEight(rest.data()));
  }
}

void AppendBody(std::string& out, const BatchPlan& plan) {
  for (const Segment& segment : plan.segments) {
    if (segment.pack_bits) {
      AppendPacked(out, segment.bytes);
    } else {
      out.append(segment.bytes.data(), segment.bytes.size());
    }
    AppendPadding(out, segment.encoded_size());
  }
}

}  // namespace

std::string EncodeArrow(const CheckedFrame& checked) {
  const Frame& frame = checked.frame();
  FlatBufferBuilder schema;
  BuildSchemaMessage(frame, schema);
  const BatchPlan plan = PlanBatch(frame);
  FlatBufferBuilder batch(256 + 64 * plan.nodes.size());
  BuildBatchMessage(plan, checked.rows(), batch);

  const size_t batch_offset = arrow_format::kLeadingMagicSize + EncapsulatedSize(schema);
  const arrow_ipc::Block block(static_cast<int64_t>(batch_offset), static_cast<int32_t>(EncapsulatedSize(batch)),
                               static_cast<int64_t>(plan.body_size));
  FlatBufferBuilder footer;
  BuildFooter(frame, block, footer);

  std::string out;
  out.reserve(batch_offset + EncapsulatedSize(batch) + plan.body_size + arrow_format::kMessagePrefixSize +
              footer.GetSize() + sizeof(int32_t) + arrow_format::kMagic.size());
  out.append(arrow_format::kMagic);
  AppendPadding(out, arrow_format::kMagic.size());
  AppendMessage(out, schema);
  AppendMessage(out, batch);
  AppendBody(out, plan);
  AppendScalar(out, arrow_format::kContinuation);
  AppendScalar(out, int32_t{0});
  out.append(reinterpret_cast<const char*>(footer.GetBufferPointer()), footer.GetSize());
  AppendScalar(out, static_cast<int32_t>(footer.GetSize()));
  out.append(arrow_format::kMagic);
  return out;
}

}  // namespace bellwether
