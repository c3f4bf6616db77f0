// OutputIsNoNumber: the Error of a model whose output is not a number; it knows for which input, so that who knows the input's place can
// say it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/error.h"

namespace crossrank {

class OutputIsNoNumber : public Error {
 public:
  /// `kind` is "pair" or "text"; `index` counts from 0 in the call.
  OutputIsNoNumber(const std::filesystem::path& model, std::string_view kind, int64_t index)
      : Error(ErrorCode::kModel,
              fmt::format("{}: the output for {} {} is not a number: the weights are damaged or overflow", model.string(), kind, index)),
        model_(model.string()),
        kind_(kind),
        index_(index) {}

  const std::string& model() const { return model_; }
  int64_t index() const { return index_; }
  /// The same, of an input that stands `first` places further on.
  OutputIsNoNumber counted_from(int64_t first) const { return {model_, kind_, first + index_}; }

 private:
  std::string model_, kind_;
  int64_t index_;
};

}  // namespace crossrank
