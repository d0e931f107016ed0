#include "server/analytics/anomaly/state_record.h"

#include <bit>

#include "server/base/status/error_origin.h"
#include "server/base/text/concat.h"

namespace bellwether {
namespace {

static_assert(std::endian::native == std::endian::little, "States are kept as the bytes of little-endian machines.");

constexpr std::string_view kMagic = "BWST";

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t remainder = i;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0xedb88320u : 0);
    }
    table[i] = remainder;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = MakeTable();

template <class Number>
void Append(std::string& record, Number number) {
  record.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

template <class Number>
bool Take(std::string_view& record, Number& number) {
  if (record.size() < sizeof(number)) {
    return false;
  }
  std::memcpy(&number, record.data(), sizeof(number));
  record.remove_prefix(sizeof(number));
  return true;
}

absl::Status Damaged(std::string_view what) {
  return BadQueryError(Concat("The saved state of a detector ", what, ". Let the detector learn anew."));
}

}  // namespace

uint32_t StateChecksum(std::string_view bytes) {
  uint32_t sum = 0xffffffffu;
  for (const char byte : bytes) {
    sum = (sum >> 8) ^ kTable[(sum ^ static_cast<uint8_t>(byte)) & 0xff];
  }
  return ~sum;
}

std::string WrapState(std::string_view method, uint16_t version, std::string_view state) {
  std::string record(kMagic);
  Append(record, version);
  Append(record, static_cast<uint16_t>(method.size()));
  record += method;
  Append(record, static_cast<uint32_t>(state.size()));
  record += state;
  Append(record, StateChecksum(record));
  return record;
}

absl::StatusOr<std::string_view> UnwrapState(std::string_view method, uint16_t version, std::string_view record) {
  uint32_t checksum = 0;
  if (!record.starts_with(kMagic)) {
    return Damaged("does not begin as one");
  }
  if (record.size() < kMagic.size() + sizeof(checksum)) {
    return Damaged("is cut off");
  }
  const std::string_view summed = record.substr(0, record.size() - sizeof(checksum));
  std::memcpy(&checksum, record.data() + summed.size(), sizeof(checksum));
  std::string_view rest = summed.substr(kMagic.size());
  uint16_t its_version = 0;
  uint16_t name_size = 0;
  if (!Take(rest, its_version) || !Take(rest, name_size) || rest.size() < name_size) {
    return Damaged("is cut off");
  }
  const std::string_view name = rest.substr(0, name_size);
  rest.remove_prefix(name_size);
  uint32_t size = 0;
  if (!Take(rest, size) || rest.size() != size) {
    return Damaged("is cut off");
  }
  if (StateChecksum(summed) != checksum) {
    return Damaged("is damaged: its checksum does not fit");
  }
  if (name != method) {
    return Damaged("belongs to another method");
  }
  if (its_version != version) {
    return Damaged("was written by another version");
  }
  return rest;
}

}  // namespace bellwether
