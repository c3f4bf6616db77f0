#include "rank/resolve_model.h"

#include "base/error.h"
#include "hub/hub.h"

namespace crossrank {

std::filesystem::path resolve_model(const std::string& name, const LoadOptions& options) {
  std::error_code problem;
  if (std::filesystem::is_directory(name, problem)) return name;
  if (std::filesystem::exists(name, problem))
    throw error(ErrorCode::kModel, "{}: a file; a model is a folder with config.json in it", name);
  if (!is_repo_id(name))
    throw error(ErrorCode::kModel, "{}: no such model folder, and no id of a Hub repository, which is \"org/name\"", name);

  HubSettings settings = hub_settings_from_environment();
  settings.notice = options.notice;
  try {
    return fetch_snapshot(settings, {name, RepoType::kModel, options.revision}, is_model_file, options.download_progress);
  } catch (const Error& failure) {
    if (failure.code() != ErrorCode::kHub) throw;
    throw error(ErrorCode::kHub, "{}: no such model folder here, and from the Hub: {}", name, failure.what());
  }
}

}  // namespace crossrank
