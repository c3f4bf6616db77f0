// Error: the one exception of crossrank; what went wrong, where, and what to do.
#pragma once

#include <stdexcept>
#include <string>

namespace crossrank {

/// What kind of thing was wrong; the command line turns kUsage into exit code 2 and the rest into 1.
enum class ErrorCode {
  kUsage,        ///< an option or argument that makes no sense
  kModel,        ///< a model folder: configuration, weights, missing files
  kTokenizer,    ///< tokenizer.json or tokenizer_config.json
  kInput,        ///< the user's documents, pairs or requests
  kIo,           ///< the operating system refused to read or write
  kUnsupported,  ///< well-formed, but of a kind that crossrank does not have
  kHub,          ///< the Hub: what it refused, lacks, or sent damaged
};

/// One sentence in `what()`: the thing, the place (file, line, field), the remedy. Thrown at the edges: load, parse, request.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace crossrank
