#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace bellwether {

/// Compares a text with tests/golden/frames/<name>.txt, where a missing file fails. `make golden-update` rewrites the
/// files; nothing else does.
inline void ExpectGoldenFrame(const std::string& name, const std::string& text) {
  const std::filesystem::path path =
      std::filesystem::path(BELLWETHER_SOURCE_DIR) / "tests/golden/frames" / (name + ".txt");
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

}  // namespace bellwether
