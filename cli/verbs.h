// The verbs of the command line. Each adds its flags to a CLI::App of its own and returns what runs it once they are parsed.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace crossrank {

using RunVerb = std::function<void()>;

RunVerb add_rank(CLI::App& app);
RunVerb add_predict(CLI::App& app);
RunVerb add_tokenize(CLI::App& app);
RunVerb add_inspect(CLI::App& app);
RunVerb add_pull(CLI::App& app);
RunVerb add_push(CLI::App& app);
RunVerb add_evaluate(CLI::App& app);
RunVerb add_mine(CLI::App& app);
RunVerb add_split(CLI::App& app);
RunVerb add_train(CLI::App& app);
RunVerb add_bench(CLI::App& app);

}  // namespace crossrank
