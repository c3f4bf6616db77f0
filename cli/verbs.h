// The verbs of the command line. Each adds its flags to its place on the command line and returns what runs it once they are parsed.
#pragma once

#include <functional>

#include "cli/command.h"

namespace crossrank {

using RunVerb = std::function<void()>;

RunVerb add_rank(Command command);
RunVerb add_predict(Command command);
RunVerb add_tokenize(Command command);
RunVerb add_inspect(Command command);
RunVerb add_pull(Command command);
RunVerb add_push(Command command);
RunVerb add_evaluate(Command command);
RunVerb add_mine(Command command);
RunVerb add_split(Command command);
RunVerb add_train(Command command);
RunVerb add_bench(Command command);

}  // namespace crossrank
