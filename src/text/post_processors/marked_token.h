// The ["token", id] pairs of BertProcessing and RobertaProcessing.
#pragma once

#include "text/models/vocabulary.h"
#include "text/post_processors/post_processor.h"

namespace crossrank {

/// The id in field `name`, a list of a token and its id.
inline int32_t marked_token_id(const JsonObject& config, std::string_view name) {
  const Json& pair = config.array(name);
  if (pair.size() != 2 || !pair[0].is_string() || !pair[1].is_number_integer() || pair[1] < 0 || pair[1] > kMaxTokenId) {
    throw config.bad_field(name, "expected [\"token\", id]");
  }
  return pair[1].get<int32_t>();
}

/// Puts one token of a type before or after the others.
inline void push_front(Segment& segment, int32_t id, int32_t type_id) {
  segment.ids.insert(segment.ids.begin(), id);
  segment.type_ids.insert(segment.type_ids.begin(), type_id);
}
inline void push_back(Segment& segment, int32_t id, int32_t type_id) {
  segment.ids.push_back(id);
  segment.type_ids.push_back(type_id);
}

}  // namespace crossrank
