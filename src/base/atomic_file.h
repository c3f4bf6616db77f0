// AtomicFile: a file that appears whole or not at all; written beside its place, synced, renamed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace crossrank {

/// Writes all of `bytes` to a file descriptor; Error(kIo) with `name` where the system refuses (a full disk, a closed pipe).
void write_all(int descriptor, std::string_view bytes, const std::string& name);

/// Until commit() the file at `path` is what it was before. While it is written the new file has no name where the file system
/// allows that (O_TMPFILE), so that nothing is left behind however the process ends; elsewhere it is "PATH.XXXXXX.tmp".
/// A path that is there and no regular file (a terminal, /dev/null, a pipe) is written to directly. A link keeps being one: what
/// it points to is replaced. An existing file's permissions stay.
class AtomicFile {
 public:
  /// Error(kIo) that names the path where it cannot be written.
  explicit AtomicFile(const std::filesystem::path& path);

  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  /// Without a commit() the new contents are dropped.
  ~AtomicFile();

  void write(std::string_view bytes);

  /// Puts the contents in their place; call once, last.
  void commit();

 private:
  void open_beside();
  void give_name();

  std::filesystem::path path_;       // links resolved
  std::filesystem::path temporary_;  // the name of the new file; empty while it has none
  int descriptor_ = -1;
  bool direct_ = false;
};

/// An AtomicFile of these bytes, committed.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace crossrank
