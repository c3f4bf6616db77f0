// The program `crossrank`: finds the verb and runs it.
#include <map>

#include "cli/flags.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"

namespace crossrank {
namespace {

struct Verb {
  const char* name;
  RunVerb (*add)(CLI::App& app);
};

constexpr Verb kVerbs[] = {{"rank", add_rank},   {"predict", add_predict}, {"tokenize", add_tokenize}, {"inspect", add_inspect},
                           {"pull", add_pull},   {"push", add_push},       {"evaluate", add_evaluate}, {"mine", add_mine},
                           {"split", add_split}, {"train", add_train},     {"bench", add_bench}};

constexpr const char* kExamples = R"(Examples:
  crossrank rank -q "how tall is K2?" passages.txt
  crossrank predict pairs.jsonl
  crossrank rank --help)";

void run(int argc, char** argv) {
  CLI::App app("Ranks text with cross-encoders, on ordinary CPUs.", "crossrank");
  app.set_version_flag("--version", "crossrank " CROSSRANK_VERSION);
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.get_formatter()->column_width(36);
  app.require_subcommand(0, 1);
  app.footer(kExamples);
  std::map<std::string, RunVerb> runs;
  for (const Verb& verb : kVerbs) runs[verb.name] = verb.add(*app.add_subcommand(verb.name)->group("Verbs"));

  if (!parse_arguments(app, argc, argv)) return;
  const auto verbs = app.get_subcommands();
  if (verbs.empty()) return print(app.help());
  runs.at(verbs.front()->get_name())();
}

}  // namespace
}  // namespace crossrank

int main(int argc, char** argv) {
  return crossrank::run_program([&] { crossrank::run(argc, argv); });
}
