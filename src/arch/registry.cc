#include "arch/registry.h"

#include <array>

#include "arch/architectures.h"

namespace crossrank {
namespace {

constexpr std::array<const Architecture*, 9> kArchitectures = {&kBert,       &kCamembert, &kDebertaV2, &kDistilBert, &kElectra,
                                                               &kModernBert, &kMpnet,     &kRoberta,   &kXlmRoberta};

}  // namespace

const Architecture* find_architecture(std::string_view model_type) {
  for (const Architecture* architecture : kArchitectures) {
    if (architecture->model_type == model_type) return architecture;
  }
  return nullptr;
}

std::string known_architectures() {
  std::string names;
  for (const Architecture* architecture : kArchitectures) {
    if (!names.empty()) names += ", ";
    names += architecture->model_type;
  }
  return names;
}

}  // namespace crossrank
