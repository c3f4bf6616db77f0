// The program `crossrank`: finds the verb and runs it.
#include <map>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/verbs.h"

namespace crossrank {
namespace {

struct Verb {
  const char* name;
  RunVerb (*add)(Command command);
};

constexpr Verb kVerbs[] = {{"rank", add_rank},   {"predict", add_predict}, {"tokenize", add_tokenize}, {"inspect", add_inspect},
                           {"pull", add_pull},   {"push", add_push},       {"evaluate", add_evaluate}, {"mine", add_mine},
                           {"split", add_split}, {"train", add_train},     {"bench", add_bench}};

constexpr const char* kExamples = R"(Examples:
  crossrank rank -q "how tall is K2?" passages.txt
  crossrank predict pairs.jsonl
  crossrank rank --help)";

void run(int argc, char** argv) {
  const CommandLine line("crossrank", "Ranks text with cross-encoders, on ordinary CPUs.");
  line.version("crossrank " CROSSRANK_VERSION);
  const Command program = line.command();
  program.footer(kExamples);
  std::map<std::string, RunVerb> runs;
  for (const Verb& verb : kVerbs) runs[verb.name] = verb.add(program.add_command(verb.name, "Verbs", "VERB"));

  if (!line.read(argc, argv)) return;
  const std::string chosen = program.chosen();
  if (chosen.empty()) return print(program.help());
  runs.at(chosen)();
}

}  // namespace
}  // namespace crossrank

int main(int argc, char** argv) {
  return crossrank::run_program([&] { crossrank::run(argc, argv); });
}
