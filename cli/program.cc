#include "cli/program.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "crossrank/error.h"

namespace crossrank {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

int fail(int status, std::string message) {
  for (char& c : message) {
    if (c == '\n' || c == '\r') c = ' ';  // one line, whatever a file name or a field holds
  }
  fmt::print(stderr, "crossrank: {}\n", message);
  return status;
}

}  // namespace

int run_program(const std::function<void()>& work) {
  // A reader that goes away ends the program quietly, as it does other programs, even where a parent had the signal ignored.
  std::signal(SIGPIPE, SIG_DFL);
  try {
    work();
    return 0;
  } catch (const Error& error) {
    return fail(error.code() == ErrorCode::kUsage ? kWrongUsage : kFailed, error.what());
  } catch (const std::bad_alloc&) {
    return fail(kFailed, "out of memory; a smaller --batch-tokens or --max-length needs less");
  } catch (const std::exception& error) {
    return fail(kFailed, error.what());
  }
}

}  // namespace crossrank
