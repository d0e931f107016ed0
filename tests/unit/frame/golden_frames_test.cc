// Sample frames in their readable form, compared with tests/golden/frames/<name>.txt. `make golden-update` rewrites the
// files; nothing else does, and a missing file fails.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "server/frame/text/text_frame.h"
#include "tests/unit/frame/sample_frames.h"

namespace bellwether {
namespace {

class GoldenFramesTest : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenFramesTest, TextIsAsRecorded) {
  const std::filesystem::path path =
      std::filesystem::path(BELLWETHER_SOURCE_DIR) / "tests/golden/frames" / (GetParam() + ".txt");
  const std::string text = FrameToText(SampleFrameNamed(GetParam()));
  const char* update = std::getenv("BELLWETHER_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(path, std::ios::binary) << text;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file) << path << " is missing; `make golden-update` writes it.";
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(text, golden.str());
}

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
