#include "rank/distinct_encodings.h"

#include <functional>
#include <string_view>
#include <utility>

namespace crossrank {

size_t DistinctEncodings::Hash::operator()(size_t place) const {
  const std::vector<int32_t>& ids = (*encodings)[place].ids;
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(ids[0])});
}

bool DistinctEncodings::Equal::operator()(size_t a, size_t b) const {
  const Encoding& left = (*encodings)[a];
  const Encoding& right = (*encodings)[b];
  return left.ids == right.ids && left.type_ids == right.type_ids;
}

// The set compares places, so the newcomer has one before it is known whether it keeps it.
void DistinctEncodings::add(Encoding encoding) {
  encodings_.push_back(std::move(encoding));
  const auto [place, is_new] = known_.insert(encodings_.size() - 1);
  if (!is_new) encodings_.pop_back();
  places_.push_back(*place);
}

}  // namespace crossrank
