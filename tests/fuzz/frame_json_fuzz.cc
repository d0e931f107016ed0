// JSON frames: whatever the text, a frame or a status; and a frame that was read says the same when it is written and
// read again, as JSON and as Arrow.
#include <cstdint>
#include <string>
#include <string_view>

#include "server/frame/arrow/arrow_file.h"
#include "server/frame/json/json_frame.h"
#include "tests/fuzz/require.h"

using bellwether::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::StatusOr<bellwether::CheckedFrame> frame =
      bellwether::DecodeJsonFrame(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!frame.ok()) {
    Require(frame.status().code() == absl::StatusCode::kInvalidArgument, "the code is not INVALID_ARGUMENT");
    return 0;
  }
  const std::string json = bellwether::EncodeJsonFrame(*frame);
  const absl::StatusOr<bellwether::CheckedFrame> again = bellwether::DecodeJsonFrame(json);
  Require(again.ok(), "an encoded frame cannot be decoded");
  Require(bellwether::EncodeJsonFrame(*again) == json, "an encoded frame decodes to another one");
  const absl::StatusOr<bellwether::CheckedFrame> from_arrow = bellwether::DecodeArrow(bellwether::EncodeArrow(*frame));
  Require(from_arrow.ok(), "the frame cannot be read from an Arrow file");
  Require(bellwether::EncodeJsonFrame(*from_arrow) == json, "the Arrow file holds another frame");
  return 0;
}
