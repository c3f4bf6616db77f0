// kernel_test: runs one test body on every instruction set of this machine, or in every layout of int8, on made-up numbers.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

#include "cpu/isa.h"
#include "cpu/matrix_view.h"
#include "cpu/product_precision.h"

namespace crossrank {

/// Calls body() once for every instruction set that is compiled in and runs here, with the kernels capped to it.
template <typename Body>
void on_every_instruction_set(const Body& body) {
  const std::vector<int64_t> targets = supported_targets();
  ASSERT_FALSE(targets.empty());
  for (const int64_t target : targets) {
    const ScopedTarget capped(target);
    SCOPED_TRACE(target_name(target));
    body();
  }
}

/// The same where kernels of bf16 run: of AVX-512 only where the machine has the instructions; other instruction sets do without.
template <typename Body>
void on_every_instruction_set_of_bf16(const Body& body) {
  on_every_instruction_set([&] {
    if (instruction_set_in_use() != "avx512" || has_fast_bf16()) body();
  });
}

/// While it lives, int8 matrices are packed in this layout.
class ScopedInt8Layout {
 public:
  explicit ScopedInt8Layout(const char* name) { setenv("CROSSRANK_INT8_LAYOUT", name, 1); }
  ScopedInt8Layout(const ScopedInt8Layout&) = delete;
  ScopedInt8Layout& operator=(const ScopedInt8Layout&) = delete;
  ~ScopedInt8Layout() { unsetenv("CROSSRANK_INT8_LAYOUT"); }
};

/// Calls body() once for each.
template <typename Body>
void in_every_int8_layout(const Body& body) {
  for (const char* name : {"pairs", "quads"}) {
    const ScopedInt8Layout chosen(name);
    SCOPED_TRACE(name);
    body();
  }
}

/// Numbers drawn evenly from [low, high), the same for the same seed.
inline std::vector<float> random_floats(size_t count, uint32_t seed, float low = -1.0f, float high = 1.0f) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> draw(low, high);
  std::vector<float> values(count);
  for (float& value : values) value = draw(generator);
  return values;
}

/// The nearest bf16, of two equally near ones the even one; and back.
inline Bf16 nearest_bf16(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  if (std::isnan(x)) return static_cast<Bf16>((bits >> 16) | 0x40);
  return static_cast<Bf16>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}
inline float widened(Bf16 x) { return std::bit_cast<float>(uint32_t{x} << 16); }

inline std::vector<Bf16> nearest_bf16(const std::vector<float>& values) {
  std::vector<Bf16> rounded;
  for (const float value : values) rounded.push_back(nearest_bf16(value));
  return rounded;
}
inline std::vector<float> widened(const std::vector<Bf16>& values) {
  std::vector<float> floats;
  for (const Bf16 value : values) floats.push_back(widened(value));
  return floats;
}

inline MatrixView view_of(std::vector<float>& values, int rows, int columns) { return {values.data(), rows, columns, columns}; }
inline ConstMatrixView view_of(const std::vector<float>& values, int rows, int columns) { return {values.data(), rows, columns, columns}; }
inline Bf16View view_of(std::vector<Bf16>& values, int rows, int columns) { return {values.data(), rows, columns, columns}; }
inline ConstBf16View view_of(const std::vector<Bf16>& values, int rows, int columns) { return {values.data(), rows, columns, columns}; }

}  // namespace crossrank
