#include "torch/random_state.h"

#include <ATen/Context.h>
#include <ATen/core/Generator.h>
#include <ATen/ops/empty.h>

#include <cstring>
#include <exception>
#include <mutex>

#include "base/error.h"

namespace crossrank {
namespace {

at::Generator generator_of(c10::Device device) { return at::globalContext().defaultGenerator(device); }

}  // namespace

RandomState RandomState::of(c10::Device device) {
  at::Generator generator = generator_of(device);
  const std::lock_guard lock(generator.mutex());
  return {device, generator.get_state()};
}

void RandomState::restore() const {
  at::Generator generator = generator_of(device_);
  const std::lock_guard lock(generator.mutex());
  generator.set_state(state_);
}

std::string RandomState::bytes() const {
  return {reinterpret_cast<const char*>(state_.data_ptr<uint8_t>()), static_cast<size_t>(state_.numel())};
}

RandomState RandomState::from_bytes(c10::Device device, const std::string& bytes) {
  at::Tensor state = at::empty({static_cast<int64_t>(bytes.size())}, at::kByte);
  std::memcpy(state.data_ptr<uint8_t>(), bytes.data(), bytes.size());
  const RandomState before = of(device);
  const RandomState made(device, state);
  try {
    made.restore();
  } catch (const std::exception&) {
    before.restore();
    throw error(ErrorCode::kInput, "{} bytes are no state of libtorch's random generator", bytes.size());
  }
  before.restore();
  return made;
}

void seed_everything(c10::Device device, uint64_t seed) {
  for (const c10::Device one : {c10::Device(c10::kCPU), device}) {
    at::Generator generator = generator_of(one);
    const std::lock_guard lock(generator.mutex());
    generator.set_current_seed(seed);
  }
}

}  // namespace crossrank
