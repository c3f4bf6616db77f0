// SplitBehavior: what becomes of the delimiters when a text is cut at them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace crossrank {

enum class SplitBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

/// A stretch of a text, and whether it is a delimiter. Spans of a text follow each other without gaps.
struct Span {
  size_t begin;
  size_t end;
  bool delimiter;
};

/// The behaviour that a field names; Error names the field and what it may be.
SplitBehavior parse_split_behavior(const JsonObject& config, std::string_view field);

/// Appends to `parts` what the behaviour makes of `text` and its spans, in order, empty parts left out.
void append_parts(SplitBehavior behavior, std::string_view text, const std::vector<Span>& spans, std::vector<std::string_view>& parts);

}  // namespace crossrank
