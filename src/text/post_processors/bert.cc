// BertProcessing: [CLS] A [SEP] B [SEP], B of type 1.
#include "text/post_processors/marked_token.h"
#include "text/post_processors/post_processor.h"

namespace crossrank {
namespace {

class BertProcessing final : public PostProcessor {
 public:
  BertProcessing(int32_t cls, int32_t sep) : cls_(cls), sep_(sep) {}
  void process(std::vector<Segment>& segments) const override {
    for (size_t i = 0; i < segments.size(); ++i) {
      if (i == 0) push_front(segments[i], cls_, 0);
      push_back(segments[i], sep_, i == 0 ? 0 : 1);
    }
  }
  int num_special_tokens(bool pair) const override { return pair ? 3 : 2; }

 private:
  int32_t cls_;
  int32_t sep_;
};

}  // namespace

std::unique_ptr<const PostProcessor> make_bert_processing(const JsonObject& config) {
  return std::make_unique<BertProcessing>(marked_token_id(config, "cls"), marked_token_id(config, "sep"));
}

}  // namespace crossrank
