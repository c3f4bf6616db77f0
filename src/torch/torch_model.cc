#include "torch/torch_model.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include "arch/model_writer.h"
#include "base/error.h"
#include "base/nearest_name.h"
#include "model/forward.h"
#include "torch/autocast.h"
#include "torch/new_head.h"
#include "torch/torch_ops.h"

namespace crossrank {
namespace {

std::span<float> elements(const at::Tensor& tensor) { return {tensor.data_ptr<float>(), static_cast<size_t>(tensor.numel())}; }

at::Tensor read(const TensorView& view) {
  const at::Tensor values = at::empty(view.shape, at::TensorOptions(at::kFloat));
  view.read(0, elements(values));
  return values;
}

// "bert.embeddings" is all parameters below it; "bert.embed" is none.
bool is_of(const std::string& parameter, const std::string& name) {
  return parameter == name || (parameter.starts_with(name) && parameter[name.size()] == '.');
}

void freeze(const std::vector<std::string>& names, const std::vector<TorchParameter>& parameters, const std::filesystem::path& folder) {
  for (const std::string& name : names) {
    bool found = false;
    for (const TorchParameter& parameter : parameters) {
      if (!is_of(parameter.name, name)) continue;
      found = true;
      at::Tensor value = parameter.value;
      value.requires_grad_(false);
    }
    if (found) continue;
    std::vector<std::string_view> known;
    for (const TorchParameter& parameter : parameters) known.push_back(parameter.name);
    throw error(ErrorCode::kModel, "{}: freeze: no parameter is named \"{}\" or begins so; nearest: {}", folder.string(), name,
                nearest_name(name, known));
  }
}

}  // namespace

struct TorchModel::State {
  ModelFolder folder;
  TorchRun run;
  int max_length = 0;
  std::vector<TorchParameter> parameters;
  std::shared_ptr<const ParameterOfTensor> by_tensor;
};

TorchModel TorchModel::open(const std::filesystem::path& folder, const TorchModelOptions& options) {
  auto state = std::make_unique<State>();
  state->folder = ModelFolder::open_for_training(folder, options.num_labels, options.config_kwargs);
  if (options.max_length > 0) {
    if (state->folder.encoder.learned_positions && options.max_length > state->folder.encoder.max_positions) {
      throw error(ErrorCode::kModel, "{}: max_length {} is more than the {} positions that the model has learned", folder.string(),
                  options.max_length, state->folder.encoder.max_positions);
    }
    state->folder.max_length = options.max_length;
  }
  state->max_length = options.max_length;
  state->run = {
      .device = options.device, .precision = options.precision, .plain = options.plain, .recompute = options.gradient_checkpointing};

  at::Generator generator = make_generator(options.seed);
  auto by_tensor = std::make_shared<ParameterOfTensor>();
  for (const ModelTensor& tensor : state->folder.tensors()) {
    const at::Tensor values = tensor.is_new ? new_weights(tensor, state->folder, generator) : read(*tensor.view);
    const at::Tensor parameter = values.to(options.device).requires_grad_(true);
    state->parameters.push_back({tensor.saved_name, tensor.row->role, tensor.row->part, parameter});
    by_tensor->emplace(tensor.view, parameter);
  }
  freeze(options.freeze, state->parameters, folder);
  state->by_tensor = std::move(by_tensor);
  return TorchModel(std::move(state));
}

TorchModel::TorchModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
TorchModel::TorchModel(TorchModel&&) noexcept = default;
TorchModel& TorchModel::operator=(TorchModel&&) noexcept = default;
TorchModel::~TorchModel() = default;

at::Tensor TorchModel::outputs(const PackedBatch& batch) const {
  const ModelFolder& model = state_->folder;
  const TorchOps ops(state_->run, state_->by_tensor, std::make_shared<const BatchTensors>(batch, state_->run.device));
  const AutocastScope autocast(state_->run.device, state_->run.precision);
  // Put together anew each time: the graph through it is used up on the way back.
  const ModelWeights<TorchOps> weights = make_weights(ops, model);
  return forward(ops, model.encoder, model.head, weights, batch).to(at::kFloat);
}

void TorchModel::train(bool on) { state_->run.train = on; }
const std::vector<TorchParameter>& TorchModel::parameters() const { return state_->parameters; }
const ModelFolder& TorchModel::description() const { return state_->folder; }
bool TorchModel::has_new_head() const { return state_->folder.has_new_head(); }
c10::Device TorchModel::device() const { return state_->run.device; }

void TorchModel::save(const std::filesystem::path& folder) const {
  std::vector<at::Tensor> kept;  // on the CPU while they are written
  ModelToWrite what = {.model = state_->folder, .values = {}, .max_length = state_->max_length};
  for (const TorchParameter& parameter : state_->parameters) {
    kept.push_back(parameter.value.detach().to(at::kCPU).contiguous());
    what.values.push_back(elements(kept.back()));
  }
  write_model_folder(what, folder);
}

void TorchModel::load_weights(const std::filesystem::path& folder) {
  const std::filesystem::path encoder = state_->folder.encoder_folder.lexically_relative(state_->folder.folder);
  std::map<std::string, Safetensors> files;
  const std::vector<ModelTensor> tensors = state_->folder.tensors();
  for (size_t i = 0; i < tensors.size(); ++i) {
    const TensorRow& row = *tensors[i].row;
    auto file = files.find(row.file);
    if (file == files.end())
      file = files.emplace(row.file, open_safetensors(folder / (row.file.empty() ? encoder : std::filesystem::path(row.file)))).first;
    const auto found = file->second.tensors().find(tensors[i].saved_name);
    if (found == file->second.tensors().end() || found->second.shape != row.shape || !is_floating(found->second.dtype)) {
      throw error(ErrorCode::kModel, "{}: tensor {} of the model in training is not there, or has another shape: weights of another model?",
                  folder.string(), tensors[i].saved_name);
    }
    const c10::NoGradGuard without_graph;
    at::Tensor value = state_->parameters[i].value;
    value.copy_(read(found->second));
  }
}

}  // namespace crossrank
