// BufferPool and CpuTensor: the activations of one forward pass, in buffers that are used again.
#pragma once

#include <deque>
#include <utility>
#include <variant>

#include "cpu/aligned_buffer.h"
#include "cpu/matrix_view.h"

namespace crossrank {

/// Row counts are rounded up to this in memory, so that a matrix product may run over a few rows more than there are.
inline constexpr int kRowPadding = 16;

/// Buffers of one lane (one forward pass at a time). Not for several threads: handles count without atomics. Must outlive its tensors.
class BufferPool {
 public:
  struct Slot {
    AlignedBuffer memory;
    int references = 0;
  };

  /// A free slot of at least `floats` floats: the smallest that is large enough, else the largest free one, grown.
  Slot& acquire(size_t floats);
  /// Floats in all buffers together.
  size_t floats() const;

 private:
  std::deque<Slot> slots_;  // addresses stay
};

/// What a CpuTensor's values are.
enum class ElementType { kF32, kBf16 };

/// A matrix [rows, columns] of floats or bf16 in a buffer of a pool; copies share it, the last one gives it back. Made without values.
class CpuTensor {
 public:
  CpuTensor() = default;
  CpuTensor(BufferPool& pool, int rows, int columns, ElementType type = ElementType::kF32);
  CpuTensor(const CpuTensor& other) : view_(other.view_), slot_(other.slot_) {
    if (slot_ != nullptr) ++slot_->references;
  }
  CpuTensor(CpuTensor&& other) noexcept : view_(std::exchange(other.view_, MatrixView())), slot_(std::exchange(other.slot_, nullptr)) {}
  CpuTensor& operator=(CpuTensor other) noexcept {
    std::swap(view_, other.view_);
    std::swap(slot_, other.slot_);
    return *this;
  }
  ~CpuTensor() {
    if (slot_ != nullptr) --slot_->references;
  }

  int rows() const {
    return std::visit([](const auto& view) { return view.rows; }, view_);
  }
  int columns() const {
    return std::visit([](const auto& view) { return view.columns; }, view_);
  }
  ElementType type() const { return std::holds_alternative<MatrixView>(view_) ? ElementType::kF32 : ElementType::kBf16; }
  /// Throw std::bad_variant_access where it is of the other type.
  const MatrixView& view() const { return std::get<MatrixView>(view_); }
  const Bf16View& bf16_view() const { return std::get<Bf16View>(view_); }
  /// Either of both.
  const std::variant<MatrixView, Bf16View>& any_view() const { return view_; }
  /// Columns [first, first + count), in the same buffer.
  CpuTensor middle_columns(int first, int count) const;

 private:
  std::variant<MatrixView, Bf16View> view_;
  BufferPool::Slot* slot_ = nullptr;
};

}  // namespace crossrank
