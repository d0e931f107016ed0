#pragma once

#include <cstdio>
#include <cstdlib>

namespace bellwether {

/// Ends a fuzz run when something that must hold for every input does not; prints where, and `what` was wrong.
inline void Require(bool holds, const char* what = "this must hold for every input",
                    const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (!holds) {
    std::fprintf(stderr, "%s:%d: %s\n", file, line, what);
    std::abort();
  }
}

}  // namespace bellwether
