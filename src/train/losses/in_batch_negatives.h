// Negatives from the other rows of a batch, drawn as torch.multinomial draws them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "run/mersenne_twister.h"

namespace crossrank {

/// For each row the negatives it gets out of `columns` * `rows` candidates, column by column, never those of its own row: `count` of
/// them drawn without replacement, or where there are no more than that (and for nothing given) all, in order.
///
/// torch.multinomial on CPU takes an exponential number for each candidate, and the candidates with the smallest numbers. The same
/// generator gives the same negatives here. Two equal f32 numbers may come in another order: torch leaves that open.
std::vector<std::vector<int64_t>> in_batch_negatives(int64_t rows, int64_t columns, std::optional<int64_t> count, MersenneTwister& random);

}  // namespace crossrank
