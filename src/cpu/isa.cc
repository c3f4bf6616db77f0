#include "cpu/isa.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/highway.h>
// clang-format on

namespace crossrank {
namespace {

// Leaf 7 of CPUID, or zeros.
struct ExtendedFeatures {
  explicit ExtendedFeatures(unsigned subleaf) {
#if defined(__x86_64__)
    if (__get_cpuid_count(7, subleaf, &eax, &ebx, &ecx, &edx) == 0) *this = ExtendedFeatures();
#else
    (void)subleaf;
#endif
  }
  ExtendedFeatures() = default;

  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

constexpr unsigned kAvx512Vnni = 1u << 11;  // ECX of subleaf 0
constexpr unsigned kAvxVnni = 1u << 4;      // EAX of subleaf 1

}  // namespace

bool has_avx512_vnni() noexcept {
  static const bool has = (ExtendedFeatures(0).ecx & kAvx512Vnni) != 0;
  return has;
}

bool has_avx_vnni() noexcept {
  static const bool has = (ExtendedFeatures(1).eax & kAvxVnni) != 0;
  return has;
}

std::string target_name(int64_t target) {
  switch (target) {
    case HWY_AVX3_DL:
    case HWY_AVX3:
      return "avx512";
    case HWY_AVX2:
      return "avx2";
    case HWY_SSE4:
      return "sse4";
    case HWY_SSSE3:
      return "ssse3";
    case HWY_SCALAR:
    case HWY_EMU128:
      return "scalar";
    case HWY_NEON:
      return "neon";
    default:
      return hwy::TargetName(target);
  }
}

std::vector<int64_t> supported_targets() {
  std::vector<int64_t> targets;
  for (int64_t rest = hwy::SupportedTargets() & HWY_TARGETS; rest != 0; rest &= rest - 1) targets.push_back(rest & -rest);
  return targets;
}

std::string instruction_set_in_use() {
  const std::vector<int64_t> targets = supported_targets();
  return targets.empty() ? "scalar" : target_name(targets.front());
}

ScopedTarget::ScopedTarget(int64_t target) {
  hwy::SetSupportedTargetsForTest(target);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

ScopedTarget::~ScopedTarget() {
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace crossrank
