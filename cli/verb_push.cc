// crossrank push: a folder to the Hub.
#include <memory>

#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/progress_bar.h"
#include "cli/verbs.h"
#include "hub/hub.h"

namespace crossrank {
namespace {

constexpr const char* kExamples = R"(Examples:
  crossrank push models/crossrank-minilm-l6-v1 org/name
  crossrank push --private --message "Trained on GooAQ" output/final org/name
  crossrank push --dataset --revision v2 mined org/name)";

struct PushArguments {
  std::string folder;
  HubRepo repo;
  PushOptions options;
  bool dataset = false;
  bool quiet = false;
};

void run(PushArguments arguments) {
  arguments.repo.type = arguments.dataset ? RepoType::kDataset : RepoType::kModel;
  HubSettings settings = hub_settings_from_environment();
  settings.notice = print_notice;
  std::string url;
  {
    ProgressBar bar(arguments.quiet, "B");
    url = push_folder(settings, arguments.repo, arguments.folder, arguments.options, bar.part(0, 1));
  }
  print(url + "\n");
}

}  // namespace

RunVerb add_push(Command command) {
  auto arguments = std::make_shared<PushArguments>();
  command.description(
      "Uploads a folder to the Hub as one commit, makes the repository and the branch where they are missing, and prints the "
      "commit's address. Files that the Hub has as they are stay; files that are there alone stay, too. Needs HF_TOKEN.");
  command.footer(kExamples);
  command.add_text("FOLDER", arguments->folder, "what to upload, all but .git and .cache").required().value_name("");
  command.add_text("NAME", arguments->repo.id, "id of the repository: org/name").required().value_name("");
  command.add_switch("--dataset", arguments->dataset, "a data set; without it a model");
  command.add_text("--revision", arguments->repo.revision, "branch to commit to").value_name("NAME");
  command
      .add_text("--message", arguments->options.commit_message, "first line of the commit's message")

      .value_name("TEXT");
  command.add_switch("--private", arguments->options.private_repo, "a repository that is made is private");
  command.add_switch("--quiet", arguments->quiet, "no progress bar");
  return [arguments] { run(*arguments); };
}

}  // namespace crossrank
