// Writes every sample frame as <folder>/<name>.arrow and <name>.json, for readers in other languages to check.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "server/frame/arrow/arrow_file.h"
#include "server/frame/json/json_frame.h"
#include "tests/unit/frame/sample_frames.h"

namespace {

bool Write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  if (!file) {
    std::cerr << "cannot write " << path << '\n';
  }
  return static_cast<bool>(file);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: frame_samples FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  for (const bellwether::SampleFrame& sample : bellwether::SampleFrames()) {
    if (!Write(folder / (sample.name + ".arrow"), bellwether::EncodeArrow(sample.frame)) ||
        !Write(folder / (sample.name + ".json"), bellwether::EncodeJsonFrame(sample.frame))) {
      return 1;
    }
  }
  return 0;
}
