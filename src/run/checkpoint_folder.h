// Checkpoints as folders, "checkpoint-N" in output_dir: they appear whole, the old ones go, and the last good one is found again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace crossrank {

struct Checkpoint {
  std::filesystem::path folder;
  int64_t step = 0;
};

/// A checkpoint while it is written, in a hidden folder beside its place. Until commit() nothing has its name; without it, and after an
/// error (a full disk), the hidden folder goes away.
class NewCheckpoint {
 public:
  /// Makes output_dir where it is absent; what a killed process left of the same checkpoint is removed. Error(kIo).
  NewCheckpoint(const std::filesystem::path& output_dir, int64_t step);
  NewCheckpoint(const NewCheckpoint&) = delete;
  NewCheckpoint& operator=(const NewCheckpoint&) = delete;
  ~NewCheckpoint();

  /// Where the files go.
  const std::filesystem::path& folder() const { return hidden_; }

  /// Writes the manifest (size and SHA-256 of each file), sees all of it onto the disk and gives it its name, in one step even where there
  /// was a checkpoint of this step. Call once, last.
  Checkpoint commit();

 private:
  std::filesystem::path hidden_, place_;
  int64_t step_;
};

/// All folders "checkpoint-N", by step, whole or not.
std::vector<Checkpoint> checkpoints_of(const std::filesystem::path& output_dir);

/// What is wrong with a checkpoint, in words: files that its manifest names are absent, shorter, or of other bytes. Nothing: it is whole.
std::optional<std::string> damage_of(const std::filesystem::path& checkpoint);

/// Removes the oldest checkpoints until `save_total_limit` are left (0: keeps all), never the newest and never those of `kept`: the best
/// one, as in the reference, and one that is being pushed. A checkpoint that is being removed loses its name first.
void rotate_checkpoints(const std::filesystem::path& output_dir, int64_t save_total_limit, std::span<const std::filesystem::path> kept);

/// Removes what a killed process left: hidden folders of checkpoints that were being written or removed.
void remove_unfinished_checkpoints(const std::filesystem::path& output_dir);

using Notice = std::function<void(const std::string& message)>;

/// The newest checkpoint that is whole; each one that is passed over gets a notice that says why.
std::optional<Checkpoint> last_good_checkpoint(const std::filesystem::path& output_dir, const Notice& notice = {});

/// What resume_from_checkpoint names: "" or "false" nothing, "true" the last good one of output_dir (Error(kInput) where there are
/// checkpoints and all are damaged; nothing, with a notice, where there is none), else a folder, which must be whole.
std::optional<Checkpoint> checkpoint_to_resume(const std::filesystem::path& output_dir, const std::string& resume_from_checkpoint,
                                               const Notice& notice = {});

}  // namespace crossrank
