// hub_push: the trained model to the Hub, at the end of a run and where the recipe says so after each checkpoint.
#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <utility>

#include "run/checkpoint_folder.h"
#include "train/recipe.h"

namespace crossrank {

using Say = std::function<void(const std::string& sentence)>;

/// Error(kUsage, kHub) where the recipe asks for a push that can never come to anything: a repository's id that is none, no token, offline.
/// Nothing is asked of the Hub.
void check_push(const Recipe& recipe);

/// Pushes output_dir as it is, without checkpoints. Error(kHub, kIo); the folder is as it was, and `crossrank push` can have another try.
void push_trained(const Recipe& recipe, const Say& say);

/// With hub_strategy every_save: pushes the models of checkpoints, without what only a run that goes on needs, while the training goes on;
/// one at a time. What goes wrong is said, and the training goes on.
class CheckpointPushes {
 public:
  CheckpointPushes(const Recipe& recipe, Say say) : recipe_(recipe), say_(std::move(say)) {}
  CheckpointPushes(const CheckpointPushes&) = delete;
  CheckpointPushes& operator=(const CheckpointPushes&) = delete;
  /// Waits for the one that is on its way: what it reads must stay.
  ~CheckpointPushes() = default;

  /// Begins to push. Where another one is still on its way, waits for that with hub_always_push, and else leaves this one out and says so.
  void begin(const Checkpoint& checkpoint);
  /// Says what has come of one that has ended since: true, its folder need stay no longer. Cheap.
  bool report();
  /// The same, after waiting for one that is on its way.
  bool wait();
  /// The checkpoint that is being read, which must stay.
  std::optional<std::filesystem::path> folder() const;

 private:
  const Recipe& recipe_;
  Say say_;
  std::filesystem::path folder_;
  std::future<std::string> ending_;  // a sentence; none: nothing is on its way
};

}  // namespace crossrank
