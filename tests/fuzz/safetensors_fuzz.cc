// Any bytes as a safetensors file: an Error or tensors whose every element can be read. Nothing else.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "arch/safetensors.h"
#include "crossrank/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    const auto file = crossrank::Safetensors::parse(bytes, "fuzz.safetensors");
    for (const auto& entry : file.tensors()) {
      const crossrank::TensorView& tensor = entry.second;
      if (tensor.dtype == crossrank::DType::kOther) continue;
      std::vector<float> values(static_cast<size_t>(tensor.elements()));  // no more than the input's bytes
      tensor.read(0, values);
    }
  } catch (const crossrank::Error&) {
  }
  return 0;
}
