#include "cpu/isa.h"

// The order matters.
// clang-format off
#include "cpu/targets.h"
#include <hwy/highway.h>
// clang-format on

namespace crossrank {

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
