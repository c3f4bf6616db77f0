// modules.json: a Sentence Transformers model as a list of modules (Transformer, Pooling, Dense, LayerNorm, Normalize, Dropout).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "arch/spec.h"
#include "arch/tensor_table.h"

namespace crossrank {

/// What modules.json says.
struct Modules {
  std::string transformer_path;             // folder of the Transformer module inside the model's folder; "" is the model's own
  bool sequence_classification = false;     // the Transformer has the classification head of its architecture: then `head` is empty
  std::optional<int> max_length;            // of the Transformer module's settings
  bool lowercases = false;                  // do_lower_case of its settings
  HeadSpec head;                            // the modules after the Transformer
  TensorTable table;                        // their tensors; TensorRow::file is the module's folder
  bool gives_scores = false;                // some module writes "scores": a cross-encoder
  std::vector<std::string> weight_folders;  // module folders that hold a model.safetensors
};

/// A line of modules.json: "Transformer" and the folder it is in, which is inside the model's.
struct ModuleEntry {
  std::string type;
  std::string path;
  std::string where;  // "FILE: module N"
};
/// Error(kModel) for what is no list of modules, Error(kUnsupported) for a module that is code of the model's own.
std::vector<ModuleEntry> list_modules(const std::filesystem::path& folder);

/// Reads FOLDER/modules.json and the configuration of every module that it names. `hidden_size` of the encoder is not known yet:
/// widths are checked by check_widths. Error(kModel) for what contradicts itself, Error(kUnsupported) for a module that crossrank lacks.
Modules read_modules(const std::filesystem::path& folder);

/// Every step must take what the one before gives: Error(kModel) names the module that does not.
void check_widths(const Modules& modules, int hidden_size, const std::string& where);

}  // namespace crossrank
