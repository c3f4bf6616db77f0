// WeightingScheme: how much a pair of documents counts in LambdaLoss (Wang et al. 2018).
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "train/losses/loss_parameters.h"

namespace crossrank {

class WeightingScheme {
 public:
  /// The parameter weighting_scheme: a name, a table with `name` (and `mu` for NDCGLoss2PPScheme), or none.
  explicit WeightingScheme(const LossParameters& parameters);

  /// All pairs count the same: RankNetLoss.
  static WeightingScheme none() { return WeightingScheme(Kind::kNone); }

  /// "NDCGLoss2PPScheme".
  std::string_view name() const;
  /// The mu that was given, or nothing where it is the reference's.
  std::optional<double> mu() const { return mu_ == kMu ? std::nullopt : std::optional(mu_); }
  bool is_none() const { return kind_ == Kind::kNone; }
  /// It counts every pair of documents, not only those where the first is the better one.
  bool counts_all_pairs() const { return kind_ == Kind::kNdcgLoss1; }

  /// gain [rows, width] and discount [1, width], both in the order of the scores, to what [rows, width, width] can be multiplied by. Not
  /// for a scheme that is none.
  at::Tensor weights(const at::Tensor& gain, const at::Tensor& discount) const;

 private:
  enum class Kind { kNone, kNdcgLoss1, kNdcgLoss2, kLambdaRank, kNdcgLoss2PP };
  static constexpr double kMu = 10.0;

  explicit WeightingScheme(Kind kind) : kind_(kind) {}

  Kind kind_;
  double mu_ = kMu;
};

}  // namespace crossrank
