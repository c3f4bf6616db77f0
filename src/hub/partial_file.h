// PartialFile: a download under way, which outlives the process: what came is not asked for again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace crossrank {

/// Parts of equal size of one file, each filled from its start; several threads may fill several parts. A file of one part is its own
/// record of how much came (as huggingface_hub's "ETAG.incomplete" was); of more, "NAME.parts" beside it says how much of each.
class PartialFile {
 public:
  /// Opens what an earlier process left, or begins. Error(kIo) when it cannot; a record that does not fit is thrown away with its file.
  PartialFile(const std::filesystem::path& path, int64_t size, int64_t part_bytes);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  int parts() const { return static_cast<int>(done_.size()); }
  int64_t begin(int part) const { return part * part_bytes_; }
  int64_t end(int part) const;
  /// Bytes of the part that are there.
  int64_t done(int part) const { return done_[static_cast<size_t>(part)]; }
  int64_t done() const;

  /// The part's next bytes, no more than are missing. Error(kIo): a full disk, which names what to do.
  void append(int part, std::string_view bytes);
  /// Forgets the part's bytes.
  void restart(int part);
  /// Forgets all and goes on as one part, for a server that sends nothing but whole files.
  void restart_as_one_part();

  /// Puts the file in its place. Call once, when all is there.
  void move_to(const std::filesystem::path& place);
  /// Removes the file and its record.
  void remove();

 private:
  void open();
  bool read_record();
  void write_record(int part);

  std::filesystem::path path_, record_path_;
  int64_t size_ = 0, part_bytes_ = 0;
  int descriptor_ = -1, record_ = -1;
  std::vector<int64_t> done_;
};

}  // namespace crossrank
