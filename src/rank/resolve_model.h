// resolve_model: the folder that a model's name means.
#pragma once

#include <filesystem>
#include <string>

#include "crossrank/options.h"

namespace crossrank {

/// A folder where there is one of that name, else the Hub's repository "org/name" at options.revision, whose files that a model needs are
/// fetched into the cache (hub/hub.h). Error(kModel) for what is neither, Error(kHub) for what the Hub lacks or refuses.
std::filesystem::path resolve_model(const std::string& name, const LoadOptions& options);

}  // namespace crossrank
