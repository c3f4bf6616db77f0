#include "data/train_test_split.h"

#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "data/numpy_random.h"

namespace crossrank {
namespace {

constexpr const char* kDefaultTestSize = "0.25";

template <typename Number>
bool parse(const std::string& text, Number& value) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() && end == text.data() + text.size();
}

// Rows, or a share of them, which `round` makes whole; nothing where the option was not given.
std::optional<int64_t> rows_of(const char* option, const std::string& size, int64_t rows, double (*round)(double)) {
  if (size.empty()) return std::nullopt;
  int64_t count = 0;
  double share = 0;
  if (parse(size, count)) {
    if (count > 0 && count < rows) return count;
    throw error(ErrorCode::kUsage, "{} {}: of {} rows take at least 1 and leave one", option, size, rows);
  }
  if (parse(size, share) && share > 0 && share < 1) return static_cast<int64_t>(round(share * static_cast<double>(rows)));
  throw error(ErrorCode::kUsage, "{} {}: neither a number of rows nor a share between 0 and 1", option, size);
}

}  // namespace

TrainTestRows train_test_split(int64_t rows, const TrainTestSplitOptions& options) {
  const std::string test_size = options.test_size.empty() && options.train_size.empty() ? std::string(kDefaultTestSize) : options.test_size;
  const auto test = rows_of("--test-size", test_size, rows, [](double share) { return std::ceil(share); });
  const auto train = rows_of("--train-size", options.train_size, rows, [](double share) { return std::floor(share); });
  const int64_t num_test = test ? *test : rows - *train;
  const int64_t num_train = train ? *train : rows - *test;
  if (num_train + num_test > rows) {
    throw error(ErrorCode::kUsage, "--train-size and --test-size: {} rows to train on and {} to test on, where there are {}", num_train,
                num_test, rows);
  }
  if (num_train <= 0) throw error(ErrorCode::kUsage, "--test-size {}: nothing of {} rows is left to train on", test_size, rows);

  TrainTestRows parts;
  if (options.shuffle) {
    const std::vector<uint32_t> order = NumpyRandom(static_cast<uint64_t>(options.seed)).permutation(rows);
    const auto end_of_test = order.begin() + num_test;
    parts.test.assign(order.begin(), end_of_test);
    parts.train.assign(end_of_test, end_of_test + num_train);
  } else {
    parts.train.resize(static_cast<size_t>(num_train));
    parts.test.resize(static_cast<size_t>(num_test));
    std::iota(parts.train.begin(), parts.train.end(), 0U);
    std::iota(parts.test.begin(), parts.test.end(), static_cast<uint32_t>(num_train));
  }
  return parts;
}

}  // namespace crossrank
