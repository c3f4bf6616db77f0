// cpu_budget: cgroup version 1 and 2 quotas (Documentation/scheduler/sched-bwc.rst, admin-guide/cgroup-v2.rst) and sched_getaffinity.
#include "base/cpu_budget.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace crossrank {
namespace {

namespace fs = std::filesystem;

bool lists(const std::string& comma_separated, const std::string& word) {
  std::istringstream in(comma_separated);
  for (std::string item; std::getline(in, item, ',');) {
    if (item == word) return true;
  }
  return false;
}

// Where a control group file system is mounted, and which group is seen at the mount point.
struct Mount {
  fs::path root;   // "/" on a host, "/docker/ID" in a container that sees its own group only
  fs::path point;  // "/sys/fs/cgroup"
};

// A line of mountinfo: ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAGS...] - TYPE SOURCE SUPER_OPTIONS
std::optional<Mount> find_mount(const fs::path& mountinfo, bool version_2) {
  std::ifstream file(mountinfo);
  for (std::string line; std::getline(file, line);) {
    std::istringstream in(line);
    std::string id, parent, device, root, point, word, type, source, options;
    in >> id >> parent >> device >> root >> point;
    while (in >> word && word != "-") {
    }
    in >> type >> source >> options;
    if (version_2 ? type == "cgroup2" : type == "cgroup" && lists(options, "cpu")) return Mount{root, point};
  }
  return std::nullopt;
}

// A line of /proc/self/cgroup: "0::/path" of version 2, "ID:cpu,cpuacct:/path" of version 1.
std::optional<fs::path> find_group(const fs::path& cgroup, bool version_2) {
  std::ifstream file(cgroup);
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (version_2 ? controllers.empty() : lists(controllers, "cpu")) return fs::path(line.substr(second + 1));
  }
  return std::nullopt;
}

// The quota set at one group itself.
std::optional<double> quota_at(const fs::path& group, bool version_2) {
  double quota = 0;
  double period = 0;
  if (version_2) {
    if (!(std::ifstream(group / "cpu.max") >> quota >> period)) return std::nullopt;  // "max 100000" is no number
  } else {
    if (!(std::ifstream(group / "cpu.cfs_quota_us") >> quota)) return std::nullopt;
    if (!(std::ifstream(group / "cpu.cfs_period_us") >> period)) return std::nullopt;
  }
  if (!(quota > 0) || !(period > 0)) return std::nullopt;  // -1: none
  return quota / period;
}

std::optional<double> smaller(std::optional<double> a, std::optional<double> b) {
  if (!a) return b;
  return b ? std::min(*a, *b) : a;
}

std::optional<double> quota_of_version(const fs::path& root, bool version_2) {
  const auto mount = find_mount(root / "proc/self/mountinfo", version_2);
  const auto group = find_group(root / "proc/self/cgroup", version_2);
  if (!mount || !group) return std::nullopt;
  // The group as a path below the mount point. A group outside of what is mounted (a container's view) is seen as the mount point itself.
  fs::path below = group->lexically_relative(mount->root);
  if (below.empty() || *below.begin() == "..") below = ".";
  const fs::path top = root / mount->point.relative_path();
  std::optional<double> quota = quota_at(top, version_2);
  fs::path at = top;
  for (const fs::path& part : below) {
    if (part == "." || part.empty()) continue;
    at /= part;
    quota = smaller(quota, quota_at(at, version_2));
  }
  return quota;
}

}  // namespace

std::optional<double> cgroup_cpu_quota(const fs::path& root) {
  return smaller(quota_of_version(root, true), quota_of_version(root, false));
}

int cpus_in_affinity_mask() {
  // Masks longer than cpu_set_t (1024 CPUs) are an EINVAL: ask again with more room.
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(cpus);
    if (set == nullptr) break;
    const size_t bytes = CPU_ALLOC_SIZE(cpus);
    const int count = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (count > 0) return count;
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int available_cpus(const fs::path& root) {
  const int mask = cpus_in_affinity_mask();
  const auto quota = cgroup_cpu_quota(root);
  if (!quota || *quota >= mask) return mask;
  return std::max(1, static_cast<int>(std::ceil(*quota)));
}

}  // namespace crossrank
