#include "train/launch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>

#include "base/error.h"

namespace crossrank {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kGrace = std::chrono::seconds(10);  // between SIGTERM and SIGKILL

// A port of the loopback interface that nobody listens on now.
int free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = descriptor >= 0 && bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  const int reason = errno;
  if (descriptor >= 0) close(descriptor);
  if (!bound) throw error(ErrorCode::kIo, "no free port for the processes to meet at: {}", std::strerror(reason));
  return ntohs(address.sin_port);
}

// The environment with these variables set anew.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& variables) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!variables.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : variables) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

void send_all(const std::vector<pid_t>& processes, int signal) {
  for (const pid_t process : processes) kill(process, signal);
}

// 128 + the signal where one ended the process, as a shell says it.
int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

int wait_for(std::vector<pid_t> running) {
  int result = 0;
  Clock::time_point kill_at{};
  while (!running.empty()) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, result == 0 ? 0 : WNOHANG);
    if (ended > 0) {
      std::erase(running, ended);
      if (result == 0 && exit_status(status) != 0) {
        result = exit_status(status);
        kill_at = Clock::now() + kGrace;
        send_all(running, SIGTERM);
      }
      continue;
    }
    if (ended < 0 && errno != EINTR) break;
    if (result != 0 && Clock::now() > kill_at) send_all(running, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return result;
}

}  // namespace

int launch_processes(const std::string& program, const std::vector<std::string>& arguments, int count) {
  const std::string port = std::to_string(free_port());
  std::vector<pid_t> running;
  for (int rank = 0; rank < count; ++rank) {
    std::vector<std::string> environment = environment_with({{"RANK", std::to_string(rank)},
                                                             {"LOCAL_RANK", std::to_string(rank)},
                                                             {"WORLD_SIZE", std::to_string(count)},
                                                             {"LOCAL_WORLD_SIZE", std::to_string(count)},
                                                             {"MASTER_ADDR", "127.0.0.1"},
                                                             {"MASTER_PORT", port},
                                                             {kLaunchedVariable, "1"}});
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    pid_t process = 0;
    const int problem = posix_spawn(&process, program.c_str(), nullptr, nullptr, pointers(words).data(), pointers(environment).data());
    if (problem != 0) {
      send_all(running, SIGKILL);
      throw error(ErrorCode::kIo, "{}: cannot be started: {}", program, std::strerror(problem));
    }
    running.push_back(process);
  }
  return wait_for(std::move(running));
}

}  // namespace crossrank
