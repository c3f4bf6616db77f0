// mine_hard_negatives: from pairs and a first stage to rows with hard negatives, as Sentence Transformers' function of this name.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "crossrank/reranker.h"
#include "data/row_writer.h"
#include "mining/first_stage.h"
#include "mining/mined_rows.h"
#include "mining/mining_report.h"

namespace crossrank {

/// Scores pairs anew; the reference's cross_encoder.predict.
using Rescorer = std::function<std::vector<float>(std::span<const TextPair> pairs, const Progress& progress)>;

/// How a run tells what it does. Both may be empty.
struct MiningEvents {
  std::function<Progress(std::string_view stage, std::string_view unit)> stage;  // a long step begins; what is counted
  std::function<void(const std::string& sentence)> say;                          // what a reader of the result should know
};

/// Says how many queries there are and what range_max is, finds candidates, scores them anew where a rescorer is given and a bound set (as
/// in the reference, which asks the cross-encoder for nothing else), selects and writes. `options` are settled, `pairs` too. Error(kUsage)
/// for a range that leaves too few candidates, Error(kModel) that names the pair where the rescorer gives no number.
MiningReport mine_hard_negatives(const MiningOptions& options, const MiningPairs& pairs, const FirstStage& stage, const Rescorer& rescorer,
                                 RowWriter& writer, const MiningEvents& events = {});

}  // namespace crossrank
