#include "cpu/aligned_buffer.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace crossrank {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

void AlignedBuffer::Free::operator()(float* data) const noexcept { std::free(data); }

float* AlignedBuffer::grow(size_t floats) {
  if (floats <= size_) return data_.get();
  if (floats > (SIZE_MAX >> 4)) throw std::bad_alloc();
  const size_t wanted = floats * sizeof(float);
  const size_t unit = wanted >= kHugePage ? kHugePage : kCacheLine;
  const size_t bytes = (wanted + unit - 1) / unit * unit;
  data_.reset();  // before the new one is there: the old contents are not kept, and both at once could be too much
  size_ = 0;
  data_.reset(static_cast<float*>(std::aligned_alloc(unit, bytes)));
  if (!data_) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  if (unit == kHugePage) madvise(data_.get(), bytes, MADV_HUGEPAGE);  // a wish: a refusal costs speed only
#endif
  size_ = bytes / sizeof(float);
  return data_.get();
}

}  // namespace crossrank
