// A place on the command line: the program, a verb of it or a task of a verb, with its flags and its help.
// CLI11 is behind these two handles, and command.cc alone includes it: its templates cost twenty seconds in each file that sees them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace crossrank {

/// A flag, or an argument by its position. Lives as long as its CommandLine.
class Flag {
 public:
  explicit Flag(CLI::Option& option) : option_(&option) {}

  /// What help calls the word after it: TEXT, N, FILE; "" where there is nothing to say.
  const Flag& value_name(const std::string& name) const;
  /// What help shows as the value without the flag.
  const Flag& default_text(const std::string& text) const;
  /// The heading under which help lists it.
  const Flag& group(const std::string& heading) const;
  /// Without it, nothing runs.
  const Flag& required() const;
  /// Whether the user gave it; false before the arguments were read.
  bool given() const;

 private:
  CLI::Option* option_;
};

/// Lives as long as its CommandLine, and so must what its flags write to.
class Command {
 public:
  explicit Command(CLI::App& app) : app_(&app) {}

  /// The first sentence stands in the list of the place above it, all of it in its own help.
  void description(const std::string& text) const;
  /// What help ends with.
  void footer(const std::string& text) const;
  /// How wide help's column of names is.
  void column_width(int characters) const;

  /// A place below this one, in help under `heading`; `kind`, as VERB, is what usage calls the word.
  Command add_command(const std::string& name, const std::string& heading, const std::string& kind) const;
  /// Of the places below, the name of the one that the user named; "" where none was.
  std::string chosen() const;

  /// A flag with a word after it ("-k,--top-k"), or an argument by its position ("FILE"); `take` is called with the word.
  Flag add(const std::string& names, const std::function<void(const std::string& word)>& take, const std::string& help) const;
  /// The word itself.
  Flag add_text(const std::string& names, std::string& value, const std::string& help) const;
  /// May be given often, a word each.
  Flag add_texts(const std::string& names, std::vector<std::string>& values, const std::string& help) const;
  /// Without a word; "--name=false" unsets it.
  Flag add_switch(const std::string& names, bool& value, const std::string& help) const;
  /// A flag that was added.
  Flag flag(const std::string& name) const;

  /// Whatever follows, --help too, is not read here: remaining() has it.
  void pass_on() const;
  std::vector<std::string> remaining() const;

  /// All help of this place.
  std::string help() const;

 private:
  CLI::App* app_;
};

/// A program's arguments.
class CommandLine {
 public:
  CommandLine(const std::string& name, const std::string& description);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  Command command() const;
  /// --version prints `text`.
  void version(const std::string& text) const;

  /// Reads the arguments; false when help or the version was asked for, which is printed. Error(kUsage) names the nearest verb or option to
  /// one that is unknown.
  bool read(int argc, char** argv) const;

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace crossrank
