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
  const size_t bytes = (wanted + kCacheLine - 1) / kCacheLine * kCacheLine;
  const size_t huge_bytes = bytes / kHugePage * kHugePage;
  data_.reset();  // before the new one is there: the old contents are not kept, and both at once could be too much
  size_ = 0;
  void* memory = nullptr;
  if (posix_memalign(&memory, huge_bytes > 0 ? kHugePage : kCacheLine, bytes) != 0) throw std::bad_alloc();
  data_.reset(static_cast<float*>(memory));
#ifdef MADV_HUGEPAGE
  // A wish: a refusal costs speed only. What is left behind whole huge pages has small ones, of which it takes no more than it needs.
  if (huge_bytes > 0) madvise(data_.get(), huge_bytes, MADV_HUGEPAGE);
#endif
  size_ = bytes / sizeof(float);
  return data_.get();
}

}  // namespace crossrank
