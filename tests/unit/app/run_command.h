#pragma once

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "server/app/command_line.h"

namespace bellwether {

struct Outcome {
  int exit_code;
  std::string out;
  std::string err;
};

/// Runs the command line on `words`, with `input` as its standard input.
inline Outcome RunWith(std::vector<std::string> words, const std::string& input = "") {
  words.insert(words.begin(), "bellwether");
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  CommandContext context{in, out, err};
  const int exit_code = RunCommandLine(static_cast<int>(words.size()), argv.data(), context);
  return {exit_code, out.str(), err.str()};
}

}  // namespace bellwether
