#include "train/hardware.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "base/cpu_budget.h"

namespace crossrank {
namespace {

namespace fs = std::filesystem;

// What stands behind "NAME:" in the first such line.
std::optional<std::string> field_of(const fs::path& file, std::string_view name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const size_t end = line.find_last_not_of(" \t", colon - 1);  // the whole line where the colon comes first
    const size_t value = line.find_first_not_of(" \t", colon + 1);
    if (std::string_view(line).substr(0, end + 1) == name && value != std::string::npos) return line.substr(value);
  }
  return std::nullopt;
}

// The driver has a folder for each GPU that this machine, or this container, sees; those of one run are of one kind.
std::optional<std::string> gpu_model(const fs::path& root) {
  std::error_code problem;
  for (const auto& gpu : fs::directory_iterator(root / "proc/driver/nvidia/gpus", problem)) {
    if (auto model = field_of(gpu.path() / "information", "Model")) return model;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> training_hardware(int gpus, const fs::path& root) {
  std::vector<std::pair<std::string, std::string>> all;
  if (gpus == 0) {
    all.emplace_back("GPU Model", "No GPU used");
  } else if (const auto model = gpu_model(root)) {
    all.emplace_back("GPU Model", fmt::format("{} x {}", gpus, *model));
  }
  if (const auto model = field_of(root / "proc/cpuinfo", "model name")) all.emplace_back("CPU Model", *model);
  all.emplace_back("CPU Threads", std::to_string(available_cpus(root)));
  if (const auto memory = field_of(root / "proc/meminfo", "MemTotal")) {
    all.emplace_back("RAM Size", fmt::format("{:.2f} GB", std::strtod(memory->c_str(), nullptr) / (1 << 20)));  // of kB
  }
  return all;
}

}  // namespace crossrank
