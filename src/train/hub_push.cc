#include "train/hub_push.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>

#include "base/error.h"
#include "hub/hub.h"

namespace crossrank {
namespace {

// Of a checkpoint: moments, random states, the sums over its files.
constexpr std::array<std::string_view, 3> kForGoingOn = {"optimizer.safetensors", "run_state.json", "crossrank_manifest.json"};

HubRepo target(const Recipe& recipe) {
  const std::filesystem::path folder = std::filesystem::path(recipe.output_dir + "/").parent_path();  // "out/" is named as "out"
  return {.id = recipe.hub_model_id.value_or(folder.filename().string()), .revision = recipe.hub_revision.value_or("main")};
}

PushOptions options(const Recipe& recipe, const std::string& message) {
  PushOptions options;
  options.commit_message = message;
  options.private_repo = recipe.hub_private_repo.value_or(false);
  return options;
}

// What came of it, as a sentence.
std::string push_checkpoint(const Recipe& recipe, const Checkpoint& checkpoint) {
  PushOptions model_alone = options(recipe, fmt::format("Training in progress, step {}", checkpoint.step));
  model_alone.leave_out = [](std::string_view path) {
    return std::find(kForGoingOn.begin(), kForGoingOn.end(), path) != kForGoingOn.end();
  };
  try {
    return "Pushed to " + push_folder(hub_settings_from_environment(), target(recipe), checkpoint.folder, model_alone);
  } catch (const std::exception& problem) {
    return fmt::format("{} was not pushed: {}; the training goes on.", checkpoint.folder.filename().string(), problem.what());
  }
}

}  // namespace

void check_push(const Recipe& recipe) {
  if (!recipe.push_to_hub) return;
  const HubRepo repo = target(recipe);
  if (!is_repo_id(repo.id)) {
    throw error(ErrorCode::kUsage, "{}: \"{}\" is no id of a repository of the Hub; give hub_model_id = \"org/name\"",
                recipe.place_of(recipe.hub_model_id ? "hub_model_id" : "push_to_hub"), repo.id);
  }
  const HubSettings settings = hub_settings_from_environment();
  const std::string place = recipe.place_of("push_to_hub");
  if (settings.offline) throw error(ErrorCode::kHub, "{}: offline (HF_HUB_OFFLINE): nothing can be pushed", place);
  if (settings.token.empty()) {
    throw error(ErrorCode::kHub, "{}: pushing to {} needs a token: set HF_TOKEN to one with the right to write, from {}/settings/tokens",
                place, repo.id, settings.endpoint);
  }
}

void push_trained(const Recipe& recipe, const Say& say) {
  PushOptions all_but_checkpoints = options(recipe, "Train with crossrank");
  all_but_checkpoints.leave_out = [](std::string_view path) { return path.starts_with("checkpoint-") || path.starts_with("."); };
  say("Pushed to " + push_folder(hub_settings_from_environment(), target(recipe), recipe.output_dir, all_but_checkpoints));
}

void CheckpointPushes::begin(const Checkpoint& checkpoint) {
  if (!recipe_.push_to_hub || recipe_.hub_strategy != "every_save") return;
  report();
  if (recipe_.hub_always_push) wait();
  if (ending_.valid()) {
    return say_(
        fmt::format("{} is not pushed: {} is still on its way.", checkpoint.folder.filename().string(), folder_.filename().string()));
  }
  folder_ = checkpoint.folder;
  ending_ = std::async(std::launch::async, push_checkpoint, recipe_, checkpoint);
}

bool CheckpointPushes::report() { return !folder() && wait(); }

bool CheckpointPushes::wait() {
  if (!ending_.valid()) return false;
  say_(ending_.get());
  return true;
}

std::optional<std::filesystem::path> CheckpointPushes::folder() const {
  if (!ending_.valid() || ending_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) return std::nullopt;
  return folder_;
}

}  // namespace crossrank
