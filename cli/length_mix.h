// LengthMix: how long the pairs of a benchmark are. The same lengths at every call, so that runs compare.
#pragma once

#include <string_view>
#include <vector>

namespace crossrank {

/// Tokens of the query of a pair where there is room: what people type into a search box.
inline constexpr int kQueryTokens = 12;

struct LengthMix {
  enum class Kind {
    kMixed,    ///< of documents: log-normal, median 80 tokens, sigma 1, cut to 10..500, as bench/workload.py has them; then the query
    kUniform,  ///< of pairs: evenly spread from `shortest` to `longest`
  };
  Kind kind = Kind::kMixed;
  int shortest = 0, longest = 0;
};

/// "mixed", "fixed:128", "uniform:16-256". Error(kUsage) for anything else.
LengthMix parse_length_mix(std::string_view word);

/// Tokens of `count` pairs, of which `special_tokens` are neither query nor document: the midpoints of the distribution's `count`
/// quantiles, in shuffled order.
std::vector<int> pair_lengths(const LengthMix& mix, int count, int special_tokens);

}  // namespace crossrank
