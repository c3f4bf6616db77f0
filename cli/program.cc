#include "cli/program.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#include "base/nearest_name.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "crossrank/error.h"

namespace crossrank {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

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
  std::string command = app.get_name();
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

}  // namespace

bool parse_arguments(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::CallForVersion& version) {
    print(std::string(version.what()) + "\n");
  } catch (const CLI::Success&) {
    print(app.help());
  } catch (const CLI::ExtrasError&) {
    throw unknown_argument(app);
  } catch (const CLI::ParseError& problem) {
    throw Error(ErrorCode::kUsage, problem.what());
  }
  return false;
}

int run_program(const std::function<void()>& work) {
  // A reader that goes away ends the program quietly, as it does other programs, even where a parent had the signal ignored.
  std::signal(SIGPIPE, SIG_DFL);
  try {
    work();
    return 0;
  } catch (const Error& error) {
    return fail(error.code() == ErrorCode::kUsage ? kWrongUsage : kFailed, error.what());
  } catch (const std::bad_alloc&) {
    return fail(kFailed, "out of memory; a smaller --batch-tokens or --max-length needs less");
  } catch (const std::exception& error) {
    return fail(kFailed, error.what());
  }
}

}  // namespace crossrank
