// error(code, format, ...): makes an Error with a formatted message; `throw error(ErrorCode::kModel, "{}: ...", path)`.
#pragma once

#include <fmt/format.h>

#include <utility>

#include "crossrank/error.h"

namespace crossrank {

template <typename... Args>
[[nodiscard]] Error error(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Error(code, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace crossrank
