// ByteLevel: trims offsets, which ids do not have.
#include "text/post_processors/post_processor.h"

namespace crossrank {
namespace {

class ByteLevelProcessing final : public PostProcessor {
 public:
  void process(std::vector<Segment>&) const override {}
  int num_special_tokens(bool) const override { return 0; }
};

}  // namespace

std::unique_ptr<const PostProcessor> make_byte_level_processing(const JsonObject& config) {
  config.boolean("add_prefix_space");  // the reference demands both
  config.boolean("trim_offsets");
  return std::make_unique<ByteLevelProcessing>();
}

}  // namespace crossrank
