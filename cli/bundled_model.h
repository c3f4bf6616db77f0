// The reranker that comes with crossrank: where it lies.
#pragma once

#include <string>
#include <string_view>

namespace crossrank {

inline constexpr std::string_view kBundledModel = "crossrank-minilm-l6-v1";

/// The folder of the bundled model: beside an installed program (../share/crossrank/models), else in the source tree that the
/// program was built from. Error(kModel) names both places when it is in neither.
std::string bundled_model_folder();

}  // namespace crossrank
