// training_hardware: the machine that a model was trained on, as the model card says it.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace crossrank {

/// GPU Model, CPU Model, CPU Threads and RAM Size, in the reference's words where it has them. `gpus` were trained on: 0 says so. Reads the
/// kernel's tables below `root`; what they do not tell is left out.
std::vector<std::pair<std::string, std::string>> training_hardware(int gpus, const std::filesystem::path& root = "/");

}  // namespace crossrank
