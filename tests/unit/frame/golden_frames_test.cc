// Sample frames in their readable form, compared with tests/golden/frames/<name>.txt. `make golden-update` rewrites the
// files; nothing else does, and a missing file fails.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/frame/text/text_frame.h"
#include "tests/support/golden_text.h"
#include "tests/unit/frame/sample_frames.h"

namespace bellwether {
namespace {

class GoldenFramesTest : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenFramesTest, TextIsAsRecorded) { ExpectGoldenFrame(GetParam(), FrameToText(SampleFrameNamed(GetParam()))); }

std::vector<std::string> SampleNames() {
  std::vector<std::string> names;
  for (const SampleFrame& sample : SampleFrames()) {
    names.push_back(sample.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenFramesTest, ::testing::ValuesIn(SampleNames()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace bellwether
