#include "torch/process_group.h"

#include "base/error.h"
#include "torch/own_address.h"

#if defined(CROSSRANK_GLOO) || defined(CROSSRANK_NCCL)
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif
#ifdef CROSSRANK_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#ifdef CROSSRANK_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <chrono>
#include <exception>
#include <utility>
#include <vector>

namespace crossrank {
namespace {

#if defined(CROSSRANK_GLOO) || defined(CROSSRANK_NCCL)

// c10d's own words begin with a place in its sources and end with a stack: the first line says what happened.
std::string first_line(const std::exception& problem) {
  const std::string text = problem.what();
  return text.substr(0, text.find('\n'));
}

template <typename Group>
class GroupedProcesses : public Processes {
 public:
  GroupedProcesses(const ProcessEnvironment& environment, c10::intrusive_ptr<Group> group)
      : Processes(environment), group_(std::move(group)) {}

  void sum(at::Tensor& tensor) override {
    together([&] {
      std::vector<at::Tensor> tensors{tensor};
      return group_->allreduce(tensors);
    });
  }
  void broadcast(at::Tensor& tensor) override {
    together([&] {
      std::vector<at::Tensor> tensors{tensor};
      return group_->broadcast(tensors);
    });
  }
  void barrier() override {
    together([&] { return group_->barrier(); });
  }

 private:
  template <typename Start>
  void together(const Start& start) {
    try {
      start()->wait();
    } catch (const std::exception& problem) {
      throw error(ErrorCode::kIo,
                  "process {} of {}: another process was lost ({}); start all again with resume_from_checkpoint = true, and the "
                  "training goes on from the last checkpoint",
                  rank(), size(), first_line(problem));
    }
  }

  c10::intrusive_ptr<Group> group_;
};

c10::intrusive_ptr<c10d::Store> meet(const ProcessEnvironment& environment) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(environment.master_port);
  options.isServer = environment.rank == 0;
  options.numWorkers = static_cast<std::size_t>(environment.world_size);
  options.timeout = std::chrono::seconds(environment.timeout_s);
  return c10::make_intrusive<c10d::TCPStore>(environment.master_addr, options);
}

#endif

#ifdef CROSSRANK_GLOO
std::unique_ptr<Processes> join_gloo(const ProcessEnvironment& environment) {
  using Gloo = c10d::ProcessGroupGloo;
  const auto store = meet(environment);
  const auto options = Gloo::Options::create(std::chrono::seconds(environment.timeout_s));
  const bool on_other_machines = environment.local_world_size < environment.world_size;
  // The address by which this machine reaches the first process is the one by which the others reach it.
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  options->devices.push_back(interface != nullptr ? Gloo::createDeviceForInterface(interface)
                                                  : Gloo::createDeviceForHostname(
                                                        own_address(environment.master_addr, environment.master_port, on_other_machines)));
  options->threads = 2;
  return std::make_unique<GroupedProcesses<Gloo>>(environment,
                                                  c10::make_intrusive<Gloo>(store, environment.rank, environment.world_size, options));
}
#endif

}  // namespace

std::unique_ptr<Processes> join_process_group(const ProcessEnvironment& environment, bool cuda) {
  try {
    if (cuda) {
#ifdef CROSSRANK_NCCL
      const auto options = c10d::ProcessGroupNCCL::Options::create();
      options->timeout = std::chrono::seconds(environment.timeout_s);
      return std::make_unique<GroupedProcesses<c10d::ProcessGroupNCCL>>(
          environment, c10::make_intrusive<c10d::ProcessGroupNCCL>(meet(environment), environment.rank, environment.world_size, options));
#else
      throw Error(ErrorCode::kUnsupported, "several processes on CUDA need NCCL's headers, which this build lacked; see docs/training.md");
#endif
    }
#ifdef CROSSRANK_GLOO
    return join_gloo(environment);
#else
    throw Error(
        ErrorCode::kUnsupported,
        "several processes need Gloo's headers, which this libtorch comes without; build with Debian's libtorch-dev and libgloo-dev");
#endif
  } catch (const Error&) {
    throw;
  } catch (const std::exception& problem) {
    throw error(ErrorCode::kIo, "process {} of {} could not meet the others at {}:{}: {}", environment.rank, environment.world_size,
                environment.master_addr, environment.master_port, std::string(problem.what()).substr(0, 300));
  }
}

}  // namespace crossrank
