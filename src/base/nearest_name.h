// nearest_name: what a misspelt word was probably meant to be.
#pragma once

#include <span>
#include <string_view>

namespace crossrank {

/// The candidate with the smallest edit distance to `word` (ties: the first); empty when there are no candidates.
std::string_view nearest_name(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace crossrank
