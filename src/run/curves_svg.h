// curves_svg: the loss and the metrics of a run as one picture, an SVG file that needs nothing else and reads on light and dark pages.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"

namespace crossrank {

struct CurvesOptions {
  std::string title = {};                 // run_name
  std::string best_metric = {};           // metric_for_best_model: drawn first; may be empty
  std::optional<int64_t> best_step = {};  // marked in both panels
  std::vector<std::string> metrics = {};  // to draw, without "eval_"; empty: those of the evaluators that are named like the best one
  int64_t max_steps = 0;                  // end of the axis; 0: the last record
};

/// Two panels from the records of log_history: the loss of training (and of evaluation), and the metrics. Values that are no finite
/// number leave a gap.
std::string curves_svg(std::span<const Json> log_history, const CurvesOptions& options = {});

/// Round numbers from `low` to `high`, about `count` of them: the ticks of an axis.
std::vector<double> axis_ticks(double low, double high, int count);

}  // namespace crossrank
