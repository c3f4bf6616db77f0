// What every program of crossrank does around its work: arguments to an app, help, and what goes wrong to one line and an exit code.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace crossrank {

/// Parses; false when help or the version was asked for, which is printed. Error(kUsage) names the nearest verb or option to one that is
/// unknown.
bool parse_arguments(CLI::App& app, int argc, char** argv);

/// The exit status of the work: 0, or 1 or 2 after one line on standard error that says what was wrong.
int run_program(const std::function<void()>& work);

}  // namespace crossrank
