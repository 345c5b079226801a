#pragma once
// FLOATSD_VECTORIZED: a copy of a function for each instruction set, resolved once at load time, so
// that one binary runs everywhere. Sources that use it are compiled without fused multiply-add
// contraction (src/CMakeLists.txt): the copies then compute the same bits.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__)
#define FLOATSD_VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define FLOATSD_VECTORIZED
#endif

/// A function that is called only if there is AVX2, AVX-512 (F and BW), or its VNNI (and VL).
#define FLOATSD_AVX2 __attribute__((target("avx2")))
#define FLOATSD_AVX512 __attribute__((target("avx512f,avx512bw")))
#define FLOATSD_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
