// PostProcessor: puts special tokens around one sequence or two.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/json.h"

namespace crossrank {

/// Tokens that stay together; the encoding is the segments one after another. It starts as one segment a text, of type 0 and 1.
struct Segment {
  std::vector<int32_t> ids;       // [tokens]
  std::vector<int32_t> type_ids;  // [tokens]
};

/// Immutable; may be shared between threads.
class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  virtual void process(std::vector<Segment>& segments) const = 0;
  /// Special tokens that process() adds to one text, or to a pair.
  virtual int num_special_tokens(bool pair) const = 0;
};

/// The post-processor that `config` describes. Error(kUnsupported) for a type that is not in the registry, Error(kTokenizer) for bad
/// fields.
std::unique_ptr<const PostProcessor> make_post_processor(const JsonObject& config);

// One function a kind, each in its own file; the registry calls them.
std::unique_ptr<const PostProcessor> make_template_processing(const JsonObject& config);
std::unique_ptr<const PostProcessor> make_bert_processing(const JsonObject& config);
std::unique_ptr<const PostProcessor> make_roberta_processing(const JsonObject& config);
std::unique_ptr<const PostProcessor> make_byte_level_processing(const JsonObject& config);
std::unique_ptr<const PostProcessor> make_post_processor_sequence(const JsonObject& config);

}  // namespace crossrank
