// attention_packing: keys, values and relative tables laid out as attention's products read them, for one instruction set at a time: in
// panels of kPanel keys, rotated, in slots of their kind of operands.
#if defined(CROSSRANK_CPU_ATTENTION_PACKING_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CROSSRANK_CPU_ATTENTION_PACKING_INL_H_
#undef CROSSRANK_CPU_ATTENTION_PACKING_INL_H_
#else
#define CROSSRANK_CPU_ATTENTION_PACKING_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "cpu/attention_plan.h"
#include "cpu/attention_quads-inl.h"
#include "cpu/attention_tile-inl.h"
#include "cpu/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace crossrank {
namespace HWY_NAMESPACE {

// What an attention's operands are, in both of its products: floats, pairs of bf16, or whole numbers, of which only one may have a sign.
template <class Operands>
struct Alike {
  using Scores = Operands;
  using Weights = Operands;
  static constexpr int kPerSlot = Operands::kPerSlot;
  static constexpr bool kWhole = false;
};
#if HWY_TARGET != HWY_SCALAR
template <class Products>
struct Whole {
  using Scores = QuadScores<Products>;
  using Weights = QuadWeights<Products>;
  static constexpr int kPerSlot = 4;
  static constexpr bool kWhole = true;
};
#endif

template <class Kind>
constexpr int slots_of(int values) {
  return (values + Kind::kPerSlot - 1) / Kind::kPerSlot;
}

// The mean of all keys, rotated.
template <typename Value>
HWY_NOINLINE void find_key_mean(const BasicHeadAttention<Value>& task, const AttentionScratch& scratch) {
  float* mean = scratch.key_mean;
  std::fill_n(mean, task.head_dim, 0.0f);
  for (int64_t position = 0; position < task.length; ++position) {
    const float* angles = task.rotary == nullptr ? nullptr : task.rotary + position * task.head_dim;
    rotate_row(task.k + position * task.kv_stride, angles, 1.0f / static_cast<float>(task.length), task.head_dim, scratch.rows);
    for_vectors(static_cast<size_t>(task.head_dim), [&](auto d, size_t i) HWY_ATTR {
      hn::StoreU(hn::Add(hn::LoadU(d, mean + i), hn::LoadU(d, scratch.rows + i)), d, mean + i);
    });
  }
}

HWY_INLINE void subtract_row(const float* from, int n, float* row) {
  for_vectors(static_cast<size_t>(n),
              [&](auto d, size_t i) HWY_ATTR { hn::StoreU(hn::Sub(hn::LoadU(d, row + i), hn::LoadU(d, from + i)), d, row + i); });
}

// Positions of keys that are packed together, and where the first of all lies. `first` and `begin` are multiples of kPanel.
struct PackedRange {
  int first;
  int begin;
  int end;
};

// Keys of positions [begin, end), rotated and transposed; keys past the last are zeros, to the end of the panel.
template <class Kind, typename Value>
HWY_NOINLINE void pack_keys(const BasicHeadAttention<Value>& task, const PackedRange& range, const AttentionScratch& scratch) {
  const int width = round_up(task.head_dim, kLanes), depth = slots_of<Kind>(task.head_dim);
  for (int begin = range.begin; begin < range.end; begin += kPanel) {
    const int at = begin - range.first;
    for (int j = 0; j < kPanel; ++j) {
      float* row = scratch.rows + int64_t{j} * width;
      const int64_t position = begin + j;
      if (position < range.end) {
        const Value* key = task.k + position * task.kv_stride;
        const float* angles = task.rotary == nullptr ? nullptr : task.rotary + position * task.head_dim;
        if constexpr (Kind::kWhole) {
          rotate_row(key, angles, 1.0f, task.head_dim, row);
          if (is_long(task)) subtract_row(scratch.key_mean, task.head_dim, row);
        } else {
          rotate_to_slots<typename Kind::Scores>(key, angles, 1.0f, task.head_dim, row);
        }
      } else {
        std::fill_n(row, task.head_dim, 0.0f);
      }
      if constexpr (Kind::kWhole) scratch.key_scales[at + j] = magnitude_of(row, task.head_dim);
    }
    if constexpr (Kind::kWhole) {
      float inverses[kPanel];
      scales_of_magnitudes(scratch.key_scales + at, inverses, kPanel, kSmallestScale);
      for (int j = 0; j < kPanel; ++j) round_to_slots(scratch.rows + int64_t{j} * width, task.head_dim, inverses[j], kKeyOffset);
    }
    transpose_panel(scratch.rows, width, depth, scratch.keys + int64_t{at} * depth);
  }
}

// Values of positions [begin, end), a slot for each column of as many rows as fit, columns padded with zeros to whole vectors.
template <class Kind, typename Value>
HWY_NOINLINE void pack_values(const BasicHeadAttention<Value>& task, const PackedRange& range, const AttentionScratch& scratch) {
  const int width = round_up(task.head_dim, kLanes);
  auto* zeros = reinterpret_cast<Value*>(scratch.rows);
  if constexpr (Kind::kPerSlot > 1) std::fill_n(zeros, task.head_dim, Value{0});
  const auto row_of = [&](int position) { return position < range.end ? task.v + position * task.kv_stride : zeros; };
  for (int begin = range.begin; begin < range.end; begin += kPanel) {
    const int at = begin - range.first, end = std::min(begin + kPanel, range.end);
    if constexpr (Kind::kWhole) {
      float *scales = scratch.value_logs + at, *inverses = scratch.value_inverses + at;
      for (int j = 0; j < kPanel; ++j) scales[j] = magnitude_of(row_of(begin + j), task.head_dim);
      scales_of_magnitudes(scales, inverses, kPanel, kSmallestValueScale);
      to_logarithms(scales, kPanel);
    }
    float* to = scratch.values + int64_t{at} / Kind::kPerSlot * width;
    for (int position = begin; position < end; position += Kind::kPerSlot, to += width) {
      if constexpr (Kind::kWhole) {
        round_four_values<Value>({row_of(position), row_of(position + 1), row_of(position + 2), row_of(position + 3)}, task.head_dim, width,
                                 scratch.value_inverses + (position - range.first), to);
      } else if constexpr (Kind::kPerSlot == 2) {
        pad_row_pair<typename Kind::Weights>(row_of(position), row_of(position + 1), task.head_dim, width, to);
      } else {
        pad_row(row_of(position), task.head_dim, width, to);
      }
    }
  }
}

// K's rows for every distance of the task, transposed; rows past the last are zeros, to the end of the panel.
HWY_NOINLINE void pack_relative_keys(const AttentionTask& task, const AttentionScratch& scratch) {
  const int width = round_up(task.head_dim, kLanes);
  const RowRange range = rows_of_task(task);
  float* panel = scratch.relative_keys;
  for (int begin = range.first; begin <= range.last; begin += kPanel, panel += kPanel * task.head_dim) {
    for (int j = 0; j < kPanel; ++j) {
      float* row = scratch.rows + int64_t{j} * width;
      if (begin + j <= range.last) {
        rotate_row(task.relative.keys + (begin + j) * task.relative.stride, nullptr, 1.0f, task.head_dim, row);
      } else {
        std::fill_n(row, task.head_dim, 0.0f);
      }
    }
    transpose_panel(scratch.rows, width, task.head_dim, panel);
  }
}

// The bias of every distance of the task, in the base of the powers.
HWY_NOINLINE void pack_biases(const AttentionTask& task, const AttentionScratch& scratch) {
  const int32_t* rows = task.relative.rows + first_distance(task);
  const int distances = distances_of_task(task);
  for (int t = 0; t < distances; ++t) scratch.biases[t] = kLog2E * task.relative.bias[rows[t] * task.relative.stride];
}

}  // namespace HWY_NAMESPACE
}  // namespace crossrank
HWY_AFTER_NAMESPACE();

#endif  // CROSSRANK_CPU_ATTENTION_PACKING_INL_H_
