#include "text/pre_tokenizers/split_behavior.h"

#include <algorithm>

#include "base/error.h"

namespace crossrank {
namespace {

// Extends the last of `merged` over `span`, or begins a new one.
void extend_or_push(bool extend, const Span& span, std::vector<Span>& merged) {
  if (extend && !merged.empty()) {
    merged.back().begin = std::min(merged.back().begin, span.begin);
    merged.back().end = std::max(merged.back().end, span.end);
  } else {
    merged.push_back({span.begin, span.end, false});
  }
}

// The first of several delimiters in a row goes to its neighbour, the others stand alone; a leading one stands alone too. The order of
// `spans` is the direction: forwards it joins the previous piece, backwards the next.
template <typename Iterator>
std::vector<Span> merge_with_neighbour(Iterator begin, Iterator end) {
  std::vector<Span> merged;
  bool previous = false;
  for (Iterator span = begin; span != end; ++span) {
    extend_or_push(span->delimiter && !previous, *span, merged);
    previous = span->delimiter;
  }
  return merged;
}

std::vector<Span> merge_equal(const std::vector<Span>& spans) {
  std::vector<Span> merged;
  bool previous = false;
  for (const Span& span : spans) {
    extend_or_push(span.delimiter == previous, span, merged);
    previous = span.delimiter;
  }
  return merged;
}

std::vector<Span> merge(SplitBehavior behavior, const std::vector<Span>& spans) {
  if (behavior == SplitBehavior::kMergedWithPrevious) return merge_with_neighbour(spans.begin(), spans.end());
  if (behavior == SplitBehavior::kContiguous) return merge_equal(spans);
  std::vector<Span> merged = merge_with_neighbour(spans.rbegin(), spans.rend());
  std::reverse(merged.begin(), merged.end());
  return merged;
}

}  // namespace

SplitBehavior parse_split_behavior(const JsonObject& config, std::string_view field) {
  const std::string name = config.string(field);
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  throw config.bad_field(field,
                         fmt::format("\"{}\" is not one of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous", name));
}

void append_parts(SplitBehavior behavior, std::string_view text, const std::vector<Span>& spans, std::vector<std::string_view>& parts) {
  const auto append = [&](const Span& span) {
    if (span.begin < span.end) parts.push_back(text.substr(span.begin, span.end - span.begin));
  };
  if (behavior == SplitBehavior::kRemoved || behavior == SplitBehavior::kIsolated) {
    for (const Span& span : spans) {
      if (behavior == SplitBehavior::kIsolated || !span.delimiter) append(span);
    }
    return;
  }
  for (const Span& span : merge(behavior, spans)) append(span);
}

}  // namespace crossrank
