#include "cpu/aligned_buffer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <vector>

namespace crossrank {
namespace {

int64_t resident_bytes() {
  int64_t all_pages = 0, pages = 0;
  std::ifstream("/proc/self/statm") >> all_pages >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

TEST(AlignedBuffer, is_aligned_and_grows) {
  AlignedBuffer buffer;
  for (const size_t floats : {size_t{1}, size_t{1000}, size_t{1} << 20}) {
    float* data = buffer.grow(floats);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 64, 0U);
    EXPECT_GE(buffer.size(), floats);
    std::fill_n(data, floats, 1.0f);
    EXPECT_EQ(buffer.grow(floats / 2), data);
  }
}

// A model has a hundred matrices that are a little larger than a huge page: each would take two of them.
TEST(AlignedBuffer, takes_no_second_huge_page_for_a_small_rest) {
  constexpr size_t kBuffers = 64, kFloats = ((size_t{2} << 20) + (size_t{64} << 10)) / sizeof(float);
  const int64_t before = resident_bytes();
  std::vector<AlignedBuffer> buffers(kBuffers);
  for (AlignedBuffer& buffer : buffers) std::fill_n(buffer.grow(kFloats), kFloats, 1.0f);
  EXPECT_LT(resident_bytes() - before, static_cast<int64_t>(kBuffers) * (3 << 20));
}

}  // namespace
}  // namespace crossrank
