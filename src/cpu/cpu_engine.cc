#include "cpu/cpu_engine.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/cpu_budget.h"
#include "base/thread_team.h"
#include "cpu/cpu_ops.h"
#include "cpu/int8_product.h"
#include "cpu/isa.h"
#include "cpu/openmp.h"
#include "cpu/schedule.h"
#include "cpu/token_products.h"
#include "model/forward.h"

namespace crossrank {
namespace {

class CpuEngine final : public Engine {
 public:
  CpuEngine(std::shared_ptr<const ModelFolder> model, const CpuOptions& options)
      : model_(std::move(model)),
        options_(options),
        team_(options.threads > 0 ? options.threads : available_cpus(), [](int) { use_one_openmp_thread(); }),
        workers_(static_cast<size_t>(team_.size())),
        lanes_(static_cast<size_t>(team_.size())) {
    const Int8Layout layout = options.precision == ProductPrecision::kF32 ? Int8Layout::kPairs : int8_layout();
    const auto set_up = [&](CpuLane& lane, std::span<CpuWorker> workers) {
      lane.workers = workers;
      lane.precision = options.precision;
      lane.int8_layout = layout;
    };
    for (size_t i = 0; i < lanes_.size(); ++i) set_up(lanes_[i], {&workers_[i], 1});
    set_up(wide_lane_, workers_);
    wide_lane_.team = &team_;
    wide_lane_.weights_are_mapped = true;
    weights_ = make_weights(CpuOps(wide_lane_, positions_), *model_);
  }

  void outputs(const PackedBatch& batch, std::span<float> out) override {
    positions_.prepare(model_->encoder, batch.max_seqlen);
    const Schedule schedule = make_schedule(model_->encoder, batch, team_.size(), options_.group_tokens);
    const auto shared = make_token_products(CpuOps(wide_lane_, positions_), model_->encoder, weights_, batch);
    for (const auto& sequences : schedule.alone) run(wide_lane_, select_sequences(batch, sequences), shared, out);
    if (schedule.groups.empty()) return;
    std::atomic<size_t> next = 0;
    team_.run([&](int worker) {
      CpuLane& lane = lanes_[static_cast<size_t>(worker)];
      for (size_t group; (group = next.fetch_add(1)) < schedule.groups.size();) {
        run(lane, select_sequences(batch, schedule.groups[group]), shared, out);
      }
    });
  }

  int num_outputs() const override { return model_->head.num_outputs; }
  int threads() const override { return team_.size(); }
  std::string precision() const override {
    switch (options_.precision) {
      case ProductPrecision::kF32:
        return "fp32";
      case ProductPrecision::kBf16:
        return "bf16";
      case ProductPrecision::kInt8:
        return "int8";
    }
    return "";
  }
  std::string instruction_set() const override { return instruction_set_in_use(); }

 private:
  // Outputs of `part` go to its sequences' rows of `out`.
  void run(CpuLane& lane, const PackedBatch& part, const std::optional<TokenProducts>& shared, std::span<float> out) const {
    const CpuOps ops(lane, positions_);
    std::optional<CpuTensor> first_qkv;
    if (shared) first_qkv = shared->rows(ops, part);
    const CpuTensor rows = forward(ops, model_->encoder, model_->head, weights_, part, std::move(first_qkv));
    const auto width = static_cast<size_t>(rows.columns());
    for (int i = 0; i < rows.rows(); ++i) {
      const auto place = static_cast<size_t>(part.order[static_cast<size_t>(i)]);
      std::copy_n(rows.view().row(i), width, out.begin() + static_cast<std::ptrdiff_t>(place * width));
    }
  }

  std::shared_ptr<const ModelFolder> model_;
  CpuOptions options_;
  ThreadTeam team_;
  std::vector<CpuWorker> workers_;
  std::vector<CpuLane> lanes_;  // one a worker
  CpuLane wide_lane_;           // all workers
  PositionTables positions_;
  ModelWeights<CpuOps> weights_;
};

}  // namespace

std::unique_ptr<Engine> make_cpu_engine(std::shared_ptr<const ModelFolder> model, const CpuOptions& options) {
  return std::make_unique<CpuEngine>(std::move(model), options);
}

}  // namespace crossrank
