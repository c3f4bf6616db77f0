#include "run/curves_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "run/trainer_state.h"

namespace crossrank {
namespace {

// In pixels of the picture.
constexpr double kWidth = 1040, kPanelHeight = 260, kTop = 48, kLeft = 72, kRight = 300, kBetween = 64, kBottom = 48;
constexpr size_t kMaxLines = 6;  // as many colours as eyes tell apart

// Colours that differ for the colour-blind too (Okabe and Ito), on white and on black.
constexpr std::string_view kStyle = R"(<style>
  svg { font-family: system-ui, sans-serif; font-size: 13px; color: #24292f; }
  text { fill: currentColor; }
  .page { fill: #ffffff; }
  .title { font-size: 16px; font-weight: 600; }
  .axis, .tick { stroke: currentColor; stroke-width: 1; }
  .grid { stroke: currentColor; stroke-opacity: 0.15; }
  .best { stroke: currentColor; stroke-dasharray: 4 4; stroke-opacity: 0.7; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .c0 { stroke: #0072b2; } .c1 { stroke: #d55e00; } .c2 { stroke: #009e73; }
  .c3 { stroke: #cc79a7; } .c4 { stroke: #b07d00; } .c5 { stroke: #56b4e9; }
  @media (prefers-color-scheme: dark) {
    svg { color: #e6edf3; }
    .page { fill: #0d1117; }
    .c0 { stroke: #56b4e9; } .c1 { stroke: #ff8c42; } .c2 { stroke: #2ecc9b; }
    .c3 { stroke: #e39ac4; } .c4 { stroke: #e6b422; } .c5 { stroke: #9fc5ff; }
  }
</style>
)";

struct Point {
  double step, value;
};
struct Line {
  std::string name;
  std::vector<Point> points;
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out;
}

Line line_of(std::span<const Json> history, const std::string& key, std::string name) {
  Line line{std::move(name), {}};
  for (const Json& record : history) {
    const auto found = record.find(key);
    if (found == record.end()) continue;
    line.points.push_back({record.at("step").get<double>(), found->is_number() ? found->get<double>() : std::nan("")});
  }
  return line;
}

bool is_metric(const std::string& key) {
  return key.starts_with("eval_") && key != "eval_loss" && !key.ends_with("_runtime") && !key.ends_with("_per_second");
}

// The names of metrics to draw: the best one first, then those of the same evaluator, then the others of that kind ("_ndcg@10").
std::vector<std::string> metrics_to_draw(std::span<const Json> history, const CurvesOptions& options) {
  if (!options.metrics.empty()) return options.metrics;
  std::vector<std::string> all;
  for (const Json& record : history) {
    for (const auto& [key, value] : record.items()) {
      const std::string name = key.substr(std::min<size_t>(key.size(), 5));
      if (is_metric(key) && name.find("base_") == std::string::npos && std::find(all.begin(), all.end(), name) == all.end())
        all.push_back(name);
    }
  }
  const std::string best = options.best_metric.starts_with("eval_") ? options.best_metric.substr(5) : options.best_metric;
  const size_t cut = best.rfind('_');
  const std::string evaluator = best.substr(0, cut == std::string::npos ? 0 : cut),
                    kind = cut == std::string::npos ? best : best.substr(cut);
  const auto place = [&](const std::string& name) {
    if (name == best) return 0;
    if (!evaluator.empty() && name.starts_with(evaluator + "_")) return 1;
    return !kind.empty() && name.ends_with(kind) ? 2 : 3;
  };
  std::stable_sort(all.begin(), all.end(), [&](const std::string& a, const std::string& b) { return place(a) < place(b); });
  return all;
}

struct Range {
  double low, high;
};

Range range_of(std::span<const Line> lines) {
  Range range{std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
  for (const Line& line : lines) {
    for (const Point& point : line.points) {
      if (!std::isfinite(point.value)) continue;
      range = {std::min(range.low, point.value), std::max(range.high, point.value)};
    }
  }
  if (range.low > range.high) return {0, 1};
  const double margin = range.high > range.low ? 0.05 * (range.high - range.low) : std::max(0.05 * std::abs(range.high), 0.01);
  return {range.low - margin, range.high + margin};
}

// One panel: where its corner is, and what its axes show.
class Panel {
 public:
  Panel(double top, std::string title, std::vector<Line> lines, double last_step)
      : top_(top), title_(std::move(title)), lines_(std::move(lines)), last_step_(std::max(last_step, 1.0)) {
    if (lines_.size() > kMaxLines) lines_.resize(kMaxLines);
    range_ = range_of(lines_);
  }

  std::string svg(std::optional<int64_t> best_step) const {
    return fmt::format(R"(<g role="img" aria-label="{}">)", escaped(title_)) + "\n" + axes() + best(best_step) + curves() + legend() +
           "</g>\n";
  }

 private:
  static constexpr double kInner = kWidth - kLeft - kRight;
  double x(double step) const { return kLeft + kInner * step / last_step_; }
  double y(double value) const { return top_ + kPanelHeight * (range_.high - value) / (range_.high - range_.low); }

  std::string axes() const {
    const double bottom = top_ + kPanelHeight, right = kLeft + kInner;
    std::string out = fmt::format("<text x=\"{}\" y=\"{}\" font-weight=\"600\">{}</text>\n", kLeft, top_ - 10, escaped(title_));
    for (const double value : axis_ticks(range_.low, range_.high, 6)) {
      out += fmt::format("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", kLeft, y(value), right);
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{:.6g}</text>\n", kLeft - 8, y(value) + 4, value);
    }
    for (const double step : axis_ticks(0, last_step_, 8)) {
      if (step != std::floor(step)) continue;
      out += fmt::format("<path class=\"tick\" d=\"M{:.1f} {:.1f}v5\"/>", x(step), bottom);
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x(step), bottom + 19,
                         static_cast<int64_t>(step));
    }
    out += fmt::format("<path class=\"axis\" fill=\"none\" d=\"M{:.1f} {:.1f}V{:.1f}H{:.1f}\"/>\n", kLeft, top_, bottom, right);
    return out + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">step</text>\n", right + 8, bottom + 4);
  }

  std::string best(std::optional<int64_t> step) const {
    if (!step) return "";
    const double at = x(static_cast<double>(*step));
    // Above the panel, where no curve is, and not on its title.
    return fmt::format("<path class=\"best\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>", at, top_ - 4, top_ + kPanelHeight) +
           fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">best: step {}</text>\n", std::max(at, kLeft + 150), top_ - 8,
                       *step);
  }

  // A value that is none ends a stretch; a point alone is a dot.
  std::string curves() const {
    std::string out;
    for (size_t i = 0; i < lines_.size(); ++i) {
      std::string path;
      bool open = false;
      for (const Point& point : lines_[i].points) {
        if (!std::isfinite(point.value)) {
          open = false;
          continue;
        }
        path += fmt::format("{}{:.1f} {:.1f}", open ? 'L' : 'M', x(point.step), y(point.value));
        if (!open) path += "h0";
        open = true;
      }
      out += fmt::format("<path class=\"line c{}\" stroke-linecap=\"round\" d=\"{}\"/>\n", i, path);
    }
    return out;
  }

  std::string legend() const {
    std::string out;
    for (size_t i = 0; i < lines_.size(); ++i) {
      const double left = kWidth - kRight + 20, at = top_ + 16 + 34 * static_cast<double>(i);
      out += fmt::format("<path class=\"line c{}\" d=\"M{:.1f} {:.1f}h22\"/>", i, left, at);
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", left + 28, at + 4, escaped(lines_[i].name));
      const auto last =
          std::find_if(lines_[i].points.rbegin(), lines_[i].points.rend(), [](const Point& p) { return std::isfinite(p.value); });
      if (last == lines_[i].points.rend()) continue;
      out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" fill-opacity=\"0.7\">last: {:.4g}</text>\n", left + 28, at + 19, last->value);
    }
    return out;
  }

  double top_;
  std::string title_;
  std::vector<Line> lines_;
  double last_step_;
  Range range_{};
};

}  // namespace

std::vector<double> axis_ticks(double low, double high, int count) {
  const double rough = (high - low) / count, power = std::pow(10.0, std::floor(std::log10(rough)));
  const double share = rough / power, step = power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
  std::vector<double> ticks;
  // Counted, not summed, so that 0.1 + 0.2 does not show as 0.30000000000000004.
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i) ticks.push_back(i == 0 ? 0.0 : i * step);
  return ticks;
}

std::string curves_svg(std::span<const Json> log_history, const CurvesOptions& options) {
  double last_step = static_cast<double>(options.max_steps);
  for (const Json& record : log_history) last_step = std::max(last_step, record.at("step").get<double>());

  std::vector<Line> losses = {line_of(log_history, "loss", "training loss")};
  Line evaluated = line_of(log_history, "eval_loss", "evaluation loss");
  if (!evaluated.points.empty()) losses.push_back(std::move(evaluated));
  std::vector<Line> metrics;
  for (const std::string& name : metrics_to_draw(log_history, options)) metrics.push_back(line_of(log_history, evaluation_key(name), name));

  const double height = kTop + kPanelHeight * 2 + kBetween + kBottom;
  std::string svg =
      fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" width="{}" height="{}">)", kWidth, height, kWidth, height);
  svg += "\n" + std::string(kStyle);
  svg += "<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n";
  if (!options.title.empty()) svg += fmt::format("<text class=\"title\" x=\"{}\" y=\"22\">{}</text>\n", kLeft, escaped(options.title));
  svg += Panel(kTop + 10, "Loss", std::move(losses), last_step).svg(options.best_step);
  svg += Panel(kTop + 10 + kPanelHeight + kBetween, "Evaluation", std::move(metrics), last_step).svg(options.best_step);
  return svg + "</svg>\n";
}

}  // namespace crossrank
