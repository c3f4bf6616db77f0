// The program `crossrank-train`, which `crossrank train` runs: recipe and flags to a run of the trainer, and what a person sees of it.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "base/error.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/progress_bar.h"
#include "run/train_log.h"
#include "run/trainer_state.h"
#include "torch/libtorch_version.h"
#include "torch/processes.h"
#include "torch/torch_threads.h"
#include "train/launch.h"
#include "train/recipe.h"
#include "train/trainer.h"

// jemalloc's options: freed memory is kept, since the next step takes as much again, and pages that come anew are faulted in one by one.
extern "C" {
extern const char* malloc_conf __attribute__((visibility("default")));
const char* malloc_conf = "dirty_decay_ms:-1,muzzy_decay_ms:-1";
}

namespace crossrank {
namespace {

constexpr const char* kExamples = R"(Examples:
  crossrank train recipes/gooaq-bce.toml
  crossrank train my.toml --learning-rate 1e-5 --max-steps 100 --output-dir trial
  crossrank train my.toml --resume-from-checkpoint true
  crossrank train my.toml --nproc-per-node 2
  torchrun --nproc-per-node 8 --no-python crossrank-train recipes/gooaq-bce.toml
A recipe is a TOML file with the names of Transformers' TrainingArguments; docs/training.md explains each.
One JSON object a logged step goes to standard output, or a table where that is a terminal.)";

struct TrainArguments {
  std::string recipe;
  std::map<std::string, std::string> keys;  // of the recipe, as the command line sets them
  int nproc_per_node = 1;
  bool quiet = false;

  void add_to(Command command) {
    command.add_text("RECIPE", recipe, "the recipe, a TOML file").required().value_name("");
    add_flag(command, "--nproc-per-node", nproc_per_node,
             "processes on this machine that train together, each with its share of the threads");
    command.add_switch("--quiet", quiet, "nothing but errors and results");
    for (const RecipeKey& key : recipe_keys()) {
      std::string flag = "--" + key.name;
      for (char& c : flag) c = c == '_' ? '-' : c;
      const auto set = [this, name = key.name](const std::string& word) { keys[name] = word; };
      command.add(flag, set, std::string(key.help))
          .default_text(key.default_text)
          .value_name(std::string(key.value))
          .group("The recipe's keys");
    }
  }

  Recipe read() const {
    Recipe made = read_recipe(recipe);
    for (const auto& [key, word] : keys) set_recipe_key(made, key, word);
    made.check();
    return made;
  }
};

// The run as its lines go to standard output and the line that is drawn over to standard error.
class TrainView {
 public:
  TrainView(const Recipe& recipe, bool quiet)
      : quiet_(quiet), table_(recipe.metric_for_best_model ? evaluation_key(*recipe.metric_for_best_model) : ""), output_("") {}

  TrainEvents events() {
    return {.step = [this](const TrainProgress& progress) { show(progress); },
            .log = [this](const Json& record, bool is_best) { log(record, is_best); },
            .stage = [this](std::string_view what) { return begin(what); },
            .say = [this](const std::string& sentence) { say(sentence); }};
  }

 private:
  void show(const TrainProgress& progress) {
    bar_.reset();
    if (!draws_) return;
    fmt::print(stderr, "\r\x1b[K{}", progress_text(progress));
    std::fflush(stderr);
    drawn_ = true;
  }
  void clear() {
    bar_.reset();
    if (drawn_) fmt::print(stderr, "\r\x1b[K");
    drawn_ = false;
  }
  Progress begin(std::string_view what) {
    clear();
    stage_ = what;
    bar_ = std::make_unique<ProgressBar>(quiet_, "pairs", stage_);
    return bar_->part(0, 1);
  }
  void say(const std::string& sentence) {
    clear();
    if (!quiet_) fmt::print(stderr, "{}\n", sentence);
  }
  void log(const Json& record, bool is_best) {
    clear();
    if (!is_table_) {
      output_.write(log_line(record) + "\n");
    } else {
      if (!header_written_) output_.write(table_.header() + "\n");
      header_written_ = true;
      const std::string row = table_.row(record, is_best);
      if (!row.empty()) output_.write(row + "\n");
    }
    output_.flush();
  }

  bool quiet_;
  bool draws_ = !quiet_ && ::isatty(STDERR_FILENO) != 0, is_table_ = ::isatty(STDOUT_FILENO) != 0;
  bool drawn_ = false, header_written_ = false;
  std::string stage_;
  TrainTable table_;
  Output output_;
  std::unique_ptr<ProgressBar> bar_;
};

// Several processes: this one starts them and waits.
bool launched(const TrainArguments& arguments, int argc, char** argv, int& status) {
  if (arguments.nproc_per_node <= 1) return false;
  if (std::getenv(kLaunchedVariable) != nullptr) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // none goes on without the one that started it
    return false;
  }
  if (std::getenv("RANK") != nullptr) {
    throw Error(ErrorCode::kUsage, "--nproc-per-node starts processes, and RANK says that this is one already; give one of the two");
  }
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  status = launch_processes(self, {argv + 1, argv + argc}, arguments.nproc_per_node);
  return true;
}

int train_main(int argc, char** argv) {
  TrainArguments arguments;
  const CommandLine line("crossrank train", "Trains a cross-encoder from a recipe, on CUDA where there is a GPU and on the CPU where not.");
  line.command().footer(kExamples);
  line.command().column_width(44);
  arguments.add_to(line.command());
  if (!line.read(argc, argv)) return 0;
  const Recipe recipe = arguments.read();
  int status = 0;
  if (launched(arguments, argc, argv, status)) return status;

  ProcessEnvironment environment = process_environment();
  environment.timeout_s = static_cast<int>(recipe.ddp_timeout);
  use_torch_threads(environment.local_world_size);
  const auto processes = Processes::join(environment, cuda_is_available() && !recipe.use_cpu);
  TrainView view(recipe, arguments.quiet);
  train(recipe, *processes, view.events());
  return 0;
}

}  // namespace
}  // namespace crossrank

int main(int argc, char** argv) {
  int status = 0;
  const int failed = crossrank::run_program([&] { status = crossrank::train_main(argc, argv); });
  return failed != 0 ? failed : status;
}
