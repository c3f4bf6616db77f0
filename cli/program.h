// What every program of crossrank does around its work: what goes wrong becomes one line and an exit code.
#pragma once

#include <functional>

namespace crossrank {

/// The exit status of the work: 0, or 1 or 2 after one line on standard error that says what was wrong.
int run_program(const std::function<void()>& work);

}  // namespace crossrank
