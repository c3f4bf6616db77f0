// What the tests of this room share: models of tests/goldens, packed batches of their cases.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/json.h"
#include "base/test_folder.h"
#include "text/packed_batch.h"
#include "torch/torch_model.h"

namespace crossrank::torch_tests {

namespace fs = std::filesystem;

inline const fs::path kModels = "tests/goldens/models";

inline Json read_json(const fs::path& file) { return Json::parse(std::ifstream(file)); }

/// libtorch's own operations, or the functions over our kernels.
enum class Operations { kPlain, kKernels };

inline TorchModel open_with(const fs::path& folder, Operations operations, bool recompute = false) {
  TorchModelOptions options;
  options.plain = operations == Operations::kPlain;
  options.gradient_checkpointing = recompute;
  return TorchModel::open(folder, options);
}

inline TorchModel open_plain(const fs::path& folder) { return open_with(folder, Operations::kPlain); }

/// The first `count` cases of a golden whose ids are written out, packed together.
inline PackedBatch batch_of_cases(const std::string& model, size_t count) {
  const Json record = read_json(kModels / model / "cases.json");
  std::vector<Encoding> encodings;
  for (const Json& one : record.at("cases")) {
    if (!one.contains("ids") || encodings.size() == count) continue;
    Encoding& encoding = encodings.emplace_back();
    encoding.ids = one.at("ids").get<std::vector<int32_t>>();
    encoding.type_ids = one.value("type_ids", std::vector<int32_t>(encoding.ids.size(), 0));
  }
  return pack(encodings, 1 << 20).front();
}

}  // namespace crossrank::torch_tests
