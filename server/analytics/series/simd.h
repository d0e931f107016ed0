#pragma once

/// Compiles a function for several instruction sets and chooses when the program starts. Functions it calls are only
/// compiled along when they are inlined.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define BELLWETHER_SIMD_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define BELLWETHER_SIMD_CLONES
#endif
