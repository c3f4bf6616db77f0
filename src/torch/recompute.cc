#include "torch/recompute.h"

#include <ATen/Context.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <mutex>

#include "torch/autocast.h"

namespace crossrank {
namespace {

// Calls visit(tensor) on every tensor that there is, always in the same order.
template <typename Weights, typename Visit>
void visit_tensors(Weights& weights, Visit&& visit) {
  const auto both = [&](auto& optional) {
    if (!optional) return;
    visit(optional->weight);
    if (optional->bias.defined()) visit(optional->bias);
  };
  both(weights.attention_norm);
  both(weights.qkv);
  both(weights.q);
  both(weights.kv);
  if (weights.relative.embeddings) visit(*weights.relative.embeddings);
  if (weights.relative.bias) visit(*weights.relative.bias);
  both(weights.relative.to_keys);
  both(weights.relative.to_queries);
  both(weights.attention_out);
  both(weights.mlp_norm);
  both(weights.mlp_in);
  both(weights.mlp_out);
}

at::Tensor generator_state(c10::Device device) {
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

// While it lives the device's generator draws what it drew from `state` on; then it goes on from where it was.
class ReplayedRandomness {
 public:
  ReplayedRandomness(c10::Device device, const at::Tensor& state) : device_(device), before_(generator_state(device)) { set(state); }
  ReplayedRandomness(const ReplayedRandomness&) = delete;
  ReplayedRandomness& operator=(const ReplayedRandomness&) = delete;
  ~ReplayedRandomness() { set(before_); }

 private:
  void set(const at::Tensor& state) const {
    at::Generator generator = at::globalContext().defaultGenerator(device_);
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(state);
  }

  c10::Device device_;
  at::Tensor before_;
};

// A layer's call, but for its tensors; c10's own pointer, which an autograd context can hold.
struct LayerCall : torch::CustomClassHolder {
  LayerCall(const TorchOps& layer_ops, const LayerWeights<TorchOps>& layer_weights, TorchOps::LayerFunction layer_function)
      : ops(layer_ops), weights(layer_weights), function(std::move(layer_function)) {
    visit_tensors(weights, [](at::Tensor& tensor) { tensor = tensor.detach(); });  // places, to be filled in
  }

  // inputs: x, then the weights.
  at::Tensor run(at::TensorList inputs) const {
    LayerWeights<TorchOps> filled = weights;
    size_t next = 1;
    visit_tensors(filled, [&](at::Tensor& tensor) { tensor = inputs[next++]; });
    const AutocastScope autocast(ops.run().device, ops.run().precision);
    return function(ops, filled, ops.batch(), inputs[0]);
  }

  TorchOps ops;
  LayerWeights<TorchOps> weights;
  TorchOps::LayerFunction function;
  at::Tensor random_state;
};

struct RecomputedLayer : torch::autograd::Function<RecomputedLayer> {
  using Context = torch::autograd::AutogradContext;

  static at::Tensor forward(Context* context, const c10::intrusive_ptr<LayerCall>& call, at::TensorList inputs) {
    call->random_state = generator_state(call->ops.run().device);
    context->saved_data["call"] = c10::IValue::make_capsule(call);
    context->save_for_backward(inputs.vec());
    return call->run(inputs);
  }

  static torch::autograd::variable_list backward(Context* context, torch::autograd::variable_list gradients) {
    const auto call = c10::static_intrusive_pointer_cast<LayerCall>(context->saved_data["call"].toCapsule());
    std::vector<at::Tensor> inputs, wanted;
    for (const at::Tensor& saved : context->get_saved_variables()) {
      inputs.push_back(saved.detach().requires_grad_(saved.requires_grad()));
      if (saved.requires_grad()) wanted.push_back(inputs.back());
    }
    at::Tensor output;
    {
      const c10::AutoGradMode with_graph(true);
      const ReplayedRandomness replayed(call->ops.run().device, call->random_state);
      output = call->run(inputs);
    }
    const auto found = torch::autograd::grad({output}, wanted, gradients, false, false, true);
    torch::autograd::variable_list all(1);  // the call has none
    size_t next = 0;
    for (const at::Tensor& input : inputs) all.push_back(input.requires_grad() ? found[next++] : at::Tensor());
    return all;
  }
};

}  // namespace

at::Tensor recompute_layer(const TorchOps& ops, const LayerWeights<TorchOps>& weights, const at::Tensor& x,
                           TorchOps::LayerFunction function) {
  std::vector<at::Tensor> inputs = {x};
  visit_tensors(weights, [&](const at::Tensor& tensor) { inputs.push_back(tensor); });
  const auto call = c10::make_intrusive<LayerCall>(ops, weights, std::move(function));
  return RecomputedLayer::apply(call, at::TensorList(inputs));
}

}  // namespace crossrank
