// targets: the instruction sets that crossrank compiles its kernels for. Every kernel file includes this before Highway.
#pragma once

// SSSE3 alone is on no machine worth a kernel. Vectors without a fixed size (SVE, RVV) cannot be held in arrays, as the tiles of
// attention.cc are; such machines run the 128-bit kernels.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
