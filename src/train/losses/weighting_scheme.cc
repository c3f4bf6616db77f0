#include "train/losses/weighting_scheme.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "base/error.h"

namespace crossrank {
namespace {

// In the order of WeightingScheme::Kind.
constexpr std::string_view kSchemes[] = {"NoWeightingScheme", "NDCGLoss1Scheme", "NDCGLoss2Scheme", "LambdaRankScheme",
                                         "NDCGLoss2PPScheme"};
constexpr std::string_view kSchemeParameters[] = {"name"};
constexpr std::string_view kSchemeParametersWithMu[] = {"name", "mu"};

// "NDCGLoss2PPScheme" or "NDCGLoss2PP".
size_t scheme_of(const LossParameters& parameters, const Json& name) {
  if (!name.is_string()) parameters.refuse("weighting_scheme", fmt::format("expected a name, found {}", name.dump()));
  const auto word = name.get<std::string>();
  for (size_t i = 0; i < std::size(kSchemes); ++i) {
    if (word == kSchemes[i] || word + "Scheme" == kSchemes[i]) return i;
  }
  parameters.refuse_word("weighting_scheme", word, kSchemes);
}

// |a_i - a_j| of each two columns: [rows, width, width].
at::Tensor differences(const at::Tensor& values) { return (values.unsqueeze(2) - values.unsqueeze(1)).abs(); }

// By how far apart two documents stand.
at::Tensor ndcg_loss2(const at::Tensor& gain, const at::Tensor& discount) {
  const int64_t width = gain.size(1);
  if (width == 1) return gain.unsqueeze(2) * 0;  // no two documents
  const at::Tensor positions = at::arange(width, gain.options().dtype(at::kLong));
  const at::Tensor apart = (positions.unsqueeze(1) - positions.unsqueeze(0)).abs();  // [width, width]
  const at::Tensor inverse = discount.reciprocal().reshape({-1});
  const at::Tensor at_distance = (inverse.slice(0, 0, width - 1) - inverse.slice(0, 1, width)).abs();
  const at::Tensor deltas = at_distance.index_select(0, (apart - 1).clamp_min(0).reshape({-1})).reshape({width, width});
  return deltas.masked_fill(apart == 0, 0).unsqueeze(0) * differences(gain);
}

// By what would change if two documents changed places.
at::Tensor lambda_rank(const at::Tensor& gain, const at::Tensor& discount) {
  return differences(discount.reciprocal()) * differences(gain);
}

}  // namespace

WeightingScheme::WeightingScheme(const LossParameters& parameters) : kind_(Kind::kNdcgLoss2PP) {
  const Json* value = parameters.find("weighting_scheme");
  if (value == nullptr) return;
  if (LossParameters::is_none(*value)) {
    kind_ = Kind::kNone;
  } else if (!value->is_object()) {
    kind_ = static_cast<Kind>(scheme_of(parameters, *value));
  } else {
    const auto name = value->find("name");
    if (name == value->end()) parameters.refuse("weighting_scheme", "the table has no name");
    kind_ = static_cast<Kind>(scheme_of(parameters, *name));
    std::span<const std::string_view> known = kSchemeParameters;
    if (kind_ == Kind::kNdcgLoss2PP) known = kSchemeParametersWithMu;
    mu_ = parameters.inner("weighting_scheme", *value, known).number("mu", kMu);
  }
}

std::string_view WeightingScheme::name() const { return kSchemes[static_cast<size_t>(kind_)]; }

at::Tensor WeightingScheme::weights(const at::Tensor& gain, const at::Tensor& discount) const {
  switch (kind_) {
    case Kind::kNone:
      break;
    case Kind::kNdcgLoss1:
      return (gain / discount).unsqueeze(2);
    case Kind::kNdcgLoss2:
      return ndcg_loss2(gain, discount);
    case Kind::kLambdaRank:
      return lambda_rank(gain, discount);
    case Kind::kNdcgLoss2PP:
      return ndcg_loss2(gain, discount) * mu_ + lambda_rank(gain, discount);
  }
  return {};
}

}  // namespace crossrank
