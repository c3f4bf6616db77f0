// The program `crossrank`: finds the verb, runs it, and turns what goes wrong into one line and an exit code.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <new>

#include "base/nearest_name.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "crossrank/error.h"

namespace crossrank {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

struct Verb {
  const char* name;
  RunVerb (*add)(CLI::App& app);
};

constexpr Verb kVerbs[] = {{"rank", add_rank},         {"predict", add_predict}, {"tokenize", add_tokenize},
                           {"inspect", add_inspect},   {"pull", add_pull},       {"push", add_push},
                           {"evaluate", add_evaluate}, {"mine", add_mine},       {"split", add_split}};

constexpr const char* kExamples = R"(Examples:
  crossrank rank -q "how tall is K2?" passages.txt
  crossrank predict pairs.jsonl
  crossrank rank --help)";

int fail(int status, std::string message) {
  for (char& c : message) {
    if (c == '\n' || c == '\r') c = ' ';  // one line, whatever a file name or a field holds
  }
  fmt::print(stderr, "crossrank: {}\n", message);
  return status;
}

// Every name by which something may be called at this place: verbs, or the options of the verb that was found.
std::vector<std::string> known_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands({})) names.push_back(verb->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

Error unknown_argument(const CLI::App& app) {
  const CLI::App* innermost = &app;
  std::string command = "crossrank";
  while (!innermost->get_subcommands().empty()) {
    innermost = innermost->get_subcommands().front();
    command += " " + innermost->get_name();
  }
  const CLI::App& place = *innermost;
  const bool knows_verbs = !place.get_subcommands({}).empty();
  const std::vector<std::string> extras = app.remaining(true);
  const std::string argument = extras.empty() ? "" : extras.front();
  const bool is_option = argument.starts_with("-");
  if (!is_option && !knows_verbs) return Error(ErrorCode::kUsage, fmt::format("{}: one argument too many: {}", place.get_name(), argument));
  const std::vector<std::string> names = known_names(place);
  std::vector<std::string_view> candidates;
  for (const std::string& name : names) {
    if (name.starts_with("-") == is_option) candidates.emplace_back(name);
  }
  const char* kind = is_option ? "option" : &place == &app ? "verb" : "task";
  return Error(ErrorCode::kUsage,
               fmt::format("unknown {} {}; nearest: {}; {} --help lists all", kind, argument, nearest_name(argument, candidates), command));
}

void print(const std::string& text) {
  Output output("");
  output.write(text);
  output.finish();
}

void run(int argc, char** argv) {
  CLI::App app("Ranks text with cross-encoders, on ordinary CPUs.", "crossrank");
  app.set_version_flag("--version", "crossrank " CROSSRANK_VERSION);
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.get_formatter()->column_width(36);
  app.require_subcommand(0, 1);
  app.footer(kExamples);
  std::map<std::string, RunVerb> runs;
  for (const Verb& verb : kVerbs) runs[verb.name] = verb.add(*app.add_subcommand(verb.name)->group("Verbs"));

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& version) {
    return print(std::string(version.what()) + "\n");
  } catch (const CLI::Success&) {
    return print(app.help());
  } catch (const CLI::ExtrasError&) {
    throw unknown_argument(app);
  } catch (const CLI::ParseError& problem) {
    throw Error(ErrorCode::kUsage, problem.what());
  }
  const auto verbs = app.get_subcommands();
  if (verbs.empty()) return print(app.help());
  runs.at(verbs.front()->get_name())();
}

}  // namespace
}  // namespace crossrank

int main(int argc, char** argv) {
  // A reader that goes away ends the program quietly, as it does other programs, even where a parent had the signal ignored.
  std::signal(SIGPIPE, SIG_DFL);
  try {
    crossrank::run(argc, argv);
    return 0;
  } catch (const crossrank::Error& error) {
    return crossrank::fail(error.code() == crossrank::ErrorCode::kUsage ? crossrank::kWrongUsage : crossrank::kFailed, error.what());
  } catch (const std::bad_alloc&) {
    return crossrank::fail(crossrank::kFailed, "out of memory; a smaller --batch-tokens or --max-length needs less");
  } catch (const std::exception& error) {
    return crossrank::fail(crossrank::kFailed, error.what());
  }
}
