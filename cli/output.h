// Output: where results go, standard output or a file that appears whole; and how values are written as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/atomic_file.h"

namespace crossrank {

/// Buffered. Error(kIo) when the system refuses to write (a full disk).
class Output {
 public:
  /// "" is standard output.
  explicit Output(const std::string& path);

  void write(std::string_view text);
  /// Gives to the system what waits, so that the next program in a pipe sees it.
  void flush();
  /// Ends the output: without it a file does not appear.
  void finish();

 private:
  std::optional<AtomicFile> file_;
  std::string buffer_;
};

/// The whole output of a verb that has one text to say.
void print(std::string_view text);

/// The shortest text that reads back as the same float; null for what JSON cannot write (NaN, infinities).
void append_json(std::string& out, float value);
/// A quoted string; bytes that are not UTF-8 become U+FFFD.
void append_json(std::string& out, std::string_view text);

/// Appends "[a,b,c]".
template <typename Values>
void append_json_list(std::string& out, const Values& values) {
  out += '[';
  for (const auto& value : values) {
    if (out.back() != '[') out += ',';
    append_json(out, value);
  }
  out += ']';
}

}  // namespace crossrank
