// TorchModel: a model's weights as libtorch parameters, its logits with or without a graph behind them, and its folder written back.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "arch/model_folder.h"
#include "text/packed_batch.h"

namespace crossrank {

/// Arithmetic of the matrix products; weights, sums, norms and softmax are f32 in all of them.
enum class TrainPrecision { kF32, kBf16, kF16 };

struct TorchModelOptions {
  int num_labels = 0;                    // of a new head; 0: the checkpoint's own, or 1 where it has none
  uint64_t seed = 12;                    // of a new head's weights
  Json config_kwargs = Json::object();   // fields that take the place of config.json's
  std::vector<std::string> freeze = {};  // parameters that get no gradient: names, or their beginnings up to a dot
  int max_length = 0;                    // tokens of a sequence, kept in what is saved, as the reference keeps it; 0: the model's own
  c10::Device device = c10::kCPU;
  TrainPrecision precision = TrainPrecision::kF32;
  bool gradient_checkpointing = false;  // layers are computed again on the way back, in exchange for memory
  bool plain = false;                   // libtorch's own operations alone, for tests: no kernels of cpu/
};

/// A parameter under its name in the checkpoint; one for each row of the TensorTable, in the reference's order of named_parameters().
struct TorchParameter {
  std::string name;
  TensorRole role;
  TensorPart part;
  at::Tensor value;  // f32, a leaf that requires a gradient unless it is frozen
};

/// Not for several threads.
class TorchModel {
 public:
  /// The folder's weights as f32. A plain encoder gets the head of its architecture's sequence classification with
  /// `options.num_labels` outputs, initialised as Transformers does. Error(kModel), also where no parameter has a name of `freeze`.
  static TorchModel open(const std::filesystem::path& folder, const TorchModelOptions& options);
  TorchModel(TorchModel&&) noexcept;
  TorchModel& operator=(TorchModel&&) noexcept;
  ~TorchModel();

  /// Logits [sequences, num_labels] in the batch's order, f32, on the model's device; with a graph where at::GradMode is enabled.
  /// With `train(true)` dropout is active, drawn from libtorch's default generator. The model must outlive the graph.
  at::Tensor outputs(const PackedBatch& batch) const;
  void train(bool on);

  const std::vector<TorchParameter>& parameters() const;
  const ModelFolder& description() const;  // numbers, names, settings; its weights are those of the folder, not the trained ones
  bool has_new_head() const;
  c10::Device device() const;

  /// Writes the model in Hugging Face's format into an existing, empty folder: model.safetensors (F32), config.json, tokenizer files, and
  /// for a cross-encoder config_sentence_transformers.json, such that Sentence Transformers and crossrank load it and give these scores.
  void save(const std::filesystem::path& folder) const;
  /// Takes the values of a folder that save() wrote. Error(kModel) when it is another model.
  void load_weights(const std::filesystem::path& folder);

 private:
  struct State;
  explicit TorchModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace crossrank
