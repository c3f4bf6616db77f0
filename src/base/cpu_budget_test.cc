#include "base/cpu_budget.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <fstream>
#include <string>
#include <thread>

namespace crossrank {
namespace {

namespace fs = std::filesystem;

// A made-up / with the files that the kernel would show.
class FakeRoot {
 public:
  FakeRoot() : path_(fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(path_);
  }
  ~FakeRoot() { fs::remove_all(path_); }

  FakeRoot& file(const std::string& name, const std::string& text) {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
    return *this;
  }
  FakeRoot& version_2(const std::string& group, const std::string& mounted_group = "/") {
    file("proc/self/cgroup", "0::" + group + "\n");
    return file("proc/self/mountinfo", "22 28 0:21 / /proc rw - proc proc rw\n31 23 0:28 " + mounted_group +
                                           " /sys/fs/cgroup rw,nosuid shared:9 master:2 - cgroup2 cgroup2 rw,nsdelegate\n");
  }
  FakeRoot& version_1(const std::string& group, const std::string& mounted_group = "/") {
    file("proc/self/cgroup", "4:memory:/elsewhere\n1:cpu,cpuacct:" + group + "\n0::/\n");
    return file("proc/self/mountinfo", "32 31 0:29 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n33 31 0:30 " + mounted_group +
                                           " /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n");
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST(CpuBudget, no_cgroup_files_mean_no_quota) {
  FakeRoot root;
  EXPECT_FALSE(cgroup_cpu_quota(root.path()));
  EXPECT_EQ(available_cpus(root.path()), cpus_in_affinity_mask());
}

TEST(CpuBudget, version_2_max_means_no_quota) {
  FakeRoot root;
  root.version_2("/app").file("sys/fs/cgroup/app/cpu.max", "max 100000\n");
  EXPECT_FALSE(cgroup_cpu_quota(root.path()));
}

TEST(CpuBudget, version_2_quota_is_read) {
  FakeRoot root;
  root.version_2("/app").file("sys/fs/cgroup/app/cpu.max", "150000 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root.path()).value(), 1.5);
}

TEST(CpuBudget, the_smallest_quota_of_the_groups_above_counts) {
  FakeRoot root;
  root.version_2("/a/b/c")
      .file("sys/fs/cgroup/a/cpu.max", "50000 100000\n")
      .file("sys/fs/cgroup/a/b/cpu.max", "max 100000\n")
      .file("sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root.path()).value(), 0.5);
  EXPECT_EQ(available_cpus(root.path()), 1);
}

TEST(CpuBudget, a_container_finds_its_own_group_at_the_mount_point) {
  FakeRoot root;
  root.version_2("/docker/abc", "/docker/abc").file("sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root.path()).value(), 2.0);
}

TEST(CpuBudget, a_group_outside_of_the_mount_is_seen_as_the_mount_point) {
  FakeRoot root;
  root.version_2("/../other", "/docker/abc").file("sys/fs/cgroup/cpu.max", "300000 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root.path()).value(), 3.0);
}

TEST(CpuBudget, version_1_quota_is_read) {
  FakeRoot root;
  root.version_1("/docker/abc")
      .file("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "250000\n")
      .file("sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root.path()).value(), 2.5);
}

TEST(CpuBudget, version_1_quota_of_minus_one_is_none) {
  FakeRoot root;
  root.version_1("/")
      .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
      .file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_FALSE(cgroup_cpu_quota(root.path()));
}

TEST(CpuBudget, nonsense_in_the_files_sets_no_limit) {
  FakeRoot root;
  root.version_2("/app").file("sys/fs/cgroup/app/cpu.max", "lots of it").file("proc/self/cgroup", "::::\n\nx\n");
  EXPECT_FALSE(cgroup_cpu_quota(root.path()));
}

TEST(CpuBudget, threads_follow_the_affinity_mask) {
  std::thread pinned([] {
    cpu_set_t set;
    CPU_ZERO(&set);
    ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    int first = 0;
    while (!CPU_ISSET(first, &set)) ++first;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    ASSERT_EQ(sched_setaffinity(0, sizeof set, &set), 0);
    EXPECT_EQ(cpus_in_affinity_mask(), 1);
  });
  pinned.join();
}

}  // namespace
}  // namespace crossrank
