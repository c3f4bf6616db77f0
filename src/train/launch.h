// launch: several processes of this program on this machine, as torchrun --nproc-per-node starts them.
#pragma once

#include <string>
#include <vector>

namespace crossrank {

/// Set for the processes that are started, so that the same arguments do not make them start others.
inline constexpr const char* kLaunchedVariable = "CROSSRANK_LAUNCHED";

/// Starts `program` with `arguments` `count` times with RANK, LOCAL_RANK, WORLD_SIZE, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT (a
/// free one) set, and waits. When one fails the others are ended, first by SIGTERM, after some seconds by SIGKILL. The exit status of the
/// first that failed, or 0. Error(kIo) when no process can be started.
int launch_processes(const std::string& program, const std::vector<std::string>& arguments, int count);

}  // namespace crossrank
