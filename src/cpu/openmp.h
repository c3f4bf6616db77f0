// openmp: keeps oneDNN's OpenMP on the thread that calls it.
#pragma once

namespace crossrank {

/// Matrix products that this thread asks for run on this thread alone from now on. Other threads keep their settings. Without effect
/// where oneDNN runs on no OpenMP that is loaded.
void use_one_openmp_thread() noexcept;

}  // namespace crossrank
