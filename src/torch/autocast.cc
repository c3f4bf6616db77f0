#include "torch/autocast.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace crossrank {
namespace {

// One device is cast for in 1.13's names, a device is named in 2.x.
#if TORCH_VERSION_MAJOR < 2
bool is_enabled() { return at::autocast::is_enabled(); }
void set_enabled(bool on) { at::autocast::set_enabled(on); }
at::ScalarType cast_type() { return at::autocast::get_autocast_gpu_dtype(); }
void set_cast_type(at::ScalarType type) { at::autocast::set_autocast_gpu_dtype(type); }
#else
bool is_enabled() { return at::autocast::is_autocast_enabled(at::kCUDA); }
void set_enabled(bool on) { at::autocast::set_autocast_enabled(at::kCUDA, on); }
at::ScalarType cast_type() { return at::autocast::get_autocast_dtype(at::kCUDA); }
void set_cast_type(at::ScalarType type) { at::autocast::set_autocast_dtype(at::kCUDA, type); }
#endif

}  // namespace

at::ScalarType operand_type(TrainPrecision precision) {
  switch (precision) {
    case TrainPrecision::kF32:
      return at::kFloat;
    case TrainPrecision::kBf16:
      return at::kBFloat16;
    case TrainPrecision::kF16:
      return at::kHalf;
  }
  return at::kFloat;
}

AutocastScope::AutocastScope(c10::Device device, TrainPrecision precision)
    : active_(device.is_cuda() && precision != TrainPrecision::kF32) {
  if (!active_) return;
  enabled_before_ = is_enabled();
  dtype_before_ = cast_type();
  set_cast_type(operand_type(precision));
  set_enabled(true);
  at::autocast::increment_nesting();
}

AutocastScope::~AutocastScope() {
  if (!active_) return;
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();  // casts of weights, which the next step changes
  set_enabled(enabled_before_);
  set_cast_type(dtype_before_);
}

}  // namespace crossrank
