#include "text/component.h"
#include "text/models/model.h"

namespace crossrank {

std::unique_ptr<Model> make_model(const JsonObject& config) {
  static constexpr Maker<std::unique_ptr<Model>> kMakers[] = {{"BPE", make_bpe}, {"WordPiece", make_wordpiece}};
  return make_component<std::unique_ptr<Model>>(config, kMakers, "a model");
}

}  // namespace crossrank
