// AlignedBuffer: uninitialised floats for vector kernels, on huge pages where they are large.
#pragma once

#include <cstddef>
#include <memory>

namespace crossrank {

/// Owns memory aligned to a cache line, or to 2 MiB with huge pages asked for where it is that large, for as many whole ones as it has:
/// weights of hundreds of megabytes would otherwise miss the address cache on every page. Contents are not kept when it grows.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  /// Throws std::bad_alloc.
  explicit AlignedBuffer(size_t floats) { grow(floats); }

  /// At least `floats` floats; the contents are lost when there were fewer.
  float* grow(size_t floats);

  float* data() const { return data_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(float* data) const noexcept;
  };
  std::unique_ptr<float[], Free> data_;
  size_t size_ = 0;
};

}  // namespace crossrank
