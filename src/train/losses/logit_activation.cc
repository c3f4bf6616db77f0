#include "train/losses/logit_activation.h"

#include <ATen/ops/elu.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/tanh.h>

#include <cctype>
#include <vector>

#include "base/error.h"

namespace crossrank {

struct LogitActivation::Entry {
  std::string_view name;
  at::Tensor (*apply)(const at::Tensor&);
};

namespace {

constexpr LogitActivation::Entry kActivations[] = {
    {"Identity", [](const at::Tensor& x) { return x; }},
    {"Sigmoid", [](const at::Tensor& x) { return at::sigmoid(x); }},
    {"Tanh", [](const at::Tensor& x) { return at::tanh(x); }},
    {"ReLU", [](const at::Tensor& x) { return at::relu(x); }},
    {"LeakyReLU", [](const at::Tensor& x) { return at::leaky_relu(x); }},
    {"ELU", [](const at::Tensor& x) { return at::elu(x); }},
    {"GELU", [](const at::Tensor& x) { return at::gelu(x); }},
    {"SiLU", [](const at::Tensor& x) { return at::silu(x); }},
    {"Softplus", [](const at::Tensor& x) { return at::softplus(x); }},
    {"LogSigmoid", [](const at::Tensor& x) { return at::log_sigmoid(x); }},
};

// The class's own name in lower case: "torch.nn.LogSigmoid" and "log_sigmoid" are "logsigmoid".
std::string plain(std::string_view name) {
  std::string letters;
  for (const char c : name.substr(name.rfind('.') + 1)) {
    if (c != '_') letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return letters;
}

const LogitActivation::Entry* find(std::string_view name) {
  for (const auto& entry : kActivations) {
    if (plain(entry.name) == plain(name)) return &entry;
  }
  return nullptr;
}

}  // namespace

LogitActivation::LogitActivation(const LossParameters& parameters, std::string_view fallback, std::string_view none)
    : entry_(find(fallback)) {
  const Json* value = parameters.find("activation_fn");
  if (value != nullptr && LossParameters::is_none(*value)) {
    entry_ = find("Identity");
    full_name_ = none;
    return;
  }
  if (value != nullptr) {
    if (!value->is_string()) parameters.refuse("activation_fn", fmt::format("expected a class of torch.nn, found {}", value->dump()));
    const auto name = value->get<std::string>();
    entry_ = find(name);
    std::vector<std::string_view> names;
    for (const auto& entry : kActivations) names.push_back(entry.name);
    if (entry_ == nullptr) parameters.refuse_word("activation_fn", name, names);
  }
  full_name_ = fmt::format("torch.nn.modules.{}.{}", entry_->name == "Identity" ? "linear" : "activation", entry_->name);
}

at::Tensor LogitActivation::apply(const at::Tensor& logits) const { return entry_->apply(logits); }

}  // namespace crossrank
