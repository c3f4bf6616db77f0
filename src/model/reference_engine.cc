// The reference engine: forward() over ReferenceOps.
#include <algorithm>

#include "model/engine.h"
#include "model/forward.h"
#include "model/reference_ops.h"

namespace crossrank {
namespace {

static_assert(EncoderOps<ReferenceOps>);

class ReferenceEngine final : public Engine {
 public:
  explicit ReferenceEngine(std::shared_ptr<const ModelFolder> model) : model_(std::move(model)), weights_(make_weights(ops_, *model_)) {}

  void outputs(const PackedBatch& batch, std::span<float> out) override {
    const Matrix rows = forward(ops_, model_->encoder, model_->head, weights_, batch);
    std::copy(rows.values.begin(), rows.values.end(), out.begin());
  }

  int num_outputs() const override { return model_->head.num_outputs; }
  int threads() const override { return 1; }
  std::string precision() const override { return "fp32"; }
  std::string instruction_set() const override { return "reference"; }

 private:
  std::shared_ptr<const ModelFolder> model_;
  ReferenceOps ops_;
  ModelWeights<ReferenceOps> weights_;
};

}  // namespace

std::unique_ptr<Engine> make_reference_engine(std::shared_ptr<const ModelFolder> model) {
  return std::make_unique<ReferenceEngine>(std::move(model));
}

}  // namespace crossrank
