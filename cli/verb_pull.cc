// crossrank pull: a model or data set of the Hub into the cache.
#include <fnmatch.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "base/nearest_name.h"
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "cli/verbs.h"
#include "hub/hub.h"

namespace crossrank {
namespace {

constexpr const char* kExamples = R"(Examples:
  crossrank pull tomaarsen/reranker-ModernBERT-large-gooaq-bce
  crossrank pull --dataset sentence-transformers/gooaq
  crossrank pull --revision v1.0 --include '*.json' org/name
  crossrank pull --exclude 'onnx/*' --include '*' org/name)";

struct PullArguments {
  HubRepo repo;
  bool dataset = false;
  bool quiet = false;
  std::vector<std::string> include, exclude;
};

// A pattern as huggingface_hub reads it: "*" crosses slashes, "folder/" is all that is in it.
bool matches(const std::string& pattern, const std::string& path) {
  return ::fnmatch((pattern.ends_with('/') ? pattern + "*" : pattern).c_str(), path.c_str(), FNM_NOESCAPE) == 0;
}

bool matches_any(const std::vector<std::string>& patterns, const std::string& path) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) { return matches(pattern, path); });
}

bool is_wanted(const PullArguments& arguments, std::string_view path) {
  const std::string name(path);
  if (matches_any(arguments.exclude, name)) return false;
  if (!arguments.include.empty()) return matches_any(arguments.include, name);
  return arguments.dataset || is_model_file(path);
}

// A pattern without a match is a misspelt one: said before anything is fetched.
void check_patterns(const HubSettings& settings, const PullArguments& arguments) {
  if (arguments.include.empty()) return;
  const std::vector<std::string> files = list_repo_files(settings, arguments.repo);
  const std::vector<std::string_view> names(files.begin(), files.end());
  for (const std::string& pattern : arguments.include) {
    if (std::any_of(files.begin(), files.end(), [&](const std::string& file) { return matches(pattern, file); })) continue;
    throw error(ErrorCode::kHub, "{} at {}: none of its {} files is \"{}\"; nearest: {}", arguments.repo.id, arguments.repo.revision,
                files.size(), pattern, nearest_name(pattern, names));
  }
}

void run(PullArguments arguments) {
  arguments.repo.type = arguments.dataset ? RepoType::kDataset : RepoType::kModel;
  HubSettings settings = hub_settings_from_environment();
  settings.notice = print_notice;
  check_patterns(settings, arguments);
  std::filesystem::path folder;
  {
    ProgressBar bar(arguments.quiet, "B");
    folder = fetch_snapshot(
        settings, arguments.repo, [&](std::string_view path) { return is_wanted(arguments, path); }, bar.part(0, 1));
  }
  print(folder.string() + "\n");
}

}  // namespace

RunVerb add_pull(Command command) {
  auto arguments = std::make_shared<PullArguments>();
  command.description(
      "Fetches a model or a data set of the Hub into the cache that Python's huggingface_hub shares, and prints its folder.");
  command.footer(kExamples);
  command.add_text("NAME", arguments->repo.id, "id of the repository: org/name").required().value_name("");
  command.add_switch("--dataset", arguments->dataset, "a data set, all its files; without it a model, the files that loading it needs");
  command.add_text("--revision", arguments->repo.revision, "branch, tag or commit").value_name("NAME");
  command.add_texts("--include", arguments->include, "files to fetch: a pattern as *.json or data/*; may be given often").value_name("GLOB")

      ;
  command.add_texts("--exclude", arguments->exclude, "files to leave out; may be given often").value_name("GLOB");
  command.add_switch("--quiet", arguments->quiet, "no progress bar");
  return [arguments] { run(*arguments); };
}

}  // namespace crossrank
