// openmp: how many threads oneDNN's OpenMP uses for the thread that calls it.
#pragma once

namespace crossrank {

/// Matrix products and other OpenMP loops that this thread asks for run on this many threads from now on. Other threads keep their
/// settings. Without effect where oneDNN runs on no OpenMP that is loaded.
void use_openmp_threads(int threads) noexcept;

/// The same with this thread alone.
inline void use_one_openmp_thread() noexcept { use_openmp_threads(1); }

}  // namespace crossrank
