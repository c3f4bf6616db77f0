// Sequence: post-processors one after another.
#include "text/component.h"
#include "text/post_processors/post_processor.h"

namespace crossrank {
namespace {

class PostProcessorSequence final : public PostProcessor {
 public:
  explicit PostProcessorSequence(std::vector<std::unique_ptr<const PostProcessor>> steps) : steps_(std::move(steps)) {}
  void process(std::vector<Segment>& segments) const override {
    for (const auto& step : steps_) step->process(segments);
  }
  int num_special_tokens(bool pair) const override {
    int count = 0;
    for (const auto& step : steps_) count += step->num_special_tokens(pair);
    return count;
  }

 private:
  std::vector<std::unique_ptr<const PostProcessor>> steps_;
};

}  // namespace

std::unique_ptr<const PostProcessor> make_post_processor_sequence(const JsonObject& config) {
  std::vector<std::unique_ptr<const PostProcessor>> steps;
  for (const JsonObject& step : sequence_items(config, "processors")) steps.push_back(make_post_processor(step));
  return std::make_unique<PostProcessorSequence>(std::move(steps));
}

}  // namespace crossrank
