// parallel: loops of kernels on the threads that oneDNN's products run on.
#pragma once

#include <cstdint>
#include <functional>

namespace crossrank {

/// Calls body(index) once for every index in [0, count), each handed to the thread that asks next, in rising order: the costliest first
/// lets threads finish together. The threads are those of oneDNN's OpenMP for the calling thread (use_openmp_threads), so that no second
/// team waits, spinning, beside the first; the calling thread alone where OpenMP is not loaded. After an exception no further index is
/// handed out, and the first one is thrown here.
void parallel_tasks(int64_t count, const std::function<void(int64_t index)>& body);

/// Calls body(first, last) for pieces of [0, count) of `piece` items, the last one shorter. Pieces do not depend on the number of
/// threads: sums that are formed piece by piece have the same bits on every machine.
void parallel_pieces(int64_t count, int64_t piece, const std::function<void(int64_t first, int64_t last)>& body);

}  // namespace crossrank
