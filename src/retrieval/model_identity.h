// What embedders of both kinds share: which model this is, and how wide its vectors are.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace crossrank {

/// A digest of the configurations, the tokenizer and the weights in a model's folder and the folders of its modules. Reads them whole.
std::string model_digest(const std::filesystem::path& folder);

/// The dimensions that are left: those asked for, else the model's own setting, but never more than there are, as in the reference.
/// 0 is "not set". Error(kUsage) for a negative number.
int kept_dimensions(int asked, int of_model, int width);

/// Error(kUsage) where the caller's output is not as large as the vectors.
void check_room(size_t texts, int dimensions, size_t out);

}  // namespace crossrank
