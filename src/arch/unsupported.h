// Models that crossrank does not have: what each is and why not yet, for the error that refuses it.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace crossrank {

/// "a T5 encoder and decoder: ..." of a model_type that is known to be none of ours; empty of one that is not known at all.
std::string_view why_unsupported(std::string_view model_type);

/// Error(kUnsupported) where config.json's `architectures` names a model of late interaction (ColBERT): its encoder is one of ours, but it
/// has a vector a token and no score of a pair.
void refuse_late_interaction(const JsonObject& config);

/// Error(kUnsupported) for a model_type that no architecture has.
[[noreturn]] void refuse_architecture(const JsonObject& config, std::string_view model_type);

}  // namespace crossrank
