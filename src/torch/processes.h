// Processes: those that train one model together, over c10d: Gloo between CPUs, NCCL between GPUs.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

namespace crossrank {

/// Who this process is, in torchrun's words.
struct ProcessEnvironment {
  int rank = 0;              // RANK
  int world_size = 1;        // WORLD_SIZE
  int local_rank = 0;        // LOCAL_RANK: which of the machine's GPUs
  int local_world_size = 1;  // LOCAL_WORLD_SIZE: processes that share this machine
  std::string master_addr = "127.0.0.1";
  int master_port = 29500;
  int timeout_s = 1800;  // a process that says nothing for so long is lost
};

/// RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT as torchrun sets them; one process where RANK is absent.
/// Without LOCAL_WORLD_SIZE all processes are taken to share one machine. Error(kUsage) names the variable that makes no sense, or is
/// missing beside others.
ProcessEnvironment process_environment();

/// Calls are collective: every process makes them in the same order, or all of them wait. Error(kIo) when another process is lost.
class Processes {
 public:
  /// Meets the others. One process alone needs no network and no backend.
  static std::unique_ptr<Processes> join(const ProcessEnvironment& environment, bool cuda);
  virtual ~Processes() = default;

  int rank() const { return environment_.rank; }
  int size() const { return environment_.world_size; }
  int local_rank() const { return environment_.local_rank; }
  bool is_first() const { return rank() == 0; }

  /// Adds up all processes' tensors, in place.
  virtual void sum(at::Tensor& tensor) = 0;
  /// Gives the first process's values to all, in place.
  virtual void broadcast(at::Tensor& tensor) = 0;
  /// Returns when all have come here.
  virtual void barrier() = 0;

 protected:
  explicit Processes(ProcessEnvironment environment) : environment_(std::move(environment)) {}
  ProcessEnvironment environment_;
};

}  // namespace crossrank
