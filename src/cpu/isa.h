// isa: which instruction sets the kernels use on this machine, and how to cap them in tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace crossrank {

/// The vector instruction set that the kernels chose, for people: "avx512", "avx2", "sse4", "sse2", "neon".
std::string instruction_set_in_use();

/// Whether vpdpbusd runs here on vectors of 512 bits (AVX512_VNNI), and of 256 without AVX-512 (AVX_VNNI), where the instruction set around
/// it does.
bool has_avx512_vnni() noexcept;
bool has_avx_vnni() noexcept;

/// Highway's targets that are compiled in and run on this machine, best first.
std::vector<int64_t> supported_targets();

/// The name of one of them.
std::string target_name(int64_t target);

/// For tests: while it lives, kernels run on `target`. One at a time, and no kernel may be running.
class ScopedTarget {
 public:
  explicit ScopedTarget(int64_t target);
  ScopedTarget(const ScopedTarget&) = delete;
  ScopedTarget& operator=(const ScopedTarget&) = delete;
  ~ScopedTarget();
};

}  // namespace crossrank
