#include "torch/processes.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "torch/process_group.h"

namespace crossrank {
namespace {

std::optional<int> number_of(const char* name, int low) {
  const char* text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  int number = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, problem] = std::from_chars(text, end, number);
  if (problem != std::errc() || stop != end || number < low) {
    throw error(ErrorCode::kUsage, "{}={}: no whole number from {} on; torchrun sets it", name, text, low);
  }
  return number;
}

int required(const char* name, int low) {
  if (const auto number = number_of(name, low)) return *number;
  throw error(ErrorCode::kUsage, "RANK is set and {} is not; torchrun sets both, or use --nproc-per-node", name);
}

class OneProcess : public Processes {
 public:
  explicit OneProcess(const ProcessEnvironment& environment) : Processes(environment) {}
  void sum(at::Tensor&) override {}
  void broadcast(at::Tensor&) override {}
  void barrier() override {}
};

}  // namespace

ProcessEnvironment process_environment() {
  ProcessEnvironment environment;
  const auto rank = number_of("RANK", 0);
  if (!rank) return environment;
  environment.rank = *rank;
  environment.world_size = required("WORLD_SIZE", 1);
  environment.local_rank = number_of("LOCAL_RANK", 0).value_or(0);
  environment.local_world_size = number_of("LOCAL_WORLD_SIZE", 1).value_or(environment.world_size);
  environment.master_port = required("MASTER_PORT", 1);
  const char* address = std::getenv("MASTER_ADDR");
  if (address == nullptr || *address == '\0') throw Error(ErrorCode::kUsage, "RANK is set and MASTER_ADDR is not; torchrun sets both");
  environment.master_addr = address;
  if (environment.rank >= environment.world_size) {
    throw error(ErrorCode::kUsage, "RANK={}: of {} processes (WORLD_SIZE) the last is {}", environment.rank, environment.world_size,
                environment.world_size - 1);
  }
  return environment;
}

std::unique_ptr<Processes> Processes::join(const ProcessEnvironment& environment, bool cuda) {
  if (environment.world_size == 1) return std::make_unique<OneProcess>(environment);
  return join_process_group(environment, cuda);
}

}  // namespace crossrank
