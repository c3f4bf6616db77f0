#include "cli/length_mix.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "mining/python_random.h"

namespace crossrank {
namespace {

// bench/workload.py has the same numbers, and for 100 pairs the same lengths in the same order.
constexpr double kMedian = 80, kSigma = 1;
constexpr double kShortest = 10, kLongest = 500;
constexpr int64_t kSeed = 20261123;

// Where the standard normal distribution has `share` of itself below: bisection, which needs no table.
double normal_quantile(double share) {
  double low = -10, high = 10;
  for (int i = 0; i < 64; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::sqrt(2.0)) / 2 < share ? low : high) = middle;
  }
  return low;
}

bool read_count(std::string_view text, int& value) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size() && value > 0;
}

}  // namespace

LengthMix parse_length_mix(std::string_view word) {
  LengthMix mix;
  if (word == "mixed") return mix;
  mix.kind = LengthMix::Kind::kUniform;
  const auto colon = word.find(':');
  const std::string_view name = word.substr(0, colon);
  const std::string_view numbers = colon == std::string_view::npos ? "" : word.substr(colon + 1);
  if (name == "fixed" && read_count(numbers, mix.shortest)) {
    mix.longest = mix.shortest;
    return mix;
  }
  const auto dash = numbers.find('-');
  if (name == "uniform" && dash != std::string_view::npos && read_count(numbers.substr(0, dash), mix.shortest) &&
      read_count(numbers.substr(dash + 1), mix.longest) && mix.shortest <= mix.longest) {
    return mix;
  }
  throw error(ErrorCode::kUsage, "--mix: \"{}\" is none of mixed, fixed:N, uniform:N-M, such as fixed:128 or uniform:16-256 tokens a pair",
              word);
}

std::vector<int> pair_lengths(const LengthMix& mix, int count, int special_tokens) {
  std::vector<int> lengths(static_cast<size_t>(count));
  for (size_t i = 0; i < lengths.size(); ++i) {
    const double share = (static_cast<double>(i) + 0.5) / count;
    if (mix.kind == LengthMix::Kind::kMixed) {
      const double document = std::clamp(std::round(kMedian * std::exp(kSigma * normal_quantile(share))), kShortest, kLongest);
      lengths[i] = static_cast<int>(document) + kQueryTokens + special_tokens;
    } else {
      lengths[i] = mix.shortest + static_cast<int>(share * (static_cast<double>(mix.longest) - mix.shortest + 1));
    }
  }
  PythonRandom random(kSeed);  // random.shuffle
  for (size_t i = lengths.size(); i-- > 1;) std::swap(lengths[i], lengths[static_cast<size_t>(random.below(static_cast<int64_t>(i) + 1))]);
  return lengths;
}

}  // namespace crossrank
