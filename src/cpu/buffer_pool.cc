#include "cpu/buffer_pool.h"

namespace crossrank {

BufferPool::Slot& BufferPool::acquire(size_t floats) {
  Slot* enough = nullptr;
  Slot* largest = nullptr;
  for (Slot& slot : slots_) {
    if (slot.references > 0) continue;
    if (largest == nullptr || slot.memory.size() > largest->memory.size()) largest = &slot;
    if (slot.memory.size() >= floats && (enough == nullptr || slot.memory.size() < enough->memory.size())) enough = &slot;
  }
  if (enough == nullptr) enough = largest != nullptr ? largest : &slots_.emplace_back();
  enough->memory.grow(floats);
  return *enough;
}

size_t BufferPool::floats() const {
  size_t sum = 0;
  for (const Slot& slot : slots_) sum += slot.memory.size();
  return sum;
}

CpuTensor::CpuTensor(BufferPool& pool, int rows, int columns, ElementType type) {
  const size_t padded_rows = (static_cast<size_t>(rows) + kRowPadding - 1) / kRowPadding * kRowPadding;
  const size_t values = padded_rows * static_cast<size_t>(columns);
  slot_ = &pool.acquire(type == ElementType::kF32 ? values : (values + 1) / 2);
  slot_->references = 1;
  float* memory = slot_->memory.data();
  if (type == ElementType::kF32) {
    view_ = MatrixView{memory, rows, columns, columns};
  } else {
    view_ = Bf16View{reinterpret_cast<Bf16*>(memory), rows, columns, columns};
  }
}

CpuTensor CpuTensor::middle_columns(int first, int count) const {
  CpuTensor part = *this;
  std::visit(
      [&](auto& view) {
        view.data += first;
        view.columns = count;
      },
      part.view_);
  return part;
}

}  // namespace crossrank
