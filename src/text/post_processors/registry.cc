#include "text/component.h"
#include "text/post_processors/post_processor.h"

namespace crossrank {

std::unique_ptr<const PostProcessor> make_post_processor(const JsonObject& config) {
  static constexpr Maker<std::unique_ptr<const PostProcessor>> kMakers[] = {
      {"TemplateProcessing", make_template_processing}, {"BertProcessing", make_bert_processing},
      {"RobertaProcessing", make_roberta_processing},   {"ByteLevel", make_byte_level_processing},
      {"Sequence", make_post_processor_sequence},
  };
  return make_component<std::unique_ptr<const PostProcessor>>(config, kMakers, "a post-processor");
}

}  // namespace crossrank
