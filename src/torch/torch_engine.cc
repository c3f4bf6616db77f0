#include "torch/torch_engine.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <span>
#include <string>

#include "torch/libtorch_version.h"

namespace crossrank {
namespace {

class TorchEngine : public Engine {
 public:
  explicit TorchEngine(const TorchModel& model) : model_(&model) {}

  void outputs(const PackedBatch& batch, std::span<float> out) override {
    const at::NoGradGuard no_graph;
    const at::Tensor rows = model_->outputs(batch).cpu().contiguous();
    const auto* values = rows.data_ptr<float>();
    std::copy(values, values + rows.numel(), out.begin());
  }

  int num_outputs() const override { return model_->description().head.num_outputs; }
  int threads() const override { return at::get_num_threads(); }
  std::string precision() const override { return "fp32"; }
  std::string instruction_set() const override { return "libtorch " + libtorch_version(); }

 private:
  const TorchModel* model_;
};

}  // namespace

std::unique_ptr<Engine> make_torch_engine(const TorchModel& model) { return std::make_unique<TorchEngine>(model); }

}  // namespace crossrank
