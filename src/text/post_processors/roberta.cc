// RobertaProcessing: <s> A </s> </s> B </s>, all of type 0.
#include <algorithm>

#include "text/post_processors/marked_token.h"
#include "text/post_processors/post_processor.h"

namespace crossrank {
namespace {

class RobertaProcessing final : public PostProcessor {
 public:
  RobertaProcessing(int32_t cls, int32_t sep) : cls_(cls), sep_(sep) {}
  void process(std::vector<Segment>& segments) const override {
    for (size_t i = 0; i < segments.size(); ++i) {
      std::fill(segments[i].type_ids.begin(), segments[i].type_ids.end(), 0);
      push_front(segments[i], i == 0 ? cls_ : sep_, 0);
      push_back(segments[i], sep_, 0);
    }
  }
  int num_special_tokens(bool pair) const override { return pair ? 4 : 2; }

 private:
  int32_t cls_;
  int32_t sep_;
};

}  // namespace

std::unique_ptr<const PostProcessor> make_roberta_processing(const JsonObject& config) {
  config.boolean("trim_offsets");  // both concern offsets; the reference demands them
  config.boolean("add_prefix_space");
  return std::make_unique<RobertaProcessing>(marked_token_id(config, "cls"), marked_token_id(config, "sep"));
}

}  // namespace crossrank
