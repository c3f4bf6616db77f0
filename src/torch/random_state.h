// RandomState: where libtorch's default generator of a device stands, to be taken up again: dropout is drawn from it.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <string>

namespace crossrank {

class RandomState {
 public:
  static RandomState of(c10::Device device);
  void restore() const;

  /// To a file and back. Error(kInput) for bytes that are no state of the device's generator.
  std::string bytes() const;
  static RandomState from_bytes(c10::Device device, const std::string& bytes);

 private:
  RandomState(c10::Device device, at::Tensor state) : device_(device), state_(std::move(state)) {}
  c10::Device device_;
  at::Tensor state_;  // uint8
};

/// torch.manual_seed for the device's default generator.
void seed_everything(c10::Device device, uint64_t seed);

}  // namespace crossrank
