// The twelve losses, each made of its parameters, and the names of those.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "train/loss.h"
#include "train/losses/loss_parameters.h"

namespace crossrank {

/// A loss as recipes know it.
struct LossEntry {
  std::string_view name;         // "ListNetLoss"
  std::string_view recipe_name;  // "list_net"
  std::span<const std::string_view> parameters;
  std::unique_ptr<Loss> (*make)(const LossParameters& parameters);
};

/// LossEntry::make of a class.
template <class Kind>
std::unique_ptr<Loss> make_loss_of(const LossParameters& parameters) {
  return std::make_unique<Kind>(parameters);
}

extern const LossEntry kAdrMse;
extern const LossEntry kBinaryCrossEntropy;
extern const LossEntry kCachedMultipleNegativesRanking;
extern const LossEntry kCrossEntropy;
extern const LossEntry kLambda;
extern const LossEntry kListMle;
extern const LossEntry kListNet;
extern const LossEntry kMarginMse;
extern const LossEntry kMse;
extern const LossEntry kMultipleNegativesRanking;
extern const LossEntry kPListMle;
extern const LossEntry kRankNet;

}  // namespace crossrank
