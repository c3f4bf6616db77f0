// Tests of curves_svg.h.
#include "run/curves_svg.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace crossrank {
namespace {

std::vector<Json> history() {
  std::vector<Json> records;
  for (int step = 100; step <= 1000; step += 100) {
    records.push_back({{"loss", 1.0 / step}, {"grad_norm", 1.0}, {"step", step}});
    if (step % 500 != 0) continue;
    records.push_back({{"eval_loss", 0.5},
                       {"eval_dev_map", 0.4 + step * 1e-4},
                       {"eval_dev_ndcg@10", 0.5},
                       {"eval_dev_base_map", 0.3},
                       {"eval_NanoNQ_R100_ndcg@10", 0.6},
                       {"eval_runtime", 3.0},
                       {"eval_samples_per_second", 3.0},
                       {"step", step}});
  }
  return records;
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(CurvesSvg, draws_losses_and_metrics_with_the_best_metric_first) {
  const std::string svg = curves_svg(history(), {.title = "a <run> & more", .best_metric = "dev_ndcg@10", .best_step = 500});
  EXPECT_EQ(count(svg, "class=\"line c0\" stroke-linecap"), 2u);
  EXPECT_NE(svg.find("a &lt;run&gt; &amp; more"), std::string::npos);
  EXPECT_LT(svg.find(">training loss<"), svg.find(">evaluation loss<"));
  EXPECT_LT(svg.find(">dev_ndcg@10<"), svg.find(">dev_map<"));
  EXPECT_LT(svg.find(">dev_map<"), svg.find(">NanoNQ_R100_ndcg@10<"));
  EXPECT_EQ(svg.find("runtime"), std::string::npos);
  EXPECT_EQ(svg.find("dev_base_map"), std::string::npos);
  EXPECT_EQ(count(svg, "best: step 500"), 2u);
}

TEST(CurvesSvg, nothing_logged_is_still_a_picture) {
  const std::string svg = curves_svg({});
  EXPECT_TRUE(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(CurvesSvg, a_value_that_is_no_number_leaves_a_gap) {
  const std::vector<Json> records = {{{"loss", 1.0}, {"step", 1}}, {{"loss", nullptr}, {"step", 2}}, {{"loss", 2.0}, {"step", 3}}};
  const std::string svg = curves_svg(records);
  const size_t path = svg.find("stroke-linecap=\"round\" d=\"");
  const std::string line = svg.substr(path, svg.find("/>", path) - path);
  EXPECT_EQ(std::count(line.begin(), line.end(), 'M'), 2) << line;
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(CurvesSvg, ticks_are_round_numbers_within_the_axis) {
  EXPECT_EQ(axis_ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(axis_ticks(-0.1, 0.35, 5), (std::vector<double>{-0.1, 0, 0.1, 2 * 0.1, 3 * 0.1}));
  for (const double tick : axis_ticks(0.6123, 0.6131, 6)) EXPECT_TRUE(tick >= 0.6123 && tick <= 0.6131) << tick;
}

}  // namespace
}  // namespace crossrank
