// read_score: the numbers of a Unigram vocabulary.
#pragma once

#include <string_view>

namespace crossrank {

/// The value of a JSON number with a fraction, an exponent or many digits, as the reference reads it, which is not always the nearest: it
/// multiplies or divides the digits, cut where they no longer fit in 64 bits, by a power of ten. Where two ways to cut a text have equal
/// scores but for rounding, the last bit decides. Infinity where the reference refuses the number.
double read_score(std::string_view json_number) noexcept;

}  // namespace crossrank
