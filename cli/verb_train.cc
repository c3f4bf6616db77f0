// crossrank train: hands over to crossrank-train, the program beside this one, which alone links libtorch.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "cli/verbs.h"

namespace crossrank {
namespace {

constexpr const char* kTrainer = "crossrank-train";

[[noreturn]] void hand_over(const std::vector<std::string>& arguments) {
  std::error_code problem;
  const std::filesystem::path trainer = std::filesystem::read_symlink("/proc/self/exe", problem).parent_path() / kTrainer;
  if (problem || !std::filesystem::exists(trainer)) {
    throw error(ErrorCode::kUnsupported,
                "train: {} is not there: this crossrank was built without its trainer; install libtorch by "
                "`tools/install_packages train`, then build again",
                trainer.string());
  }
  std::vector<std::string> words{trainer.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(trainer.c_str(), pointers.data());
  throw error(ErrorCode::kIo, "{}: cannot be started: {}", trainer.string(), std::strerror(errno));
}

}  // namespace

RunVerb add_train(Command command) {
  command.description("Trains a cross-encoder from a recipe, on CUDA where there is a GPU and on the CPU where not.");
  // Flags, help and errors are the trainer's own.
  command.pass_on();
  return [command] { hand_over(command.remaining()); };
}

}  // namespace crossrank
