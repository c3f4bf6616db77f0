#include "cli/bundled_model.h"

#include <filesystem>

#include "base/error.h"

namespace crossrank {

std::string bundled_model_folder() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path installed = (program.parent_path().parent_path() / "share/crossrank/models" / kBundledModel);
  const fs::path source = fs::path(CROSSRANK_SOURCE_MODELS) / kBundledModel;
  for (const fs::path& folder : {installed, source}) {
    if (fs::exists(folder / "config.json", ignored)) return folder.string();
  }
  throw error(ErrorCode::kModel, "the bundled model is neither in {} nor in {}; name a model folder with --model", installed.string(),
              source.string());
}

}  // namespace crossrank
