// cpu_budget: how many CPUs this process may keep busy, from its affinity mask and its cgroup's quota rather than the host's core count.
#pragma once

#include <filesystem>
#include <optional>

namespace crossrank {

/// The CPU time that the process's control groups allow, in CPUs (1.5: 150 ms in each 100 ms); nothing where none is set. Reads
/// /proc/self/cgroup and /proc/self/mountinfo below `root` and follows them: version 1 (cpu.cfs_quota_us) and version 2 (cpu.max), the
/// smallest quota on the way from the process's group to the top. A file that is absent or unreadable sets no limit.
std::optional<double> cgroup_cpu_quota(const std::filesystem::path& root = "/");

/// CPUs in the calling thread's affinity mask; at least 1.
int cpus_in_affinity_mask();

/// Threads worth starting: the affinity mask, or the quota where that is less. A quota is rounded up, since work is handed out as
/// threads ask for it and half a CPU is still worth having. At least 1.
int available_cpus(const std::filesystem::path& root = "/");

}  // namespace crossrank
