#include "mining/mine.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/utf8.h"

namespace crossrank {
namespace {

constexpr size_t kPairsAtOnce = 8192;  // given to the rescorer: enough to sort by length, little to keep

void say(const MiningEvents& events, const std::string& sentence) {
  if (events.say) events.say(sentence);
}

Progress begin(const MiningEvents& events, std::string_view stage, std::string_view unit) {
  return events.stage ? events.stage(stage, unit) : Progress{};
}

// What is worth knowing of the pairs, in the reference's words.
void say_what_there_is(const MiningOptions& options, const MiningPairs& pairs, int64_t range_max, const MiningEvents& events) {
  if (!options.range_max) say(events, fmt::format("Setting range_max to {} based on the provided parameters.", range_max));
  const int64_t queries = pairs.queries().size();
  if (queries != pairs.num_rows()) say(events, fmt::format("Found {} unique queries out of {} total queries.", queries, pairs.num_rows()));
  if (pairs.max_rows_of_a_query() > 1) {
    const double average = static_cast<double>(pairs.num_rows()) / static_cast<double>(queries);
    say(events, fmt::format("Found an average of {:.3f} positives per query.", average));
  }
}

// Collects pairs and where their scores go, and scores them a few thousand at once.
class Rescoring {
 public:
  Rescoring(const MiningPairs& pairs, const Rescorer& rescorer, int64_t total, const Progress& progress)
      : pairs_(pairs), rescorer_(rescorer), total_(total), progress_(progress) {}

  void add(int64_t query, int32_t document, float& score) {
    waiting_.push_back({pairs_.queries()[static_cast<int32_t>(query)], pairs_.corpus()[document]});
    places_.push_back(&score);
    queries_.push_back(query);
    if (waiting_.size() >= kPairsAtOnce) flush();
  }

  void flush() {
    const auto progress = [this](int64_t done, int64_t) {
      if (progress_) progress_(done_ + done, total_);
    };
    std::vector<float> scores;
    try {
      scores = rescorer_(waiting_, progress);
    } catch (const Error& problem) {
      if (problem.code() != ErrorCode::kModel) throw;
      throw refused(first_refused(), problem.what());
    }
    for (size_t i = 0; i < scores.size(); ++i) {
      if (std::isnan(scores[i])) throw refused(i, "the score is not a number");
      *places_[i] = scores[i];
    }
    done_ += static_cast<int64_t>(waiting_.size());
    waiting_.clear();
    places_.clear();
    queries_.clear();
  }

 private:
  // The pair that the rescorer throws for, by halves: a score does not depend on the pairs beside it.
  size_t first_refused() const {
    size_t first = 0, count = waiting_.size();
    while (count > 1) {
      const size_t half = count / 2;
      try {
        rescorer_(std::span(waiting_).subspan(first, half), {});
        first += half;
        count -= half;
      } catch (const Error&) {
        count = half;
      }
    }
    return first;
  }

  Error refused(size_t place, std::string_view problem) const {
    return error(ErrorCode::kModel, "{}: the cross-encoder failed on \"{}\" with the document \"{}\": {}; check that model",
                 pairs_.query_places()[queries_[place]], shortened(waiting_[place].query), shortened(waiting_[place].document), problem);
  }

  static std::string shortened(std::string_view text) {
    constexpr size_t kBytes = 80;
    return text.size() <= kBytes ? std::string(text) : replace_invalid_utf8(text.substr(0, kBytes)) + "...";
  }

  const MiningPairs& pairs_;
  const Rescorer& rescorer_;
  int64_t total_;
  Progress progress_;
  std::vector<TextPair> waiting_;
  std::vector<float*> places_;
  std::vector<int64_t> queries_;  // of the pairs that wait
  int64_t done_ = 0;
};

void rescore(const MiningPairs& pairs, const Rescorer& rescorer, Candidates& candidates, std::vector<float>& positive_scores,
             const Progress& progress) {
  const int64_t found = std::ssize(candidates.indices) - std::count(candidates.indices.begin(), candidates.indices.end(), kNoDocument);
  Rescoring rescoring(pairs, rescorer, found + pairs.num_pairs(), progress);
  for (int64_t query = 0; query < candidates.queries; ++query) {
    const auto indices = candidates.indices_of(query);
    const auto scores = candidates.scores_of(query);
    for (size_t i = 0; i < indices.size(); ++i) {
      if (indices[i] != kNoDocument) rescoring.add(query, indices[i], scores[i]);
    }
  }
  for (int64_t pair = 0; pair < pairs.num_pairs(); ++pair) {
    rescoring.add(pairs.query_of(pair), pairs.positive_of(pair), positive_scores[static_cast<size_t>(pair)]);
  }
  rescoring.flush();
}

}  // namespace

MiningReport mine_hard_negatives(const MiningOptions& options, const MiningPairs& pairs, const FirstStage& stage, const Rescorer& rescorer,
                                 RowWriter& writer, const MiningEvents& events) {
  const int64_t range_max = range_max_of(options, pairs.max_rows_of_a_query(), rescorer != nullptr);
  say_what_there_is(options, pairs, range_max, events);

  // As many more as there may be positives among them; a corpus that has fewer gives all.
  const int64_t wanted = std::min(range_max + pairs.max_rows_of_a_query(), pairs.corpus().size());
  Candidates candidates = stage.candidates(static_cast<int>(wanted), begin(events, "Searching candidates", "queries"));
  std::vector<float> positive_scores = stage.positive_scores();
  if (rescorer && options.has_bound()) {
    rescore(pairs, rescorer, candidates, positive_scores, begin(events, "Rescoring with the cross-encoder", "pairs"));
  }

  const Negatives negatives = select_negatives(options, range_max, pairs, candidates, positive_scores);
  const int64_t rows = write_mined_rows(options, pairs, positive_scores, negatives, writer);
  return mining_report(options, pairs, positive_scores, negatives, rows);
}

}  // namespace crossrank
